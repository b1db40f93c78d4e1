/** Who owns what, and what would be if a chosen machine went. Looked at anew whenever tasks or machines change. */
import type { DepartureOutput, RingOutput } from '../../../core/api/ring-schemas.ts';
import type { Refusal } from '../client/refusal.ts';
import type { ConsoleState } from './console.svelte.ts';
import { Refresher } from './refresher.ts';

const PAUSE_MS = 2000;

export type RingPage = Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>;

/** A machine on the ring, and what it would own without the one that is chosen. */
export interface RingShare {
  readonly id: string;
  readonly name: string;
  readonly weight: number;
  readonly tasks: number;
  readonly bound: number;
  /** Undefined while nobody is chosen, or the answer is on its way. */
  readonly after: number | undefined;
}

export class RingState {
  #ring = $state.raw<RingOutput | undefined>();
  #departure = $state.raw<DepartureOutput | undefined>();
  #refusal = $state.raw<Refusal | undefined>();
  #without = $state<string | undefined>();
  readonly #page: RingPage;
  readonly #refresher: Refresher;
  #stop: () => void = () => undefined;
  readonly shares: readonly RingShare[] = $derived(sharesOf(this.#ring, this.#departure));

  constructor(page: RingPage) {
    this.#page = page;
    this.#refresher = new Refresher(() => this.#load(), PAUSE_MS, page.scheduler);
  }

  /** Undefined until the agent has answered. */
  get ring(): RingOutput | undefined {
    return this.#ring;
  }

  /** What would be; undefined while nobody is chosen. */
  get departure(): DepartureOutput | undefined {
    return this.#departure;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** The machine of which it is asked what would be if it went. */
  get without(): string | undefined {
    return this.#without;
  }

  async choose(id: string | undefined): Promise<void> {
    if (id === this.#without) return;
    this.#without = id;
    this.#departure = undefined;
    this.#refusal = undefined;
    await this.#loadDeparture();
  }

  start(): void {
    this.#refresher.ask();
    this.#stop = this.#page.onSignal((signal) => {
      if (signal.kind !== 'run') this.#refresher.ask();
    });
  }

  stop(): void {
    this.#stop();
    this.#refresher.cancel();
  }

  async #load(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => api.machines.ring({}, { signal }));
    this.#refusal = outcome.ok ? undefined : outcome.refusal;
    if (outcome.ok) this.#ring = outcome.value;
    await this.#loadDeparture();
  }

  async #loadDeparture(): Promise<void> {
    const machine = this.#without;
    if (machine === undefined) return;
    const outcome = await this.#page.access.call((api, signal) => api.machines.departure({ machine }, { signal }));
    if (machine !== this.#without) return;
    this.#refusal = outcome.ok ? undefined : outcome.refusal;
    this.#departure = outcome.ok ? outcome.value : undefined;
  }
}

function sharesOf(ring: RingOutput | undefined, departure: DepartureOutput | undefined): readonly RingShare[] {
  const after = new Map(departure?.sharesAfter.map(({ machineId, tasks }) => [machineId, tasks]));
  return (ring?.machines ?? [])
    .map((machine) => ({ ...machine, after: departure === undefined ? undefined : (after.get(machine.id) ?? 0) }))
    .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) || (a.id < b.id ? -1 : 1));
}
