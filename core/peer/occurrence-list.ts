/** The list of open occurrences: opening, closing, and asking to look at one again. */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { OccurrenceStage, OpenOccurrence } from '../claims/open-occurrence.ts';
import type { MachineId, OccurrenceId, TaskId } from '../domain/ids.ts';
import { type Cause, isByClock } from '../domain/run.ts';
import { nextOccurrence } from '../scheduling/occurrence.ts';
import type { PeerState, Turn } from './state.ts';

/** A wait for something that will be announced anyway; looked at again now and then all the same. */
export const RECHECK_MS = 5000;
/** How long a granted claimant may take to show its record before others ask again. */
export const HELD_PATIENCE_MS = 3 * TIMES.claimAnswerMs;

export interface NewOccurrence {
  readonly id: OccurrenceId;
  readonly taskId: TaskId;
  readonly slot: MachineId | '';
  readonly cause: Cause;
  readonly nominalAt: number;
  readonly dueAt: number;
  readonly only?: MachineId | undefined;
  /** Another machine's record alone tells of it. */
  readonly isHearsay?: boolean;
}

/** Puts an occurrence on the list, unless it is there, has ended, or the task has too many. */
export function openOccurrence(turn: Turn, fresh: NewOccurrence): OpenOccurrence | undefined {
  const { state } = turn;
  const present = state.occurrences.get(fresh.id);
  if (present !== undefined) {
    if (fresh.isHearsay !== true && present.isHearsay) vouchFor(turn, present, fresh);
    return present;
  }
  if (!isUntold(state, fresh) && state.attempts.isClosed(fresh.id)) return undefined;
  if (!hasRoomFor(turn, fresh) || isListFull(state, fresh.taskId)) return undefined;
  const occurrence = freshOccurrence(fresh);
  state.occurrences.set(fresh.id, occurrence);
  enqueue(state, occurrence);
  evaluateSoon(turn, occurrence.id);
  return occurrence;
}

/** This machine knows of it by itself now, and when it is due: others may have told of a later instant. */
function vouchFor(turn: Turn, present: OpenOccurrence, fresh: NewOccurrence): void {
  present.isHearsay = false;
  if (present.attempt > 1 || present.stage.kind !== 'waiting' || present.dueAt <= fresh.dueAt) return;
  postpone(turn.state, present, fresh.dueAt);
  evaluateSoon(turn, present.id);
}

/** An occurrence of which nothing is known but that it is due. It is on no list yet. */
export function freshOccurrence(fresh: NewOccurrence): OpenOccurrence {
  return {
    id: fresh.id,
    taskId: fresh.taskId,
    slot: fresh.slot,
    cause: fresh.cause,
    nominalAt: fresh.nominalAt,
    dueAt: fresh.dueAt,
    dueByMs: undefined,
    only: fresh.only ?? (fresh.slot === '' ? undefined : fresh.slot),
    attempt: 1,
    avoid: [],
    stage: { kind: 'waiting' },
    turnsFromMs: undefined,
    notBeforeMs: 0,
    outbid: 0,
    withheld: undefined,
    noted: undefined,
    isHearsay: fresh.isHearsay === true,
    unknownSinceMs: undefined,
  };
}

/**
 * Is a further occurrence of its task taken? What comes due otherwise is recorded as skipped. A list may be full of what is
 * yet to come: a machine whose clock was days ahead has told of it as due. The last of that gives way to what is due before.
 */
export function hasRoomFor(turn: Turn, { taskId, dueAt }: Pick<NewOccurrence, 'taskId' | 'dueAt'>): boolean {
  const ofTask = openOfTask(turn.state, taskId);
  if (ofTask.length < LIMITS.openOccurrencesPerTask) return true;
  const last = ofTask.at(-1);
  if (last === undefined || last.dueAt <= dueAt || !comesInItsTime(turn, last)) return false;
  closeOccurrence(turn, last.id);
  const { gaveWay } = turn.state;
  gaveWay.set(taskId, Math.min(last.nominalAt, gaveWay.get(taskId) ?? Infinity));
  return true;
}

/** This machine opens it again, without being told, when its instant has come, or its clock leaps over that (`gaveWay`). */
function comesInItsTime(
  { state, wallMs }: Turn,
  { taskId, cause, nominalAt, attempt, stage }: OpenOccurrence,
): boolean {
  if (!isByClock(cause) || attempt > 1 || stage.kind !== 'waiting' || nominalAt <= wallMs + TIMES.onTimeMs)
    return false;
  const schedule = state.compiled.get(taskId);
  if (schedule === undefined || state.tasks.get(taskId)?.about.suspended === true) return false;
  return nextOccurrence(schedule, nominalAt - 1) === nominalAt;
}

/** In all there may be more than anybody has, and of tasks that nobody knows fewer: others can make those up. */
function isListFull({ occurrences, tasks }: PeerState, task: TaskId): boolean {
  return occurrences.size >= (tasks.has(task) ? LIMITS.openOccurrences : LIMITS.openOccurrencesOfUnknown);
}

