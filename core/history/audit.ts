/**
 * The audit: what was due against what ran, from the merged logs alone. Each expected instant gets one verdict with a
 * reason, and runs that nothing explains are listed too; the same question that the checker of a chaos test asks.
 */
import type { OccurrenceId, RunId, TaskId } from '../domain/ids.ts';
import { ACTIVE_STATES, isByClock, type Reason, type Run } from '../domain/run.ts';

export type AuditVerdict =
  /** Started once, within the bound; or it was about to when its machine failed, and nobody can say. */
  | 'on-time'
  /** Started once, later than the bound. */
  | 'late'
  /** The same attempt was started more than once, or a lost run went on beside its successor. */
  | 'doubled'
  /** Not run, on purpose; the reason says why. */
  | 'skipped'
  /** Not run: refused, withheld, or failed before it could start; the reason says why. */
  | 'withheld'
  /** A record exists, a start does not yet, and nothing has closed it. */
  | 'pending'
  /** No record of it at all, though its time has passed. */
  | 'missed';

export interface AuditEntry {
  readonly taskId: TaskId;
  readonly nominalAt: number;
  readonly verdict: AuditVerdict;
  /** First start minus the due instant of the occurrence (not of the attempt), milliseconds; absent without a start. */
  readonly latenessMs?: number;
  readonly reason?: Reason;
  /** The end of another task that should have brought it about; absent when a clock did. */
  readonly follows?: { readonly taskId: TaskId; readonly runId: RunId };
  readonly runs: readonly Run[];
}

export interface AuditReport {
  readonly entries: readonly AuditEntry[];
  readonly totals: Readonly<Record<AuditVerdict, number>>;
  /** Scheduled runs at instants that were not expected, such as those of an older schedule. */
  readonly unexpected: readonly Run[];
}

export interface AuditInput {
  readonly taskId: TaskId;
  /** Nominal instants of the schedule, epoch milliseconds. */
  readonly expected: readonly number[];
  /** Ends of other tasks, one for each occurrence, that the task's schedule says it follows. */
  readonly ends?: readonly Run[];
  /** Merged runs of the task over the same stretch of time, in any order. */
  readonly runs: readonly Run[];
  /** Starts later than due plus this are late. */
  readonly onTimeMs: number;
  /** Instants from here on may still be waiting for their run. */
  readonly now: number;
}

/**
 * Judges each expected instant of one task, and each end that it follows, oldest first. Tasks that run on several machines have one run a slot; an
 * instant is judged by the worst of them.
 */
export function auditTask(input: AuditInput): AuditReport {
  const byNominal = new Map<number, Run[]>();
  for (const run of input.runs) {
    if (run.taskId !== input.taskId || !isByClock(run.cause)) continue;
    const list = byNominal.get(run.nominalAt);
    if (list === undefined) byNominal.set(run.nominalAt, [run]);
    else list.push(run);
  }
  const totals = emptyTotals();
  const entries: AuditEntry[] = [];
  for (const nominalAt of [...new Set(input.expected)].sort((left, right) => left - right)) {
    const runs = (byNominal.get(nominalAt) ?? []).sort(
      (left, right) => left.attempt - right.attempt || (left.id < right.id ? -1 : 1),
    );
    byNominal.delete(nominalAt);
    const entry = judgeInstant(input, nominalAt, runs);
    totals[entry.verdict] += 1;
    entries.push(entry);
  }
  for (const entry of judgeEnds(input)) {
    totals[entry.verdict] += 1;
    entries.push(entry);
  }
  entries.sort((left, right) => left.nominalAt - right.nominalAt);
  const unexpected = [...byNominal.values()].flat().sort((left, right) => left.nominalAt - right.nominalAt);
  return { entries, totals, unexpected };
}

