/**
 * The one evaluation of an open occurrence. Whatever happens (a timer, an answer, a record, a member lost, a slot
 * freed) leads here, and each call does the first thing that is due:
 *
 *   gone, not due yet, runs, is held by another, too late, overlaps, nobody may run it, not my turn, no slot → wait
 *   otherwise → ask for the claim
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import type { OccurrenceId } from '../domain/ids.ts';
import { type Cause, isByClock } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { noteAudit } from './audit-steps.ts';
import { askForClaim, giveUpAsking, onClaimSilence } from './claim-steps.ts';
import {
  closeOccurrence,
  evaluateAt,
  HELD_PATIENCE_MS,
  moveTo,
  openOfTask,
  postpone,
  RECHECK_MS,
  waitUntil,
} from './occurrence-list.ts';
import { nameOf, noteUnstarted } from './occurrence-notes.ts';
import { whyUnasked } from './occurrence-origin.ts';
import { giveUpIfGone } from './lost-steps.ts';
import { isReplacedByWaiting, judgeOverlap, noteReplaced, overlapObstacle } from './overlap-steps.ts';
import { parameterStandingOf } from './parameter-standing.ts';
import { ownRefusal } from './roster-steps.ts';
import { secretStandingOf } from './secret-standing.ts';
import { isSelfOrAlive, type Turn } from './state.ts';
import { standingOf } from './vouch-steps.ts';

/** A record may arrive before the change that made its task; the next repair of the document brings that at the latest. */
const UNKNOWN_TASK_PATIENCE_MS = 2 * TIMES.syncRepairMs;
/** Whoever may run it runs it, or says why not, long before this. */
const SILENCE_MS = 30_000;

export function evaluateOccurrence(turn: Turn, id: OccurrenceId): void {
  const { state } = turn;
  const occurrence = state.occurrences.get(id);
  if (occurrence === undefined || state.phase !== 'active') return;
  const task = state.tasks.get(occurrence.taskId);
  if (occurrence.stage.kind === 'active') return watchRun(turn, occurrence);
  if (task === undefined) {
    // What is asked for holds a slot, and nothing will come of it.
    giveUpAsking(turn, occurrence);
    return waitForTask(turn, occurrence);
  }
  occurrence.unknownSinceMs = undefined;
  switch (occurrence.stage.kind) {
    case 'held':
      return waitForHolder(turn, occurrence, task);
    case 'asking':
      return onClaimSilence(turn, occurrence, task);
    case 'waiting':
      return takeTurn(turn, occurrence, task);
  }
}

/** The task was deleted, or is not known here yet. Nothing is counted meanwhile: its turns begin when it is known. */
function waitForTask(turn: Turn, occurrence: OpenOccurrence): void {
  occurrence.unknownSinceMs ??= turn.nowMs;
  const untilMs = UNKNOWN_TASK_PATIENCE_MS - (turn.nowMs - occurrence.unknownSinceMs);
  if (untilMs <= 0) {
    const text = 'the task was deleted before it could run';
    // What is on record, if only as due, is not left open there.
    if (occurrence.noted !== undefined || occurrence.withheld !== undefined || occurrence.attempt > 1) {
      return noteUnstarted(turn, occurrence, 'skipped', { code: 'DELETED', text });
    }
    return closeOccurrence(turn, occurrence.id);
  }
  evaluateAt(turn, occurrence.id, turn.nowMs + Math.min(untilMs, UNKNOWN_TASK_PATIENCE_MS));
}

/** It runs; when its machine is gone, somebody gives it up. */
function watchRun(turn: Turn, occurrence: OpenOccurrence): void {
  if (occurrence.stage.kind !== 'active') return;
  const run = turn.state.active.get(occurrence.stage.runId);
  if (run === undefined) return closeOccurrence(turn, occurrence.id);
  const againMs = giveUpIfGone(turn, run);
  if (againMs !== undefined) evaluateAt(turn, occurrence.id, againMs);
}

