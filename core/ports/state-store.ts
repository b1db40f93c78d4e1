/**
 * What a peer must not forget. Writes are committed in one durable transaction before anything that depends on them
 * leaves the machine; so every write is a plain value, and the store decides nothing.
 */
import type { Grant } from '../claims/claim.ts';
import type { ChangeVector, SealedChange } from '../document/document-protocol.ts';
import type { MachineId, OccurrenceId, RunId, TaskId } from '../domain/ids.ts';
import type { AuditRecord } from '../domain/audit-record.ts';
import type { RunRecord } from '../domain/run.ts';

/** A run whose process this machine started and has not closed: what is needed to adopt it after a restart. */
export interface LocalRun {
  readonly runId: RunId;
  /** The newest record of it in the own log. */
  readonly record: RunRecord;
}

export type StoreWrite =
  | { readonly kind: 'grant'; readonly grant: Grant }
  /** Records of one recorder, without gaps after what is stored; re-writing a stored record changes nothing. */
  | { readonly kind: 'records'; readonly records: readonly RunRecord[] }
  /** The log of `recorderId` begins after `floor`: what is before was pruned by its recorder. */
  | { readonly kind: 'log-floor'; readonly recorderId: MachineId; readonly floor: number }
  | { readonly kind: 'changes'; readonly changes: readonly SealedChange[] }
  | { readonly kind: 'snapshot'; readonly bytes: Uint8Array; readonly vector: ChangeVector }
  /** Small named values: JSON text, or undefined to remove. */
  | { readonly kind: 'meta'; readonly key: string; readonly value: string | undefined }
  /** Signed records of one machine's audit log, without gaps after what is stored; known ones change nothing. */
  | { readonly kind: 'audit'; readonly records: readonly AuditRecord[] }
  /** The audit log of `recorderId` begins after `floor`. */
  | { readonly kind: 'audit-floor'; readonly recorderId: MachineId; readonly floor: number }
  /** Forgets grants, run records and audit records older than these instants (epoch milliseconds). */
  | {
      readonly kind: 'prune';
      readonly grantsBefore: number;
      readonly runsBefore: number;
      readonly auditBefore?: number;
    };

/** Everything that the peer holds in memory, as it was at the last commit. */
export interface StoredState {
  readonly meta: ReadonlyMap<string, string>;
  /** Grants whose attempt nobody is known to have started: for the others the runs answer. */
  readonly grants: readonly Grant[];
  /** Grants given before this instant may be unknown (the database was rebuilt); 0 when none can be. */
  readonly grantsCompleteSince: number;
  readonly snapshot: { readonly bytes: Uint8Array; readonly vector: ChangeVector } | undefined;
  /** Changes that were stored after the snapshot, in order; those before need not be opened again. */
  readonly changes: readonly SealedChange[];
  /** Number of changes stored in all. */
  readonly changeCount: number;
  /** Newest sequence per recorder. */
  readonly logVector: Readonly<Record<MachineId, number>>;
  readonly logFloors: Readonly<Record<MachineId, number>>;
  /** Newest audit record of each machine, and where its log begins. */
  readonly auditVector: Readonly<Record<MachineId, number>>;
  readonly auditFloors: Readonly<Record<MachineId, number>>;
  /** Newest record of every run that has not ended, from any machine. */
  readonly openRuns: readonly RunRecord[];
  /**
   * Runs whose own machine's newest record says that a process may exist, from any machine, even when another machine
   * gave them up as lost: when their machine is back, it adopts or closes them.
   */
  readonly unclosedRuns: readonly LocalRun[];
  /** Per task the newest nominal instant that any record of its schedule (not of a run by hand) accounts for. */
  readonly accountedUntil: ReadonlyMap<TaskId, number>;
  /** Per task the highest fencing token of any run that was ever stored, pruned or not. */
  readonly highestTokens: ReadonlyMap<TaskId, number>;
  /** The newest record of each recent final run, newest first, for overlap and retries (bounded). */
  readonly recentRuns: readonly RunRecord[];
}

export type CommitOutcome =
  { readonly ok: true } | { readonly ok: false; readonly full: boolean; readonly message: string };

/** Whatever reads throws `AppErrorException` STORAGE_FAILED when the disk does not give back what is on it. */
export interface StateStore {
  load(): StoredState;
  /** All or nothing, durable when it returns. */
  commit(writes: readonly StoreWrite[]): CommitOutcome;
  /**
   * Records of one log after `after`, at most `limit`, and whether more are stored. `fits` is asked of one after the other;
   * the first of which it is false, and those after it, are not read.
   */
  recordsAfter(
    recorder: MachineId,
    after: number,
    limit: number,
    fits?: (record: RunRecord) => boolean,
  ): { records: RunRecord[]; more: boolean; floor: number };
  /** The same of one audit log. */
  auditAfter(
    recorder: MachineId,
    after: number,
    limit: number,
  ): { records: AuditRecord[]; more: boolean; floor: number };
  /** Changes that a machine with `vector` lacks, in an order in which they can be applied, within the limits. */
  changesSince(vector: ChangeVector, maxChanges: number, maxBytes: number): { changes: SealedChange[]; more: boolean };
  /** The machine that started this attempt of the occurrence, or a later one, as far as is stored. A point look-up. */
  startedBy(occurrence: OccurrenceId, attempt: number): MachineId | undefined;
  /** The record in force of each stored run of the occurrence, earlier attempts first. A point look-up. */
  runsOf(occurrence: OccurrenceId): RunRecord[];
  /** The machine of a stored run. A point look-up. */
  machineOf(run: RunId): MachineId | undefined;
  /** True when any record of the occurrence is stored. */
  knowsOccurrence(occurrence: OccurrenceId): boolean;
  close(): void;
}
