/** Claims and grants: the granted right to run one attempt of one occurrence. */
import type { MachineId, OccurrenceId, TaskId } from '../domain/ids.ts';
import type { Guarantee } from '../domain/policy.ts';

/** What a claimant asks of the others. */
export interface ClaimRequest {
  readonly taskId: TaskId;
  readonly occurrenceId: OccurrenceId;
  readonly attempt: number;
  readonly claimant: MachineId;
  /** Higher than that of every earlier claim on the task that the claimant knows of. */
  readonly fencingToken: number;
  readonly guarantee: Guarantee;
  /** Epoch milliseconds. */
  readonly nominalAt: number;
  readonly dueAt: number;
}

/** What a granter remembers. It is stored before it is answered, and never given to a second claimant. */
export interface Grant extends ClaimRequest {
  /** The claimant gave it back unused; another machine may be granted the same attempt. */
  readonly released: boolean;
  /** Epoch milliseconds by the granter's clock. */
  readonly grantedAt: number;
}

/** Why a claim was not granted. */
export type ClaimRefusal =
  /** Another machine holds this attempt. */
  | { readonly code: 'held'; readonly by: MachineId; readonly token: number }
  /** This attempt, or a later one, has started or ended elsewhere. */
  | { readonly code: 'settled'; readonly by: MachineId }
  /** A later claim on the task has a token as high: ask again with a higher one. */
  | { readonly code: 'stale-token'; readonly token: number }
  /** Another occurrence of the task is active, and the overlap policy forbids a second. */
  | { readonly code: 'overlap'; readonly occurrenceId: OccurrenceId; readonly by: MachineId }
  /** Too old to be remembered for certain, or older than this granter's memory. */
  | { readonly code: 'too-old' }
  /** The claimant counts the votes of another set of machines than the granter knows. */
  | { readonly code: 'other-voters' }
  /** The granter cannot store a grant, or takes no part at the moment. */
  | { readonly code: 'unavailable' };