/** Somebody else was granted this attempt. It shows a record soon, gives the claim back, or is gone. */
function waitForHolder(turn: Turn, occurrence: OpenOccurrence, task: Task): void {
  if (occurrence.stage.kind !== 'held') return;
  const { by, sinceMs } = occurrence.stage;
  const untilMs = sinceMs + HELD_PATIENCE_MS;
  if (isSelfOrAlive(turn.state, by) && turn.nowMs < untilMs) return evaluateAt(turn, occurrence.id, untilMs);
  moveTo(turn.state, occurrence, { kind: 'waiting' });
  takeTurn(turn, occurrence, task);
}

function takeTurn(turn: Turn, occurrence: OpenOccurrence, task: Task): void {
  const { state } = turn;
  if (turn.wallMs < occurrence.dueAt && isDueAllTheSame(turn, occurrence)) postpone(state, occurrence, turn.wallMs);
  if (turn.wallMs < occurrence.dueAt) {
    // It was due by a clock that has been set back: the turns begin anew, in the order that all machines know.
    occurrence.turnsFromMs = undefined;
    const dueByMs = Math.max(occurrence.dueByMs ?? Infinity, turn.nowMs + 1);
    const restMs = Math.min(occurrence.dueAt - turn.wallMs, dueByMs - turn.nowMs, TIMES.timerHopMs);
    return evaluateAt(turn, occurrence.id, turn.nowMs + restMs);
  }
  occurrence.turnsFromMs ??= turn.nowMs;
  const order = state.ring.preference(task, state.tasks, occurrence.avoid, occurrence.only);
  const rank = order.indexOf(state.self);
  const recorder = order.length > 0 ? rank : state.ring.recorders(task.id).indexOf(state.self);
  const noteFromMs = recorder < 0 ? Infinity : occurrence.turnsFromMs + recorder * TIMES.standbyMs;
  const mayNote = turn.nowMs >= noteFromMs;

  if (rank < 0 && order.length > 0 && isLeftUnsaid(turn, occurrence)) {
    const text = 'no machine that may run it has said anything of it: their clocks may be wrong';
    noteUnstarted(turn, occurrence, 'withheld', { code: 'NO_WORD', text });
  }
  if (isTooLate(turn, occurrence, task)) {
    if (mayNote) noteUnstarted(turn, occurrence, 'skipped', missedReason(turn, occurrence, task));
    return waitUntil(turn, occurrence, noteFromMs);
  }
  const unasked = whyUnasked(turn, occurrence);
  if (unasked !== undefined) {
    const noteAtMs = noteFromMs + unasked.patienceMs;
    if (turn.nowMs < noteAtMs) return waitUntil(turn, occurrence, noteAtMs);
    return noteUnstarted(turn, occurrence, 'refused', { code: 'NOT_AUTHORIZED', text: unasked.text });
  }
  if (task.about.suspended && occurrence.cause.kind !== 'manual') {
    if (mayNote) {
      return noteUnstarted(turn, occurrence, 'skipped', { code: 'SUSPENDED', text: 'the task was suspended' });
    }
    return waitUntil(turn, occurrence, noteFromMs);
  }
  if (task.policy.overlap === 'replace' && isReplacedByWaiting(turn, occurrence)) {
    if (mayNote) return noteReplaced(turn, occurrence);
    return waitUntil(turn, occurrence, noteFromMs);
  }
  const obstacle = overlapObstacle(turn, occurrence, task);
  if (obstacle !== undefined) return judgeOverlap(turn, occurrence, task, obstacle, mayNote, noteFromMs);
  if (order.length === 0 && isTiedToRemoved(turn, occurrence)) {
    const text = 'it was for one machine, which has been removed since';
    if (mayNote) return noteUnstarted(turn, occurrence, 'skipped', { code: 'MACHINE_REMOVED', text });
    return waitUntil(turn, occurrence, noteFromMs);
  }
  if (order.length === 0) return waitForEligible(turn, occurrence, task, noteFromMs + RECHECK_MS);
  if (rank < 0) return waitUntil(turn, occurrence, Infinity);
  const turnAtMs = Math.max(occurrence.turnsFromMs + rank * TIMES.standbyMs, occurrence.notBeforeMs);
  if (turn.nowMs < turnAtMs) return waitUntil(turn, occurrence, turnAtMs);
  if (!hasRoom(turn, occurrence, task)) {
    const noteAtMs = turnAtMs + RECHECK_MS;
    if (turn.nowMs >= noteAtMs) {
      const text = `${nameOf(turn, state.self)} has no room for it at the moment`;
      noteUnstarted(turn, occurrence, 'queued', { code: 'NO_ROOM', text });
    }
    return waitUntil(turn, occurrence, noteAtMs);
  }
  askWhenVouched(turn, occurrence, task, rank);
}