/** For each end that the task follows there must be an occurrence, which is known by the one that ended. */
function judgeEnds(input: AuditInput): AuditEntry[] {
  const { ends = [], runs, taskId } = input;
  const byUpstream = new Map<OccurrenceId, Run[]>();
  for (const run of ends.length === 0 ? [] : runs) {
    if (run.taskId !== taskId || run.cause.kind !== 'after') continue;
    const list = byUpstream.get(run.cause.occurrenceId);
    if (list === undefined) byUpstream.set(run.cause.occurrenceId, [run]);
    else list.push(run);
  }
  return ends.map((end) => {
    const own = (byUpstream.get(end.occurrenceId) ?? []).sort(
      (left, right) => left.attempt - right.attempt || (left.id < right.id ? -1 : 1),
    );
    // A run that was given up for lost is followed from then on, whatever its machine says later.
    const nominalAt = own[0]?.nominalAt ?? end.finishedAt ?? end.recordedAt;
    return { ...judgeInstant(input, nominalAt, own), follows: { taskId: end.taskId, runId: end.id } };
  });
}

const GRAVITY: readonly AuditVerdict[] = ['on-time', 'pending', 'skipped', 'withheld', 'late', 'missed', 'doubled'];

function judgeInstant(input: AuditInput, nominalAt: number, runs: readonly Run[]): AuditEntry {
  const bySlot = new Map<string, Run[]>();
  for (const run of runs) {
    const list = bySlot.get(run.slot);
    if (list === undefined) bySlot.set(run.slot, [run]);
    else list.push(run);
  }
  const { taskId } = input;
  let worst: AuditEntry | undefined;
  for (const slotRuns of bySlot.values()) {
    const entry = { taskId, nominalAt, runs, ...judgeOccurrence(input, slotRuns) };
    if (worst === undefined || GRAVITY.indexOf(entry.verdict) > GRAVITY.indexOf(worst.verdict)) worst = entry;
  }
  if (worst !== undefined) return worst;
  const verdict = nominalAt + input.onTimeMs >= input.now ? 'pending' : 'missed';
  return { taskId, nominalAt, runs, verdict };
}

/** @param runs the attempts of one occurrence, at least one, oldest attempt first */
function judgeOccurrence(
  input: AuditInput,
  runs: readonly Run[],
): Pick<AuditEntry, 'verdict' | 'latenessMs' | 'reason'> {
  const starts = runs.filter(wasStarted);
  const first = starts[0];
  if (first === undefined) {
    const last = runs.at(-1) as Run;
    const reason = last.reason === undefined ? {} : { reason: last.reason };
    if (last.state === 'skipped' || last.state === 'cancelled') return { verdict: 'skipped', ...reason };
    // Failed without a start: its program was not found, or its record could not be stored.
    if (last.state === 'refused' || last.state === 'withheld' || last.state === 'lost' || last.state === 'failed') {
      return { verdict: 'withheld', ...reason };
    }
    return { verdict: 'pending', ...reason };
  }
  const startedAt = Math.min(...starts.map((run) => run.startedAt ?? run.claimedAt ?? Infinity));
  const latenessMs = startedAt === Infinity ? undefined : Math.max(0, startedAt - dueAtOf(runs));
  const reason = first.reason === undefined ? {} : { reason: first.reason };
  const measured = latenessMs === undefined ? {} : { latenessMs };
  if (runs.some((run) => run.duplicate)) return { verdict: 'doubled', ...measured, ...reason };
  const late = (latenessMs ?? 0) > input.onTimeMs;
  return { verdict: late ? 'late' : 'on-time', ...measured, ...reason };
}

/**
 * When the occurrence was due. An attempt has a due instant of its own, later than that: of a first attempt that could not
 * be started a retry is the first start, and what came of it is late by all the time before it. Where the first attempt is
 * not known any more, the nominal instant is the nearest.
 */
function dueAtOf(runs: readonly Run[]): number {
  const { attempt, dueAt, nominalAt } = runs[0] as Run;
  return attempt === 1 ? dueAt : nominalAt;
}

/**
 * The record comes before the process. So what was lost between the two (power failed in that moment) may have been
 * started, and counts as started: nobody may run it again in the belief that nothing happened.
 */
function wasStarted(run: Run): boolean {
  if (run.startedAt !== undefined || ACTIVE_STATES.has(run.state)) return true;
  return run.state === 'lost' && run.claimedAt !== undefined;
}

function emptyTotals(): Record<AuditVerdict, number> {
  return { 'on-time': 0, late: 0, doubled: 0, skipped: 0, withheld: 0, pending: 0, missed: 0 };
}
