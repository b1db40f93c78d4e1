/**
 * What an outside observer sees of a cluster, second by second: which machines were well, and which could reach each
 * other. The checkers ask it what could have been expected.
 */
import type { MachineId } from '../../core/domain/ids.ts';
import type { SimCluster } from './sim-cluster.ts';

interface Sample {
  readonly atMs: number;
  /** Agents that run, take part, can store and are not paused. */
  readonly well: ReadonlySet<MachineId>;
  /** Of those: agents that take runs. */
  readonly accepting: ReadonlySet<MachineId>;
  /** `a>b` that is cut. */
  readonly cut: ReadonlySet<string>;
}

export class Observer {
  readonly #cluster: SimCluster;
  readonly #samples: Sample[] = [];
  /** Machines that the people have drained. */
  readonly drained = new Set<MachineId>();

  constructor(cluster: SimCluster) {
    this.#cluster = cluster;
  }

  /** Lets virtual time pass, looking every second and whenever the network may have changed. */
  async run(durationMs: number): Promise<void> {
    const end = this.#cluster.time.now + durationMs;
    while (this.#cluster.time.now < end) {
      this.look();
      await this.#cluster.run(Math.min(1000, end - this.#cluster.time.now));
    }
    this.look();
  }

  look(): void {
    const well = this.#cluster.machines.filter(
      (machine) => machine.running && !machine.paused && !machine.disk.full && machine.peer.view.phase === 'active',
    );
    const ids = this.#cluster.machines.map((machine) => machine.id);
    const cut = new Set<string>();
    for (const a of ids) for (const b of ids) if (!this.#cluster.network.passes(a, b)) cut.add(`${a}>${b}`);
    this.#samples.push({
      atMs: this.#cluster.time.now,
      well: new Set(well.map((machine) => machine.id)),
      accepting: new Set(well.map((machine) => machine.id).filter((id) => !this.drained.has(id))),
      cut,
    });
  }

  /** Was the machine well, and taking runs, all the time from one instant to the other? */
  accepted(machine: MachineId, fromMs: number, untilMs: number): boolean {
    return this.#between(fromMs, untilMs).every((sample) => sample.accepting.has(machine));
  }

  /** Could two well machines (of them, or between them) reach each other both ways, all the time? */
  couldTalk(a: MachineId, b: MachineId, fromMs: number, untilMs: number): boolean {
    return this.#between(fromMs, untilMs).every(
      ({ well, cut }) => well.has(a) && well.has(b) && !cut.has(`${a}>${b}`) && !cut.has(`${b}>${a}`),
    );
  }

  #between(fromMs: number, untilMs: number): Sample[] {
    const found: Sample[] = [];
    for (let index = this.#samples.length - 1; index >= 0; index -= 1) {
      const sample = this.#samples[index] as Sample;
      if (sample.atMs <= untilMs) found.push(sample);
      if (sample.atMs < fromMs) break;
    }
    return found;
  }
}