/**
 * Its delay has passed, whatever clocks say. What follows an instant of a schedule that is yet to come, and was run by a clock
 * that is ahead, waits for that instant: before it, nobody believes that this has ended.
 */
function isDueAllTheSame(turn: Turn, occurrence: OpenOccurrence): boolean {
  const { dueByMs, cause } = occurrence;
  if (dueByMs === undefined || turn.nowMs < dueByMs) return false;
  if (cause.kind !== 'after' || whyUnasked(turn, occurrence) === undefined) return true;
  occurrence.dueByMs = turn.nowMs + RECHECK_MS;
  return false;
}

/** Nobody is there who may run it: that is on record from an instant on. */
function waitForEligible(turn: Turn, occurrence: OpenOccurrence, task: Task, noteAtMs: number): void {
  if (turn.nowMs >= noteAtMs) {
    const verdict = turn.state.ring.policyVerdict(task, occurrence.only);
    if (verdict !== undefined) return noteRefusedByPolicy(turn, occurrence, verdict);
    const text = 'no machine that may run it can be reached';
    noteUnstarted(turn, occurrence, 'withheld', { code: 'NO_ELIGIBLE_MACHINE', text });
  }
  waitUntil(turn, occurrence, noteAtMs);
}

/**
 * For others to run, who are there and leave it open: by a clock that is days ahead it was one of many that were missed, by
 * one that is behind it is yet to come. Those others hear of it by the note of the first machine that is there.
 */
function isLeftUnsaid(turn: Turn, occurrence: OpenOccurrence): boolean {
  const { state, nowMs } = turn;
  const { taskId, turnsFromMs, withheld } = occurrence;
  if (withheld !== undefined || turnsFromMs === undefined || nowMs < turnsFromMs + SILENCE_MS) return false;
  const place = state.ring.recorders(taskId).indexOf(state.self);
  const inTurn = place >= 0 && nowMs >= turnsFromMs + SILENCE_MS + place * TIMES.standbyMs;
  return inTurn && isOverdueByMost(turn, occurrence);
}

/** By the clocks of half of the others at least: it may be this one that is ahead. */
function isOverdueByMost({ state, wallMs }: Turn, { dueAt }: OpenOccurrence): boolean {
  const skews = state.membership.alive().flatMap(({ skew }) => skew.skewMs ?? []);
  return skews.filter((skewMs) => wallMs + skewMs - dueAt >= SILENCE_MS).length * 2 >= skews.length;
}

/** Nothing is asked for that must not be run: others come to the same, and the first of them records it. */
function askWhenVouched(turn: Turn, occurrence: OpenOccurrence, task: Task, rank: number): void {
  const standing = standingOf(turn, task);
  if (standing.kind === 'awaited') return waitUntil(turn, occurrence, turn.nowMs + RECHECK_MS);
  if (standing.kind === 'refused') {
    const { code, text } = standing.problem;
    return noteUnstarted(turn, occurrence, 'refused', { code, text: text.slice(0, LIMITS.reasonLength) });
  }
  const values = parameterStandingOf(turn, task, occurrence);
  if (values.kind === 'awaited') return waitUntil(turn, occurrence, values.untilMs);
  if (values.kind === 'refused') return noteUnstarted(turn, occurrence, 'refused', values.reason);
  const secrets = secretStandingOf(turn, task, occurrence);
  if (secrets.kind === 'awaited') return waitUntil(turn, occurrence, secrets.untilMs);
  if (secrets.kind === 'refused') return noteUnstarted(turn, occurrence, 'refused', secrets.reason);
  askForClaim(turn, occurrence, task, rank);
}

