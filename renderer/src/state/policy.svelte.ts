/**
 * What the cluster may do on this machine: the policy as the agent has it, what it comes to at this moment, and a form
 * that changes it. A pause takes effect at once; everything else when it is saved.
 */
import type { PolicyOutput } from '../../../core/api/policy-schemas.ts';
import type { LocalPolicy } from '../../../core/domain/local-policy.ts';
import type { Refusal } from '../client/refusal.ts';
import type { ConsoleState } from './console.svelte.ts';
import { every } from './every.ts';
import { type PolicyDraft, draftOfPolicy, policyOfDraft } from './policy-draft.ts';

/** Power, idleness and the time of day change by themselves. */
const LOOK_MS = 10_000;

export class PolicyState {
  #told = $state.raw<PolicyOutput | undefined>();
  #draft = $state.raw<PolicyDraft>(draftOfPolicy({}));
  #refusal = $state.raw<Refusal | undefined>();
  #busy = $state(false);
  readonly dirty = $derived(
    this.#told !== undefined &&
      JSON.stringify(policyOfDraft(this.#draft, undefined)) !==
        JSON.stringify(policyOfDraft(draftOfPolicy(this.#told.policy), undefined)),
  );
  readonly #page: Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>;
  #stop: () => void = () => undefined;

  constructor(page: Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>) {
    this.#page = page;
  }

  /** Undefined until the agent has answered. */
  get told(): PolicyOutput | undefined {
    return this.#told;
  }

  get draft(): PolicyDraft {
    return this.#draft;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** What is wrong as a whole: not at one of the fields. */
  get refusal(): Refusal | undefined {
    return this.#refusal?.field === undefined ? this.#refusal : undefined;
  }

  /** What is wrong with one field. @param field of the policy */
  problemOf(field: keyof LocalPolicy): string | undefined {
    const refusal = this.#refusal;
    return refusal?.field?.split('.')[1] === field ? refusal.message : undefined;
  }

  start(): void {
    void this.load();
    const stopLooking = every(this.#page.scheduler, LOOK_MS, () => void this.load());
    const stopHearing = this.#page.onSignal((signal) => void (signal.kind === 'resync' && this.load()));
    this.#stop = () => {
      stopLooking();
      stopHearing();
    };
  }

  stop(): void {
    this.#stop();
  }

  change(part: Partial<PolicyDraft>): void {
    this.#draft = { ...this.#draft, ...part };
    this.#refusal = undefined;
  }

  /** Back to what holds. */
  reset(): void {
    this.#draft = draftOfPolicy(this.#told?.policy ?? {});
    this.#refusal = undefined;
  }

  async load(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => api.policy.show({}, { signal }));
    if (!outcome.ok) return;
    const fresh = this.#told === undefined || !this.dirty;
    this.#told = outcome.value;
    if (fresh) this.#draft = draftOfPolicy(outcome.value.policy);
  }

  /** True when it holds now. */
  save(): Promise<boolean> {
    return this.#put(policyOfDraft(this.#draft, this.#told?.policy.paused), true);
  }

  /** Pauses the machine, or lets it go on; unsaved changes stay unsaved. @param until epoch milliseconds; true: until it is ended */
  pause(until: LocalPolicy['paused']): Promise<boolean> {
    const { paused: _paused, ...rest } = this.#told?.policy ?? {};
    return this.#put(until === undefined ? rest : { ...rest, paused: until }, false);
  }

  async #put(policy: LocalPolicy, takesDraft: boolean): Promise<boolean> {
    if (this.#busy) return false;
    this.#busy = true;
    const outcome = await this.#page.access.call((api, signal) => api.policy.put({ policy }, { signal }));
    this.#busy = false;
    this.#refusal = outcome.ok ? undefined : outcome.refusal;
    if (!outcome.ok) return false;
    this.#told = outcome.value;
    if (takesDraft) this.#draft = draftOfPolicy(outcome.value.policy);
    return true;
  }
}
