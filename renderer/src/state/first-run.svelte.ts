/**
 * The first steps of a machine: what it is called, which cluster it belongs to, and its first task. Kept in this browser,
 * so that a reload goes on where it was. However the machine came into a cluster, the third step follows the second.
 *
 *   name ──► cluster ──(created, or let in)──► task ──► done
 */
import type { Outcome, Refusal } from '../client/refusal.ts';
import type { ConsoleState } from './console.svelte.ts';

export type FirstRunStep = 'name' | 'cluster' | 'task' | 'done';
export const FIRST_RUN_STEPS: readonly FirstRunStep[] = ['name', 'cluster', 'task'];

const STORAGE_KEY = 'carillon.first-run';

type Page = Pick<ConsoleState, 'cluster'>;
export type FirstRunAct = 'create' | 'join';

export class FirstRunState {
  #step = $state<FirstRunStep>('name');
  #machineName = $state('');
  #busy = $state<FirstRunAct | undefined>();
  #refusal = $state.raw<{ readonly act: FirstRunAct; readonly refusal: Refusal } | undefined>();
  readonly #page: Page;
  readonly #store: Pick<Storage, 'getItem' | 'setItem'>;

  constructor(page: Page, store: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#page = page;
    this.#store = store;
    const kept = readKept(store);
    this.#step = kept.step;
    this.#machineName = kept.machineName;
  }

  /** Where it is. A machine that belonged to a cluster before anybody began here is done. */
  get step(): FirstRunStep {
    const { status } = this.#page.cluster;
    const began = this.#step === 'cluster' || this.#step === 'task';
    if (status !== undefined && status.cluster !== null) return began ? 'task' : 'done';
    return this.#step === 'name' ? 'name' : 'cluster';
  }

  /** What the machine is to be called; undefined: as its agent says. */
  get machineName(): string | undefined {
    return this.#machineName === '' ? undefined : this.#machineName;
  }

  get busy(): FirstRunAct | undefined {
    return this.#busy;
  }

  /** Why an act came to nothing, until the next one. */
  refusalOf(act: FirstRunAct): Refusal | undefined {
    return this.#refusal?.act === act ? this.#refusal.refusal : undefined;
  }

  name(machineName: string): void {
    this.#machineName = machineName.trim();
    this.go('cluster');
  }

  go(step: FirstRunStep): void {
    this.#step = step;
    this.#store.setItem(STORAGE_KEY, JSON.stringify({ step, machineName: this.#machineName }));
  }

  create(name: string): Promise<void> {
    return this.#act('create', () => this.#page.cluster.create(name, this.machineName));
  }

  /** What a cluster is called that nobody gave a name: as its first machine. Undefined until that is known. */
  get ownName(): string | undefined {
    return this.machineName ?? this.#page.cluster.status?.self.name;
  }

  /** Goes on with this machine alone. Tasks need a cluster, so it gets one of its own, which others can join later. */
  async skip(): Promise<void> {
    if (this.ownName !== undefined) await this.create(this.ownName);
  }

  join(token: string): Promise<void> {
    return this.#act('join', () => this.#page.cluster.join(token, this.machineName));
  }

  async #act(act: FirstRunAct, work: () => Promise<Outcome<unknown>>): Promise<void> {
    if (this.#busy !== undefined) return;
    this.#busy = act;
    this.#refusal = undefined;
    const outcome = await work();
    this.#busy = undefined;
    if (!outcome.ok) this.#refusal = { act, refusal: outcome.refusal };
  }
}

function readKept(store: Pick<Storage, 'getItem'>): { step: FirstRunStep; machineName: string } {
  try {
    const kept = JSON.parse(store.getItem(STORAGE_KEY) ?? '{}') as { step?: unknown; machineName?: unknown };
    const step = FIRST_RUN_STEPS.find((each) => each === kept.step) ?? (kept.step === 'done' ? 'done' : 'name');
    return { step, machineName: typeof kept.machineName === 'string' ? kept.machineName : '' };
  } catch {
    // Somebody else wrote there: begin anew.
    return { step: 'name', machineName: '' };
  }
}
