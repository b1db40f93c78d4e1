/** This machine wants to come into a cluster: whom it sees nearby, whom it asks, the digits, and what came of it. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { OwnPairing } from '../../../core/api/pairing-schemas.ts';
import { type Refusal, sentence } from '../client/refusal.ts';
import type { ConsoleState } from './console.svelte.ts';
import { every } from './every.ts';
import { Refresher } from './refresher.ts';

const PAUSE_MS = 1000;
/** Machines come and go without a signal. */
const LOOK_MS = 5000;

export type NearbyMachine = Awaited<ReturnType<ApiClient['pairing']['nearby']>>['machines'][number];
export type OwnPairingPage = Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>;

export class OwnPairingState {
  #nearby = $state.raw<readonly NearbyMachine[]>([]);
  #own = $state.raw<OwnPairing | undefined>();
  #loaded = $state(false);
  #busy = $state(false);
  #refusal = $state.raw<Refusal | undefined>();
  readonly #page: OwnPairingPage;
  readonly #refresher: Refresher;
  #stop: () => void = () => undefined;
  /** What is nearby is known; machines that admit come first. */
  readonly nearby: readonly NearbyMachine[] = $derived([...this.#nearby].sort(byUse));

  constructor(page: OwnPairingPage) {
    this.#page = page;
    this.#refresher = new Refresher(() => this.#load(), PAUSE_MS, page.scheduler);
  }

  /** What this machine asks for; undefined when it asks nobody. */
  get own(): OwnPairing | undefined {
    return this.#own;
  }

  /** False until it is known who is nearby. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Why the last act was refused, or why what was asked for came to nothing. */
  get refusal(): Refusal | undefined {
    if (this.#refusal !== undefined) return this.#refusal;
    const failure = this.#own?.failure ?? undefined;
    return failure === undefined ? undefined : { ...failure, message: sentence(failure.message) };
  }

  start(): void {
    this.#refresher.ask();
    const stopHearing = this.#page.onSignal((signal) => {
      if (signal.kind === 'cluster' || signal.kind === 'resync') this.#refresher.ask();
    });
    const stopLooking = every(this.#page.scheduler, LOOK_MS, () => this.#refresher.ask());
    this.#stop = () => {
      stopHearing();
      stopLooking();
    };
  }

  stop(): void {
    this.#stop();
    this.#refresher.cancel();
  }

  /**
   * @param to an id, a name, a fingerprint or an address, as a person gives it.
   * @param machineName what this machine is to be called; absent: as its agent says.
   */
  ask(to: string, machineName?: string): Promise<void> {
    const own = machineName === undefined ? {} : { machineName };
    return this.#do((api, signal) => api.pairing.ask({ to, ...own }, { signal }));
  }

  /** The person here says whether both machines show the same digits. */
  confirm(same: boolean): Promise<void> {
    return this.#do((api, signal) => api.pairing.confirm({ same }, { signal }));
  }

  giveUp(): Promise<void> {
    return this.#do((api, signal) => api.pairing.cancel({}, { signal }));
  }

  async #do(work: (api: ApiClient, signal: AbortSignal) => Promise<unknown>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const outcome = await this.#page.access.call(work);
    this.#refusal = outcome.ok ? undefined : outcome.refusal;
    await this.#loadOwn();
    this.#busy = false;
  }

  async #load(): Promise<void> {
    await this.#loadOwn();
    // While it asks somebody, nobody looks at the list.
    if (this.#own !== undefined && this.#own.state !== 'ended') return;
    const outcome = await this.#page.access.call((api, signal) => api.pairing.nearby({}, { signal }));
    if (!outcome.ok) return;
    this.#nearby = outcome.value.machines;
    this.#loaded = true;
  }

  async #loadOwn(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => api.pairing.list({}, { signal }));
    if (outcome.ok) this.#own = outcome.value.own ?? undefined;
  }
}

function byUse(a: NearbyMachine, b: NearbyMachine): number {
  return (
    Number(b.admits) - Number(a.admits) ||
    (a.cluster?.name ?? '').localeCompare(b.cluster?.name ?? '') ||
    (a.name ?? '').localeCompare(b.name ?? '', undefined, { numeric: true }) ||
    (a.id < b.id ? -1 : 1)
  );
}
