/**
 * What became of everything that was due, from the merged runs of all machines: the audit of core, counted, and beside
 * it a plain count of starts that trusts no mark in the records.
 */
import type { MachineId, OccurrenceId, TaskId } from '../../core/domain/ids.ts';
import { ACTIVE_STATES, type Run } from '../../core/domain/run.ts';
import { type AuditEntry, auditTask } from '../../core/history/audit.ts';

export interface RunsQuestion {
  readonly tasks: readonly ExpectedTask[];
  /** Merged, each run once; of the same stretch of time, those started by hand too. */
  readonly runs: readonly Run[];
  /** Starts later than due plus this are late. */
  readonly onTimeMs: number;
}

export interface ExpectedTask {
  readonly id: TaskId;
  /** Nominal instants that have passed long enough ago that each must have started by now. */
  readonly expected: readonly number[];
}

export interface TaskRow {
  readonly id: TaskId;
  /** Instants of the schedule. */
  readonly due: number;
  /** First attempts that were started by hand. */
  readonly byHand: number;
  /** Attempts after the first. */
  readonly again: number;
  /** All of these that were started, by machine. */
  readonly startsOn: ReadonlyMap<MachineId, number>;
  readonly lost: number;
}

export interface RunsSummary {
  /** Runs that were started. */
  readonly runs: number;
  readonly succeeded: number;
  /** Failed, timed out or cancelled. */
  readonly failed: number;
  readonly lost: number;
  readonly unfinished: number;
  /** Instants that came due by schedule. */
  readonly due: number;
  /** Of these: without any start, for whatever reason. */
  readonly missed: number;
  /** Of these: with two starts of the same attempt. */
  readonly doubled: number;
  /** Of these: started late. */
  readonly late: number;
  /** Runs by schedule at instants that no schedule names. */
  readonly unexpected: number;
  /** From due to first start; null when nothing has started. */
  readonly latenessMs: { readonly p50: number; readonly p95: number; readonly max: number } | null;
  /** Tasks that were due or ran, in the order asked. */
  readonly rows: readonly TaskRow[];
  /** The first few instants that were missed or doubled, in words. */
  readonly faults: readonly string[];
}

const SHOWN_FAULTS = 5;

export function summarizeRuns({ tasks, runs, onTimeMs }: RunsQuestion): RunsSummary {
  const rows: TaskRow[] = [];
  const entries: AuditEntry[] = [];
  let unexpected = 0;
  for (const { id, expected } of tasks) {
    const ofTask = runs.filter((run) => run.taskId === id);
    // With no end of time in sight nothing is excused as still waiting.
    const report = auditTask({ taskId: id, expected, runs: ofTask, onTimeMs, now: Number.POSITIVE_INFINITY });
    entries.push(...report.entries);
    unexpected += report.unexpected.length;
    const started = ofTask.filter(wasStarted);
    if (expected.length > 0 || started.length > 0) rows.push(rowOf(id, report.entries.length, started));
  }
  const started = runs.filter(wasStarted);
  const twice = occurrencesStartedTwice(started);
  const isDoubled = (entry: AuditEntry): boolean =>
    entry.verdict === 'doubled' || entry.runs.some((run) => twice.has(run.occurrenceId));
  const missed = entries.filter((entry) => !entry.runs.some(wasStarted));
  const doubled = entries.filter(isDoubled);
  return {
    ...countStates(started),
    due: entries.length,
    missed: missed.length,
    doubled: doubled.length,
    late: entries.filter((entry) => entry.verdict === 'late').length,
    unexpected,
    latenessMs: percentiles(entries.flatMap((entry) => entry.latenessMs ?? [])),
    rows,
    faults: [
      ...missed.map((entry) => tellFault(entry, 'missed')),
      ...doubled.map((entry) => tellFault(entry, 'doubled')),
    ].slice(0, SHOWN_FAULTS),
  };
}

function wasStarted(run: Run): boolean {
  return run.startedAt !== undefined || ACTIVE_STATES.has(run.state);
}

function countStates(
  started: readonly Run[],
): Pick<RunsSummary, 'runs' | 'succeeded' | 'failed' | 'lost' | 'unfinished'> {
  const inStates = (...states: Run['state'][]): number => started.filter((run) => states.includes(run.state)).length;
  const [succeeded, lost] = [inStates('succeeded'), inStates('lost')];
  const failed = inStates('failed', 'timed-out', 'cancelled');
  return { runs: started.length, succeeded, failed, lost, unfinished: started.length - succeeded - failed - lost };
}

/** One attempt has one start; a further attempt is no double. */
function occurrencesStartedTwice(started: readonly Run[]): Set<OccurrenceId> {
  const seen = new Set<string>();
  const twice = new Set<OccurrenceId>();
  for (const { occurrenceId, attempt } of started) {
    const key = `${occurrenceId} ${attempt}`;
    if (seen.has(key)) twice.add(occurrenceId);
    seen.add(key);
  }
  return twice;
}

function rowOf(id: TaskId, due: number, started: readonly Run[]): TaskRow {
  const startsOn = new Map<MachineId, number>();
  for (const { machineId } of started) startsOn.set(machineId, (startsOn.get(machineId) ?? 0) + 1);
  const byHand = started.filter((run) => run.cause.kind === 'manual' && run.attempt === 1).length;
  const again = started.filter((run) => run.attempt > 1).length;
  return { id, due, byHand, again, startsOn, lost: started.filter((run) => run.state === 'lost').length };
}

/** Nearest-rank percentiles: the smallest value that at least so many per cent do not exceed. */
function percentiles(values: readonly number[]): RunsSummary['latenessMs'] {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number): number | undefined => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  const [p50, p95, max] = [at(0.5), at(0.95), at(1)];
  return p50 === undefined || p95 === undefined || max === undefined ? null : { p50, p95, max };
}

function tellFault(entry: AuditEntry, what: string): string {
  const reason = entry.reason === undefined ? '' : ` (${entry.reason.text})`;
  return `${entry.taskId} at ${new Date(entry.nominalAt).toISOString()} was ${what}${reason}`;
}