/** Every machine that could run it says that it will not. */
function noteRefusedByPolicy(turn: Turn, occurrence: OpenOccurrence, verdict: string): void {
  const text = verdict.slice(0, LIMITS.reasonLength);
  noteAudit(turn, 'policy-refused', { subject: occurrence.taskId, detail: text });
  noteUnstarted(turn, occurrence, 'refused', { code: 'POLICY_REFUSED', text });
}

/** No other machine may ever run it. */
function isTiedToRemoved({ state }: Turn, { only }: OpenOccurrence): boolean {
  return only !== undefined && state.roster.get(only)?.removed === true;
}

/** Slots are taken by what runs and by what is being claimed. */
function hasRoom(turn: Turn, occurrence: OpenOccurrence, task: Task): boolean {
  const { state } = turn;
  if (ownRefusal(turn) !== undefined) return false;
  const needed = task.placement.minFreeMemoryBytes;
  if (needed !== undefined && state.load.freeMemoryBytes < needed) return false;
  if (state.local.size + claimsUnderWay(turn) < state.localPolicy.facts.slots) {
    state.waitingForSlot.delete(occurrence.id);
    return true;
  }
  state.waitingForSlot.add(occurrence.id);
  return false;
}

function claimsUnderWay(turn: Turn): number {
  return turn.state.asking.size;
}

/** Later than the policy allows to make up for it. What a person asked for, and later attempts, are never too late. */
function isTooLate(turn: Turn, occurrence: OpenOccurrence, task: Task): boolean {
  if (occurrence.cause.kind === 'manual' || occurrence.attempt > 1) return false;
  const { catchUp, overlap } = task.policy;
  const queued = overlap === 'queue-one' || overlap === 'queue-all';
  const allowedMs = catchUp.mode === 'skip' && !queued ? TIMES.onTimeMs : Math.max(TIMES.onTimeMs, catchUp.windowMs);
  if (turn.wallMs - occurrence.dueAt > allowedMs) return true;
  return catchUp.mode !== 'all' && isSuperseded(turn, occurrence, queued);
}

/**
 * A newer occurrence of the task is due as well: `latest` and `skip` make up for the newest only.
 * @param queued those that came due in time wait for each other, but what is made up for gives way to what is made up for
 *   after a later absence
 */
function isSuperseded(turn: Turn, occurrence: OpenOccurrence, queued: boolean): boolean {
  if (turn.wallMs - occurrence.dueAt < 2 * TIMES.standbyMs) return false;
  if (queued && occurrence.cause.kind !== 'catch-up') return false;
  // The newest first: as a rule it is the one.
  return (
    openOfTask(turn.state, occurrence.taskId).findLast(
      (other) =>
        other.slot === occurrence.slot &&
        (queued ? other.cause.kind === 'catch-up' : isAlike(occurrence.cause, other.cause)) &&
        other.nominalAt > occurrence.nominalAt &&
        other.dueAt <= turn.wallMs,
    ) !== undefined
  );
}

/** They come due by the same thing, so that the newer stands for both: by the clock, after the same task, on the same machine. */
function isAlike(one: Cause, other: Cause): boolean {
  if (one.kind === 'after') return other.kind === 'after' && other.taskId === one.taskId;
  if (one.kind === 'machine-start') return other.kind === 'machine-start' && other.machineId === one.machineId;
  return isByClock(other);
}

function missedReason(turn: Turn, occurrence: OpenOccurrence, task: Task): { code: string; text: string } {
  const lateSeconds = Math.round((turn.wallMs - occurrence.dueAt) / 1000);
  const why = occurrence.withheld ?? 'NOT_RUN_IN_TIME';
  return {
    code: 'MISSED',
    text: `missed by ${lateSeconds} s (${why}); the catch-up policy is "${task.policy.catchUp.mode}"`,
  };
}
