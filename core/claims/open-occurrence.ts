/**
 * An occurrence that is due or soon due and has not ended, as this machine sees it. Every machine keeps the same list;
 * what differs is only whose turn it is.
 *
 *   waiting ──(its turn, a slot)──► asking ──(majority)──► active (here)
 *      ▲  │                           │
 *      │  └─(another was granted)─► held ──(its record)──► active (there)
 *      └──────(holder gave it back, or is gone)──┘            │
 *                                                             ▼
 *            attempt + 1, waiting  ◄──(failed, lost)──── closed by its final record
 */
import type { MachineId, OccurrenceId, RunId, TaskId } from '../domain/ids.ts';
import type { Cause, RunRecord } from '../domain/run.ts';
import type { ClaimRefusal } from './claim.ts';

export type OccurrenceStage =
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'asking';
      readonly fencingToken: number;
      /** The set of voters that was asked. */
      readonly electorate: string;
      readonly granted: Set<MachineId>;
      readonly refused: Map<MachineId, ClaimRefusal>;
      /** Monotonic. */
      readonly askedAtMs: number;
      /** Epoch milliseconds. */
      readonly askedAt: number;
      /** Monotonic: those that have not granted by then are asked again. */
      againAtMs: number;
    }
  /** Another machine was granted the attempt; its record is awaited. */
  | { readonly kind: 'held'; readonly by: MachineId; readonly sinceMs: number }
  | { readonly kind: 'active'; readonly by: MachineId; readonly runId: RunId };

export interface OpenOccurrence {
  readonly id: OccurrenceId;
  readonly taskId: TaskId;
  /** The machine, for tasks that run on several; '' for all others. */
  readonly slot: MachineId | '';
  readonly cause: Cause;
  /** Epoch milliseconds. */
  readonly nominalAt: number;
  /** Epoch milliseconds; later attempts are due later. */
  dueAt: number;
  /** A later attempt, or what has happened, is due at this monotonic instant at the latest, whatever clocks say. */
  dueByMs: number | undefined;
  attempt: number;
  /** Machines that should not run this attempt when others can. */
  avoid: readonly MachineId[];
  /** The one machine that may run it: a slot's, or the one that a person named. */
  readonly only: MachineId | undefined;
  stage: OccurrenceStage;
  /** Monotonic instant from which the turns are counted; undefined until it is due. */
  turnsFromMs: number | undefined;
  /** Not before this monotonic instant is the claim asked for (again). */
  notBeforeMs: number;
  /** How often in a row this attempt was asked for with a token that another claim on the task had already. */
  outbid: number;
  /** It is recorded as waiting for something, with this code. */
  withheld: string | undefined;
  /** The note on this attempt that is in force, whoever wrote it. */
  noted: RunRecord | undefined;
  /** Known from another machine's record alone: it is looked at once more before it runs. */
  isHearsay: boolean;
  /** Since this monotonic instant its task is not known here. */
  unknownSinceMs: number | undefined;
}
