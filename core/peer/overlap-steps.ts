/** More than one occurrence of a task at a time: which goes first, what waits, what is skipped, what is replaced. */
import { TIMES } from '../config/constants.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import type { MachineId, OccurrenceId } from '../domain/ids.ts';
import type { RunRecord } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { otherActiveRun } from './absorb-record.ts';
import { openOfTask, RECHECK_MS, waitUntil } from './occurrence-list.ts';
import { nameOf, noteUnstarted } from './occurrence-notes.ts';
import { requestCancel } from './run-steps.ts';
import type { Turn } from './state.ts';

/** What stands in the way of an occurrence. */
export interface Obstacle {
  readonly by: MachineId;
  readonly run: RunRecord | undefined;
  readonly occurrenceId: OccurrenceId;
}

/** Another occurrence of the task that is claimed or running, unless the policy allows both. */
export function overlapObstacle(turn: Turn, occurrence: OpenOccurrence, task: Task): Obstacle | undefined {
  if (task.policy.overlap === 'allow') return undefined;
  const run = otherActiveRun(turn.state, task.id, occurrence.slot, {
    occurrenceId: occurrence.id,
    attempt: occurrence.attempt,
  });
  if (run !== undefined) return { by: run.machineId, run, occurrenceId: run.occurrenceId };
  const { ring, self, tasks } = turn.state;
  // The same for all that are tied to no machine: whom an attempt avoids runs it when nobody else can.
  let anybody: boolean | undefined;
  for (const other of openOfTask(turn.state, task.id)) {
    // Of many that nobody may run none is in the way.
    if (anybody === false && other.stage.kind === 'waiting' && other.only === undefined) continue;
    if (other.id === occurrence.id || other.slot !== occurrence.slot) continue;
    if (other.stage.kind === 'held') return { by: other.stage.by, run: undefined, occurrenceId: other.id };
    if (other.stage.kind === 'asking') return { by: self, run: undefined, occurrenceId: other.id };
    if (!goesFirst(turn, other, occurrence, task)) continue;
    const isRunnable =
      other.only === undefined
        ? (anybody ??= ring.preference(task, tasks).length > 0)
        : ring.preference(task, tasks, [], other.only).length > 0;
    if (isRunnable) return { by: self, run: undefined, occurrenceId: other.id };
  }
  return undefined;
}

/**
 * The one that has been due longest goes first, if anybody may run it, unless it waits for something else than its turn: so
 * all machines ask for the same one, and none is refused because of another.
 */
function goesFirst(turn: Turn, other: OpenOccurrence, occurrence: OpenOccurrence, task: Task): boolean {
  if (task.policy.overlap === 'replace') return false;
  if (other.stage.kind !== 'waiting' || other.dueAt > turn.wallMs) return false;
  const earlier = other.dueAt < occurrence.dueAt || (other.dueAt === occurrence.dueAt && other.id < occurrence.id);
  return earlier && (other.withheld === undefined || other.withheld === 'OVERLAP');
}

/** What becomes of an occurrence that may not run beside what is there. */
export function judgeOverlap(
  turn: Turn,
  occurrence: OpenOccurrence,
  task: Task,
  obstacle: Obstacle,
  mayNote: boolean,
  noteFromMs: number,
): void {
  const { overlap } = task.policy;
  // An earlier attempt that runs on somewhere after all: what becomes of it decides.
  if (obstacle.occurrenceId === occurrence.id) return waitUntil(turn, occurrence, Infinity);
  const where = { code: 'OVERLAP', text: `an earlier run is still active on ${nameOf(turn, obstacle.by)}` };
  const waitsBehind = overlap === 'queue-one' && firstWaiting(turn, occurrence) !== occurrence.id;
  if (overlap === 'skip' || waitsBehind) {
    // A claim that has no run yet may still come to nothing.
    if (mayNote && obstacle.run !== undefined) return noteUnstarted(turn, occurrence, 'skipped', where);
    return waitUntil(turn, occurrence, Math.max(noteFromMs, turn.nowMs + TIMES.standbyMs));
  }
  if (overlap === 'replace' && isNewer(obstacle, occurrence)) {
    if (mayNote) return noteReplaced(turn, occurrence);
    return waitUntil(turn, occurrence, noteFromMs);
  }
  if (overlap === 'replace') {
    if (mayNote && obstacle.run !== undefined) {
      requestCancel(turn, obstacle.run, 'replaced by the next occurrence');
    }
    // Its machine may stand still, and this one may go before that run ends: what waits for long is on record.
    if (turn.nowMs >= noteFromMs + RECHECK_MS) noteUnstarted(turn, occurrence, 'queued', where);
    return waitUntil(turn, occurrence, turn.nowMs + TIMES.claimRetryMs);
  }
  if (mayNote && !isToldBeside(turn, occurrence, obstacle)) noteUnstarted(turn, occurrence, 'queued', where);
  waitUntil(turn, occurrence, noteFromMs);
}

/**
 * Why it waits is on record, and what is in its way is only a claim that is being asked for. Where no claim finds a
 * majority, those that wait ask in turn, for as long as a network is split: none of them has another reason each time.
 */
function isToldBeside({ state }: Turn, { withheld }: OpenOccurrence, obstacle: Obstacle): boolean {
  if (withheld === undefined || obstacle.run !== undefined) return false;
  return state.occurrences.get(obstacle.occurrenceId)?.stage.kind !== 'waiting';
}

/** A later occurrence is due as well: it would end this one as soon as it ran, and the two would fight for the claim. */
export function isReplacedByWaiting(turn: Turn, occurrence: OpenOccurrence): boolean {
  return openOfTask(turn.state, occurrence.taskId).some(
    (other) =>
      other.slot === occurrence.slot &&
      other.stage.kind !== 'active' &&
      other.nominalAt > occurrence.nominalAt &&
      other.dueAt <= turn.wallMs &&
      (other.only === undefined || other.only === occurrence.only),
  );
}

/** Records that it is skipped in favour of a later one. */
export function noteReplaced(turn: Turn, occurrence: OpenOccurrence): void {
  const text = 'a later occurrence runs in its place';
  noteUnstarted(turn, occurrence, 'skipped', { code: 'REPLACED', text });
}

/** What runs came due after what would take its place: a late attempt never ends a newer occurrence. */
function isNewer(obstacle: Obstacle, occurrence: OpenOccurrence): boolean {
  return obstacle.run !== undefined && obstacle.run.nominalAt > occurrence.nominalAt;
}

/** The oldest occurrence of the task that waits. */
function firstWaiting(turn: Turn, occurrence: OpenOccurrence): OccurrenceId | undefined {
  return openOfTask(turn.state, occurrence.taskId).find(
    (other) => other.slot === occurrence.slot && other.stage.kind === 'waiting' && other.dueAt <= turn.wallMs,
  )?.id;
}