/** The one way from stage to stage: an occurrence that is being asked for holds a slot, any other does not. */
export function moveTo(state: PeerState, occurrence: OpenOccurrence, stage: OccurrenceStage): void {
  occurrence.stage = stage;
  if (stage.kind === 'asking') state.asking.add(occurrence.id);
  else state.asking.delete(occurrence.id);
}

/**
 * True when surely no log that was ever held here tells of the occurrence: every record of what came due by a schedule
 * raises what is accounted for. False says nothing.
 */
export function isUntold(state: PeerState, { taskId, cause, nominalAt }: NewOccurrence): boolean {
  return isByClock(cause) && nominalAt > (state.accounted.get(taskId) ?? 0);
}

/** Neither on the list nor ended, as far as is known here. */
export function isNew(state: PeerState, id: OccurrenceId): boolean {
  return !state.occurrences.has(id) && state.attempts.settledBy(id, 1) === undefined;
}

/** Takes an occurrence off the list; the others of its task may have waited for that. */
export function closeOccurrence(turn: Turn, id: OccurrenceId): void {
  const { state } = turn;
  const occurrence = state.occurrences.get(id);
  if (occurrence === undefined) return;
  state.occurrences.delete(id);
  state.waitingForSlot.delete(id);
  state.asking.delete(id);
  state.looks.clear(id);
  dequeue(state, occurrence);
  evaluateSlotSoon(turn, occurrence.taskId, occurrence.slot);
}

export function evaluateSoon(turn: Turn, id: OccurrenceId): void {
  turn.state.looks.setEarliest(id, turn.nowMs);
}

/** Looks at it again later: never in this very moment, so that no evaluation can go in circles. */
export function evaluateAt(turn: Turn, id: OccurrenceId, atMs: number): void {
  turn.state.looks.set(id, Math.max(atMs, turn.nowMs + 1));
}

/** Looks at an open occurrence again at an instant, and now and then before. */
export function waitUntil(turn: Turn, occurrence: OpenOccurrence, atMs: number): void {
  if (!turn.state.occurrences.has(occurrence.id)) return;
  const next = atMs > turn.nowMs ? Math.min(atMs, turn.nowMs + RECHECK_MS) : turn.nowMs + RECHECK_MS;
  evaluateAt(turn, occurrence.id, next);
}

export function evaluateTaskSoon(turn: Turn, task: TaskId): void {
  for (const { id } of openOfTask(turn.state, task)) evaluateSoon(turn, id);
}

/**
 * Those that may wait for another run of the task: runs in one slot are nothing to occurrences in another, and nobody
 * waits where the policy allows all at once.
 */
export function evaluateSlotSoon(turn: Turn, task: TaskId, slot: MachineId | '', except?: OpenOccurrence): void {
  const ofTask = openOfTask(turn.state, task);
  if (ofTask.length === 0 || turn.state.tasks.get(task)?.policy.overlap === 'allow') return;
  for (const open of ofTask) if (open.slot === slot && open !== except) evaluateSoon(turn, open.id);
}

export function evaluateAllSoon(turn: Turn): void {
  for (const id of turn.state.occurrences.keys()) evaluateSoon(turn, id);
}

/** Open occurrences of a task, oldest first. */
export function openOfTask(state: PeerState, task: TaskId): readonly OpenOccurrence[] {
  return state.occurrencesByTask.get(task) ?? NONE;
}

/** Its next attempt is due at another instant: it has another place among those of its task. */
export function postpone(state: PeerState, occurrence: OpenOccurrence, dueAt: number): void {
  dequeue(state, occurrence);
  occurrence.dueAt = dueAt;
  enqueue(state, occurrence);
}

const NONE: readonly OpenOccurrence[] = [];

function enqueue(state: PeerState, occurrence: OpenOccurrence): void {
  const ofTask = state.occurrencesByTask.get(occurrence.taskId);
  if (ofTask === undefined) {
    state.occurrencesByTask.set(occurrence.taskId, [occurrence]);
    return;
  }
  // As a rule what comes last is due last.
  let place = ofTask.length;
  while (place > 0 && isBefore(occurrence, ofTask[place - 1] as OpenOccurrence)) place -= 1;
  ofTask.splice(place, 0, occurrence);
}

function dequeue(state: PeerState, occurrence: OpenOccurrence): void {
  const ofTask = state.occurrencesByTask.get(occurrence.taskId);
  const place = ofTask?.indexOf(occurrence) ?? -1;
  if (ofTask === undefined || place < 0) return;
  if (ofTask.length === 1) state.occurrencesByTask.delete(occurrence.taskId);
  else ofTask.splice(place, 1);
}

function isBefore(one: OpenOccurrence, other: OpenOccurrence): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.id < other.id);
}
