/**
 * What was due, by a clock or because another task ended, against what ran, for the tasks as they are scheduled now: since the last change of a task's schedule or of
 * a calendar that it names, or since it was last suspended or resumed, and never before `since`. Asked of any machine; all
 * that hold the same logs answer the same.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import { calendarsNamed } from '../domain/calendar.ts';
import type { MachineId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { type AuditReport, auditTask } from '../history/audit.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import { endOf, endsFollowed, upstreamsOf } from '../scheduling/followers.ts';
import { compileSchedule, occurrencesBetween } from '../scheduling/occurrence.ts';

export interface TaskAudit {
  readonly task: Task;
  /** The stretch of time that was looked at, epoch milliseconds. */
  readonly from: number;
  readonly until: number;
  readonly report: AuditReport;
  /** More came due than are listed: the oldest were looked at. */
  readonly truncated: boolean;
}

export interface AuditQuestion {
  readonly tasks: readonly Task[];
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until: number;
  /** Starts later than this after they were due are late. */
  readonly onTimeMs: number;
  readonly now: number;
}

/** Audits tasks one by one, so that nothing else has to wait for all of them. */
export async function* auditTasks(peer: PeerHandle, question: AuditQuestion): AsyncGenerator<TaskAudit> {
  let room: number = LIMITS.auditInstants;
  const calendarChanges = new Map(peer.view.calendars().map(({ name, changedAt }) => [name, changedAt]));
  for (const task of question.tasks) {
    const { from, until } = stretchOf(task, question, calendarChanges);
    const compiled = compileSchedule(task.schedule, peer.view.calendarBook);
    if (until <= from || !compiled.ok || task.schedule.triggers.length === 0) continue;
    const { instants, truncated } = occurrencesBetween(compiled.value, from, until, room);
    room -= instants.length;
    const upstream = await upstreamRuns(peer, task, from, until);
    const within = upstream.filter((run) => endOf(run) > from && endOf(run) <= until);
    const all = endsFollowed(task.schedule, compiled.value, within);
    const ends = all.slice(0, Math.max(0, room));
    room -= ends.length;
    const runs = await runsOf(peer, task, from, until);
    const { onTimeMs, now } = question;
    const report = auditTask({ taskId: task.id, expected: instants, ends, runs, onTimeMs, now });
    yield { task, from, until, report, truncated: truncated || ends.length < all.length };
    if (room <= 0) return;
  }
}

function stretchOf(
  { origins, about, createdAt, schedule }: Task,
  { since, until, now }: AuditQuestion,
  calendarChanges: ReadonlyMap<string, number>,
) {
  // A calendar that changed moved what is due, as a changed schedule does: how it was before is not known here.
  const moved = calendarsNamed(schedule).map((name) => calendarChanges.get(name) ?? 0);
  const changedAt = Math.max(createdAt, origins.schedule.changedAt, ...moved);
  const last = Math.min(until, now);
  // Before it was suspended it was due; after it was resumed it is again. What else was changed there is not told apart.
  if (about.suspended) return { from: Math.max(since, changedAt), until: Math.min(last, origins.about.changedAt) };
  return { from: Math.max(since, changedAt, origins.about.changedAt), until: last };
}

async function runsOf(peer: PeerHandle, task: Task, from: number, until: number): Promise<Run[]> {
  const runs: Run[] = [];
  // Jitter and clocks move what is due a little; what does not belong is left out by its nominal instant.
  const slackMs = task.schedule.jitterMs + TIMES.onTimeMs;
  const filter = { taskId: task.id, since: from - slackMs, until: until + slackMs };
  let cursor: string | undefined;
  do {
    const page = await peer.runs.page(filter, LIMITS.pageSize, cursor);
    for (const run of page.runs) {
      // What follows another is matched by what that was, not by its instant.
      if (run.cause.kind === 'after' || (run.nominalAt > from && run.nominalAt <= until)) runs.push(run);
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined && runs.length < LIMITS.auditInstants);
  return runs;
}

/** Ends of what came due longer before the stretch than this, or than it may run, are not looked for. */
const LONG_RUN_MS = 86_400_000;

/** The runs of the tasks that a task follows which may have ended in a stretch of time. */
async function upstreamRuns(peer: PeerHandle, { schedule }: Task, from: number, until: number): Promise<Run[]> {
  const runs: Run[] = [];
  for (const taskId of upstreamsOf(schedule)) {
    const longestMs = Math.max(LONG_RUN_MS, peer.view.task(taskId)?.policy.timeoutMs ?? 0);
    const filter = { taskId, since: from - longestMs, until: until + TIMES.onTimeMs };
    let cursor: string | undefined;
    do {
      const page = await peer.runs.page(filter, LIMITS.pageSize, cursor);
      runs.push(...page.runs);
      cursor = page.nextCursor;
    } while (cursor !== undefined && runs.length < LIMITS.auditInstants);
  }
  return runs;
}

/** The machine that started (or was to start) the worst of an instant's runs. */
export function machineOf(runs: readonly Run[]): MachineId | undefined {
  return (runs.find((run) => run.startedAt !== undefined) ?? runs[0])?.machineId;
}
