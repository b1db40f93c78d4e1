/** The cluster and its machines, as the agent last told. */
import type { ClusterStatus } from '../../../core/api/cluster-schemas.ts';
import type { MachineOutput } from '../../../core/api/machine-schemas.ts';
import type { Outcome } from '../client/refusal.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { Refresher } from './refresher.ts';
import type { Scheduler } from './scheduler.ts';

const REFRESH_PAUSE_MS = 1000;
const STATE_ORDER: readonly MachineOutput['state'][] = ['dead', 'suspect', 'alive', 'unknown', 'left'];

export class ClusterState {
  #status = $state.raw<ClusterStatus | undefined>();
  #toldAt = $state(0);
  readonly machines = $derived(sortMachines(this.#status?.members ?? []));
  readonly #refresher: Refresher;
  readonly #access: ApiAccess;
  readonly #scheduler: Scheduler;
  /** Told when tasks may have other owners than before. */
  onOwnersMoved: () => void = () => undefined;

  constructor(access: ApiAccess, scheduler: Scheduler) {
    this.#access = access;
    this.#scheduler = scheduler;
    this.#refresher = new Refresher(() => this.#load(), REFRESH_PAUSE_MS, scheduler);
  }

  /** Undefined until the agent has answered once. */
  get status(): ClusterStatus | undefined {
    return this.#status;
  }

  /** Epoch milliseconds of the newest answer. */
  get toldAt(): number {
    return this.#toldAt;
  }

  refresh(): void {
    this.#refresher.ask();
  }

  /** @param machineName what this machine is to be called; absent: as its agent says */
  async create(name: string, machineName?: string): Promise<Outcome<unknown>> {
    const own = machineName === undefined ? {} : { machineName };
    return this.#enter(this.#access.call((api, signal) => api.cluster.create({ name, ...own }, { signal })));
  }

  async join(token: string, machineName?: string): Promise<Outcome<unknown>> {
    const own = machineName === undefined ? {} : { machineName };
    return this.#enter(this.#access.call((api, signal) => api.cluster.join({ token, ...own }, { signal })));
  }

  async #enter(entering: Promise<Outcome<unknown>>): Promise<Outcome<unknown>> {
    const outcome = await entering;
    if (outcome.ok) await this.#load();
    return outcome;
  }

  async #load(): Promise<void> {
    const outcome = await this.#access.call((api, signal) => api.cluster.status({}, { signal }));
    if (!outcome.ok) return;
    const moved = ownership(this.#status) !== ownership(outcome.value);
    this.#status = outcome.value;
    this.#toldAt = this.#scheduler.now();
    if (moved) this.onOwnersMoved();
  }
}

/** This machine first, then those in trouble, then by name. */
function sortMachines(machines: readonly MachineOutput[]): readonly MachineOutput[] {
  return [...machines].sort(
    (a, b) =>
      Number(b.self) - Number(a.self) ||
      STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) ||
      a.name.localeCompare(b.name, undefined, { numeric: true }) ||
      (a.id < b.id ? -1 : 1),
  );
}

function ownership(status: ClusterStatus | undefined): string {
  return (status?.members ?? [])
    .map((machine) => `${machine.id}=${machine.ownedTasks}`)
    .sort()
    .join(' ');
}
