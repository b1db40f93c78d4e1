/** What a fault is: something that befalls a cluster at an instant that chance chooses, and how it is undone. */
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { Ledger } from '../checkers/ledger.ts';
import type { Observer } from '../observer.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { SimCluster } from '../sim-cluster.ts';

/** The families that `sim --faults` chooses from; `all` is all of them. */
export type FaultFamily = 'network' | 'crash' | 'clock' | 'storage' | 'process' | 'people';

export interface FaultScene {
  readonly cluster: SimCluster;
  readonly observer: Observer;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  /** Tasks that people only run and cancel. */
  readonly steady: readonly TaskDefinition[];
  /** Tasks that people edit, suspend and delete too. */
  readonly volatile: readonly TaskDefinition[];
  readonly trace: ((line: string) => void) | undefined;
}

export interface Fault {
  readonly name: string;
  readonly family: FaultFamily;
  /** Lets it happen, to whom chance will have it. May let a little virtual time pass through `scene.observer.run`. */
  befall(scene: FaultScene): void | Promise<void>;
  /** Ends what is left of it; the story calls it once for every fault when the time of faults is over. */
  calm?(scene: FaultScene): void | Promise<void>;
}
