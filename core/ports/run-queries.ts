/** Reading the merged history, away from the event loop. */
import type { AuditAction, AuditRecord } from '../domain/audit-record.ts';
import type { MachineId, OccurrenceId, RunId, TaskId } from '../domain/ids.ts';
import type { Run, RunState } from '../domain/run.ts';
import type { Quantiles } from '../history/samples.ts';
import type { RunFigures, StatisticsQuestion } from '../history/statistics.ts';

export interface RunFilter {
  readonly taskId?: TaskId;
  readonly machineId?: MachineId;
  readonly occurrenceId?: OccurrenceId;
  readonly states?: readonly RunState[];
  /** Nominal instants from `since` (inclusive) to `until` (exclusive), epoch milliseconds. */
  readonly since?: number;
  readonly until?: number;
  /** Each of them must fit the run. */
  readonly words?: readonly SearchWord[];
}

/** Fits a run of one of the tasks or machines named, and one that has the text; case does not matter. */
export interface SearchWord {
  /** Part of the task's id, or of the beginning of reason and result (`STORAGE.searchedTextLength`). */
  readonly text: string;
  readonly taskIds?: readonly TaskId[];
  readonly machineIds?: readonly MachineId[];
}

export interface RunPage {
  /** Newest first, by due instant and id. A search for words may answer with fewer than were asked for. */
  readonly runs: readonly Run[];
  /** Give it back to read on; absent on the last page. */
  readonly nextCursor?: string;
}

export interface RunTotals {
  readonly taskId: TaskId;
  readonly state: RunState;
  readonly count: number;
}

export interface AuditFilter {
  readonly action?: AuditAction;
  /** Whose log it is in, or who did it. */
  readonly machineId?: MachineId;
  /** From `since` (inclusive) to `until` (exclusive), epoch milliseconds. */
  readonly since?: number;
  readonly until?: number;
  /** Part of the subject or the detail; case does not matter. */
  readonly text?: string;
}

export interface AuditPage {
  /** Newest first, by instant; of one machine's log always in its order. */
  readonly records: readonly AuditRecord[];
  /** Give it back to read on; absent on the last page. */
  readonly nextCursor?: string;
}

export interface RunQueries {
  /** Refuses a malformed cursor by throwing `AppErrorException` INVALID_INPUT. */
  page(filter: RunFilter, limit: number, cursor: string | undefined): Promise<RunPage>;
  byId(run: RunId): Promise<Run | undefined>;
  /** Runs per task and state since an instant. */
  totals(since: number): Promise<readonly RunTotals[]>;
  /** Figures over the runs that the question names, each counted as it is found. */
  statistics(question: StatisticsQuestion): Promise<RunFigures>;
  /** How long the newest runs of each task took; tasks that have none are left out. */
  usual(tasks: readonly TaskId[]): Promise<Readonly<Record<TaskId, Quantiles>>>;
  /** The audit logs of all machines, as one. Refuses a malformed cursor as `page` does. */
  audit(filter: AuditFilter, limit: number, cursor: string | undefined): Promise<AuditPage>;
  close(): Promise<void>;
}
