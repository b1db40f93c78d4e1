/** Where a story is played: a small cluster with its tasks, an observer and a ledger; and its end, when all is calm. */
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import { judge } from '../checkers/checkers.ts';
import type { Violation } from '../checkers/checker.ts';
import { Ledger } from '../checkers/ledger.ts';
import { Observer } from '../observer.ts';
import { SeededRandom } from '../seeded-random.ts';
import { SimCluster } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';

export interface StageOptions {
  readonly seed: number;
  readonly machines: number;
  readonly founders?: number;
  /** How long each run of a task takes, milliseconds; 50 where nothing is said. */
  readonly durationsMs?: Readonly<Record<string, number>>;
  readonly tasks: readonly TaskDefinition[];
  readonly trace?: (line: string) => void;
}

/** After the story all is calm for so long before it is judged. */
const CALM_MS = 130_000;

export class Stage {
  readonly cluster: SimCluster;
  readonly observer: Observer;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  readonly #options: StageOptions;
  #beginMs = 0;

  private constructor(options: StageOptions) {
    const { seed, machines, founders, durationsMs, trace } = options;
    this.#options = options;
    this.random = new SeededRandom(seed * 7919);
    this.cluster = new SimCluster({
      machines,
      seed,
      slots: 4,
      behaviour: ({ taskId }) => ({ durationMs: durationsMs?.[taskId] ?? 50, exitCode: 0 }),
      ...(founders === undefined ? {} : { founders }),
      ...(trace === undefined ? {} : { trace }),
    });
    this.observer = new Observer(this.cluster);
    this.ledger = new Ledger(() => this.cluster.time.now);
  }

  /** Forms the cluster and gives it its tasks. */
  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options);
    await stage.cluster.form();
    await stage.cluster.put(0, ...options.tasks);
    await stage.cluster.run(2000);
    stage.#beginMs = stage.cluster.time.now;
    return stage;
  }

  get ids(): readonly MachineId[] {
    return this.cluster.machines.map(({ id }) => id);
  }

  /** Where a machine is in the cluster. */
  indexOf(machine: SimMachine): number {
    return this.cluster.machines.indexOf(machine);
  }

  /** The machines but the given ones. */
  others(...machines: readonly SimMachine[]): SimMachine[] {
    return this.cluster.machines.filter((machine) => !machines.includes(machine));
  }

  /** Cuts machines off from all others. */
  cutOff(...machines: readonly SimMachine[]): void {
    const ids = machines.map(({ id }) => id);
    const rest = this.others(...machines).map(({ id }) => id);
    this.cluster.network.split(ids, rest);
  }

  /** Lets time pass until the next whole multiple of a period, and some milliseconds more. */
  async untilDue(periodMs: number, moreMs: number): Promise<void> {
    await this.observer.run(periodMs - (this.cluster.time.now % periodMs) + moreMs);
  }

  /** Ends all faults, lets calm return, and judges. @param absent machines that stay away */
  async close(absent: readonly SimMachine[] = []): Promise<readonly Violation[]> {
    const endMs = this.cluster.time.now;
    this.cluster.network.calm();
    for (const machine of this.others(...absent)) {
      machine.disk.mend();
      if (!machine.running) await machine.boot();
    }
    await this.observer.run(CALM_MS);
    const { cluster, observer, ledger } = this;
    const beginMs = this.#beginMs;
    return judge({ cluster, observer, ledger, steady: this.#options.tasks, volatile: [], beginMs, endMs });
  }
}
