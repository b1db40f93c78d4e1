/**
 * What a checker is: a judge from outside, with one invariant of the design to hold the cluster to. It sees what
 * processes really started, what the machines were asked and answered, and what they say in the end.
 */
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { Observer } from '../observer.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Ledger } from './ledger.ts';

/** One name an invariant; `sim` prints it with every violation, mutants are caught by it. */
export type InvariantName =
  | 'at-most-once'
  | 'at-least-once'
  | 'fencing'
  | 'agreement'
  | 'liveness'
  | 'trust'
  | 'durability'
  | 'ring-bounds'
  | 'resources'
  | 'overlap'
  | 'audit';

export interface Violation {
  readonly invariant: InvariantName;
  /** Virtual time, milliseconds since the start of the simulation. */
  readonly atMs: number;
  /** For people: who, what, when, with ids. */
  readonly detail: string;
}

/** The whole of one simulated story, as its checkers see it. */
export interface CheckScene {
  readonly cluster: SimCluster;
  readonly observer: Observer;
  readonly ledger: Ledger;
  /** Tasks that nobody edits: what is due of them is known from the beginning. */
  readonly steady: readonly TaskDefinition[];
  /** Tasks that people edit, suspend and delete meanwhile. */
  readonly volatile: readonly TaskDefinition[];
  /** Faults happened from `beginMs` to `endMs` of virtual time; then all was calm until now. */
  readonly beginMs: number;
  readonly endMs: number;
}

export interface Checker {
  readonly invariant: InvariantName;
  /** Judges once, when the cluster is calm again. */
  check(scene: CheckScene): readonly Violation[] | Promise<readonly Violation[]>;
}
