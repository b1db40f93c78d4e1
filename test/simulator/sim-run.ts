/**
 * One simulated story from one seed: a cluster is formed, tasks come due, faults befall it for a while, then all is calm
 * and the checkers judge. The same options and the same commit give the same story, byte for byte.
 */
import type { InvariantName } from './checkers/checker.ts';
import type { FaultFamily } from './faults/fault.ts';

export interface SimOptions {
  readonly seed: number;
  readonly machines: number;
  readonly tasks: number;
  /** Virtual hours of the time with faults. */
  readonly hours: number;
  readonly faults: 'none' | 'all' | FaultFamily;
  /** Is told every line of the story. */
  readonly trace?: (line: string) => void;
}

export interface SeedViolation {
  readonly seed: number;
  readonly invariant: InvariantName;
  /** Virtual milliseconds since the start of the story. */
  readonly at: number;
  readonly detail: string;
}

export interface SimResult {
  readonly seed: number;
  readonly simulatedHours: number;
  /** Occurrences that came due. */
  readonly occurrences: number;
  /** Processes that were really started. */
  readonly runs: number;
  readonly violations: readonly SeedViolation[];
  /** Second starts of an at-least-once attempt on machines that could not reach each other, nor a common third. */
  readonly duplicatesAllowed: number;
  /** Occurrences withheld for want of a quorum. */
  readonly withheld: number;
}
