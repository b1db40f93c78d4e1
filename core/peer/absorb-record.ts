/**
 * What a run record, from whichever log, means for this machine: which runs are active, which occurrences are open,
 * which attempt comes next. Every machine draws the same conclusions from the same logs.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { MachineId, OccurrenceId, RunId, TaskId } from '../domain/ids.ts';
import { ACTIVE_STATES, FINAL_STATES, isByClock, type RunRecord } from '../domain/run.ts';
import { isLater } from '../history/run-merge.ts';
import { isUsableToken } from '../claims/claim-rules.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import { recallOwn } from './adoption-steps.ts';
import { openFollowers } from './chain-steps.ts';
import {
  closeOccurrence,
  evaluateSlotSoon,
  evaluateSoon,
  hasRoomFor,
  isNew,
  moveTo,
  freshOccurrence,
  openOccurrence,
  postpone,
  RECHECK_MS,
} from './occurrence-list.ts';
import { noteQueueFull } from './occurrence-notes.ts';
import { isForged, newOccurrenceOf } from './occurrence-origin.ts';
import { emit, isSelfOrAlive, type PeerState, type Turn } from './state.ts';
import { beginFor, endFor, hoardsRuns } from './fair-share.ts';
import { countsAsAsked, isVoid } from './trust-steps.ts';
import { rememberEnd } from './notice-state.ts';
import { noteToldByOther } from './notice-steps.ts';
import { keepVoidNote } from './void-steps.ts';

/** Records that found no room on the list and are looked at in one step. */
const UNLISTED_PER_STEP = 500;
/** Records reach those who can be reached much sooner. */
const OLD_NEWS_MS = 10_000;

export function absorbRecord(turn: Turn, record: RunRecord): void {
  const { state } = turn;
  const isOfRemoved = isVoid(state, record);
  if (isOfRemoved) keepVoidNote(turn, record);
  if (isOfRemoved || isForged(turn, record)) return emit(turn, { type: 'tell', change: { kind: 'run', record } });
  if (isByClock(record.cause)) {
    const accounted = state.accounted.get(record.taskId) ?? 0;
    if (record.nominalAt > accounted) account(state, record);
  }
  if (record.fencingToken !== undefined && isUsableToken(record.fencingToken, turn.wallMs)) {
    state.claims.sawToken(record.taskId, record.fencingToken);
  }
  noteToldByOther(turn, record);
  recallOwn(turn, record);
  if (isOwnAndRuns(state, record)) return refuteLoss(turn, record);
  recall(turn, record);
  conclude(turn, record);
  emit(turn, { type: 'tell', change: { kind: 'run', record } });
}

function account({ accounted }: PeerState, { taskId, nominalAt }: RunRecord): void {
  if (accounted.size < LIMITS.rememberedTasks || accounted.has(taskId)) accounted.set(taskId, nominalAt);
}

/** A record may open an occurrence of which memory holds nothing any more. */
function recall(turn: Turn, record: RunRecord): void {
  if (record.next !== undefined || !FINAL_STATES.has(record.state)) recallStored(turn, record.occurrenceId);
}

/**
 * Before an occurrence is opened of which memory holds nothing any more: what the store knows of it comes first. Its
 * later attempts may have ended long ago, by clocks that were behind, and would be started again.
 */
export function recallStored(turn: Turn, id: OccurrenceId): void {
  const { state } = turn;
  if (state.attempts.forgottenUntil === -Infinity) return;
  if (state.attempts.knows(id) || state.occurrences.has(id)) return;
  const stored = turn.history.runsOf(id);
  if (stored === 'unreadable') return;
  for (const known of stored) if (FINAL_STATES.has(known.state)) conclude(turn, known);
}

/** What the store knows of an occurrence that is on no list, as if it were told now: it is open again if it waits for somebody. */
export function reopenStored(turn: Turn, id: OccurrenceId): void {
  if (!isNew(turn.state, id)) return;
  const stored = turn.history.runsOf(id);
  if (stored === 'unreadable') return;
  for (const known of stored) conclude(turn, known);
}

/**
 * An attempt waits here that the store knows to have been run: what came of it is taken from there. It was run by clocks that
 * were hours behind, and so is none of those that memory has kept, as one of its earlier attempts is.
 * @returns true when the occurrence is no longer open
 */
export function closeByStore(turn: Turn, { id, attempt }: OpenOccurrence): boolean {
  const stored = turn.history.runsOf(id);
  if (stored === 'unreadable') return false;
  for (const known of stored) {
    if (known.attempt >= attempt && known.claimedAt !== undefined && FINAL_STATES.has(known.state))
      conclude(turn, known);
  }
  return !turn.state.occurrences.has(id);
}

function conclude(turn: Turn, record: RunRecord): void {
  if (ACTIVE_STATES.has(record.state)) absorbActive(turn, record);
  else if (FINAL_STATES.has(record.state)) absorbFinal(turn, record);
  else absorbNote(turn, record);
}

/** due, queued, withheld: the occurrence exists and waits. */
function absorbNote(turn: Turn, record: RunRecord): void {
  if (!countsAsAsked(turn.state, record)) return;
  if (turn.state.attempts.settledBy(record.occurrenceId, record.attempt) !== undefined) return;
  const isNews = !turn.state.occurrences.has(record.occurrenceId);
  const occurrence = ensureOpen(turn, record);
  if (occurrence === undefined) return keepUnlisted(turn, record);
  if (isNews) occurrence.notBeforeMs = notBefore(turn, record);
  // What comes of a schedule each machine plans by its own clock; what has happened is due however the clocks differ.
  if (!isByClock(record.cause) && occurrence.attempt === record.attempt) {
    // Whoever notes why it does not start takes it for due.
    const atMs = record.state === 'due' ? dueByMs(turn, record.dueAt, record.recordedAt) : turn.nowMs;
    occurrence.dueByMs = Math.min(atMs, occurrence.dueByMs ?? Infinity);
  }
  // While an earlier attempt runs, the note is of somebody who has given it up.
  if (occurrence.stage.kind === 'active' || record.attempt < occurrence.attempt) return;
  const { noted } = occurrence;
  if (noted?.attempt === record.attempt && !isLater(record, noted)) return;
  occurrence.attempt = record.attempt;
  occurrence.noted = record;
  occurrence.withheld = record.state === 'due' ? undefined : record.reason?.code;
}

/** The list has no room for it. Nobody else can run it, nor say that it will not run: others wait for this machine. */
function keepUnlisted(turn: Turn, record: RunRecord): void {
  const { state, nowMs } = turn;
  if (!isForSelfAlone(state, record)) return;
  const known = state.unlisted.has(record.occurrenceId);
  const isActive = state.phase === 'active';
  // What was asked for while this machine was away comes all at once, and nothing can be said of it until it is active.
  const most = isActive ? LIMITS.openOccurrencesPerTask : LIMITS.openOccurrencesOfUnknown;
  if (!known && state.unlisted.size >= most) {
    // Nor is there room to wait for room.
    if (isActive) return noteUnlisted(turn, record);
    const fields = { occurrence: record.occurrenceId, task: record.taskId };
    return emit(turn, { type: 'log', level: 'warn', message: 'too much waits for this machine', fields });
  }
  state.unlisted.set(record.occurrenceId, record);
  state.timers.setEarliest('unlisted', nowMs + RECHECK_MS);
}

/** Tied to this machine, of a task that is pinned to it, or of one that no other machine may run now. */
function isForSelfAlone({ ring, self, tasks }: PeerState, record: RunRecord): boolean {
  const task = tasks.get(record.taskId);
  const tie = newOccurrenceOf(self, record).only ?? task?.placement.machine;
  if (tie !== undefined || task === undefined) return tie === self;
  const order = ring.preference(task, tasks);
  return order.length === 1 && order[0] === self;
}

function noteUnlisted(turn: Turn, record: RunRecord): void {
  noteQueueFull(turn, { ...freshOccurrence(newOccurrenceOf(turn.state.self, record)), attempt: record.attempt });
}

/** What found no room on the list is tried again, a slice at a time; what finds none again is skipped, with that reason. */
export function onUnlistedTimer(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'active') return;
  const records = [...state.unlisted.values()].slice(0, UNLISTED_PER_STEP);
  for (const { occurrenceId } of records) state.unlisted.delete(occurrenceId);
  if (state.unlisted.size > 0) state.timers.setEarliest('unlisted', turn.nowMs + 1);
  for (const record of records) {
    if (state.attempts.settledBy(record.occurrenceId, record.attempt) !== undefined) continue;
    if (hasRoomFor(turn, record)) absorbNote(turn, record);
    else noteUnlisted(turn, record);
  }
}

function absorbActive(turn: Turn, record: RunRecord): void {
  const { state } = turn;
  state.claims.settle(record.occurrenceId, record.attempt);
  const standing = state.attempts.note(record, 'started');
  // It was given up, and nothing later says that it goes on.
  const stale = standing === 'outranked' && state.attempts.settledBy(record.occurrenceId, 1) === record.machineId;
  if (stale && !isLocal(state, record)) return;
  if (hoardsRuns(turn, record)) return;
  setActive(turn, record);
  if (standing !== 'current') return;
  const occurrence = ensureOpen(turn, record);
  if (occurrence === undefined) return;
  const { stage } = occurrence;
  // The same run is one step further: nothing that others wait for has changed.
  if (stage.kind === 'active' && stage.runId === record.id && occurrence.attempt === record.attempt) return;
  occurrence.attempt = record.attempt;
  occurrence.turnsFromMs = turn.nowMs;
  moveTo(state, occurrence, { kind: 'active', by: record.machineId, runId: record.id });
  state.waitingForSlot.delete(occurrence.id);
  // While its machine lives there is nothing to look at; all is looked at again when that changes.
  if (isSelfOrAlive(state, record.machineId)) state.looks.clear(occurrence.id);
  else evaluateSoon(turn, occurrence.id);
  evaluateSlotSoon(turn, record.taskId, record.slot, occurrence);
}

function absorbFinal(turn: Turn, record: RunRecord): void {
  const { state } = turn;
  const own = record.recorderId === record.machineId;
  const goesOn = !own && (state.active.get(record.id)?.recordedAt ?? 0) > record.recordedAt;
  // Its machine has said since that it goes on, or will say what is true.
  if (!goesOn && !isDisputed(turn, record)) clearActive(state, record.id, record.taskId);
  const started = record.claimedAt !== undefined;
  if (started) state.claims.settle(record.occurrenceId, record.attempt);
  const ending = record.next === undefined ? (own ? 'ended' : 'lost') : own ? 'continued' : 'passed-on';
  const standing = state.attempts.note(record, started ? ending : 'noted');
  if (standing === 'current') {
    if (record.next === undefined) absorbEnd(turn, record);
    else absorbNext(turn, record, record.next);
  }
  evaluateSlotSoon(turn, record.taskId, record.slot);
}

/** A final record whose occurrence goes no further: others may follow it. */
function absorbEnd(turn: Turn, record: RunRecord): void {
  closeOccurrence(turn, record.occurrenceId);
  rememberEnd(turn.state, record);
  openFollowers(turn, record, notBefore(turn, record));
}

/** A final record whose occurrence goes on with another attempt. */
function absorbNext(turn: Turn, record: RunRecord, next: NonNullable<RunRecord['next']>): void {
  const { state } = turn;
  const occurrence = ensureOpen(turn, record);
  if (occurrence === undefined || occurrence.attempt >= next.attempt) return;
  occurrence.attempt = next.attempt;
  postpone(state, occurrence, next.dueAt);
  occurrence.dueByMs = dueByMs(turn, next.dueAt, record.recordedAt - TIMES.clockSkewWarningMs);
  occurrence.avoid = next.avoid;
  occurrence.turnsFromMs = undefined;
  occurrence.outbid = 0;
  occurrence.notBeforeMs = notBefore(turn, record);
  occurrence.withheld = undefined;
  moveTo(state, occurrence, { kind: 'waiting' });
  evaluateSoon(turn, occurrence.id);
}

/** Until it is due it is no longer than the recorder meant, who may live by a clock that is hours ahead. */
function dueByMs({ nowMs, wallMs }: Turn, dueAt: number, recordedAt: number): number {
  return nowMs + Math.max(0, dueAt - Math.max(wallMs, recordedAt));
}

/**
 * News of another machine that are old come from the far side of a split that has healed: what became of the occurrence
 * since may be in a log that is still on its way. Without the wait it would be started a second time.
 */
function notBefore(turn: Turn, { recorderId, recordedAt }: RunRecord): number {
  const isOld = recorderId !== turn.state.self && turn.wallMs - recordedAt > OLD_NEWS_MS;
  return isOld ? turn.nowMs + TIMES.settleMs : 0;
}

/** Somebody gave up a run that goes on here. */
function isOwnAndRuns(state: PeerState, record: RunRecord): boolean {
  return record.state === 'lost' && record.recorderId !== state.self && isLocal(state, record);
}

function isLocal(state: PeerState, record: RunRecord): boolean {
  return record.machineId === state.self && state.local.has(record.id);
}

/** We are the executor: say again what is true, as the later word whatever the clocks say. */
function refuteLoss(turn: Turn, record: RunRecord): void {
  const local = turn.state.local.get(record.id);
  if (local === undefined) return;
  local.givenUpAt = Math.max(local.givenUpAt, record.recordedAt);
  turn.state.timers.set(`reassert:${record.id}`, turn.nowMs);
}

/**
 * Given up by a machine that could not reach its own, which is alive here: it was beyond a split. That machine answers
 * as soon as it hears of it, so for a moment the run stands in the way of others, as if nothing had been said.
 */
function isDisputed({ state, nowMs }: Turn, record: RunRecord): boolean {
  const { id, machineId, recorderId, recordedAt } = record;
  const byOther = record.state === 'lost' && recorderId !== machineId && recorderId !== state.self;
  if (!byOther || !state.active.has(id) || !state.membership.isAlive(machineId)) return false;
  state.disputed.set(id, Math.max(recordedAt, state.disputed.get(id) ?? 0));
  state.timers.setEarliest(`dispute:${id}`, nowMs + TIMES.settleMs);
  return true;
}

/** Nobody has said in time that a run goes on which another machine gave up: it is lost. */
export function onDisputeTimer(turn: Turn, id: RunId): void {
  const { state } = turn;
  const run = state.active.get(id);
  const givenUpAt = state.disputed.get(id);
  if (run === undefined || givenUpAt === undefined || run.recordedAt > givenUpAt) {
    state.disputed.delete(id);
    return;
  }
  const member = state.membership.get(run.machineId);
  // It is there and cannot write at the moment, so it cannot say anything.
  if (state.membership.isAlive(run.machineId) && member?.load?.notAccepting !== undefined) {
    state.timers.set(`dispute:${id}`, turn.nowMs + TIMES.settleMs);
    return;
  }
  clearActive(state, id, run.taskId);
  evaluateSlotSoon(turn, run.taskId, run.slot);
}

function ensureOpen(turn: Turn, record: RunRecord): OpenOccurrence | undefined {
  return openOccurrence(turn, newOccurrenceOf(turn.state.self, record));
}

function setActive({ state, nowMs }: Turn, record: RunRecord): void {
  if (!state.active.has(record.id)) {
    state.activeSinceMs.set(record.id, nowMs);
    beginFor(state.activeByMachine, record.machineId, Infinity);
  }
  state.active.set(record.id, record);
  let ofTask = state.activeByTask.get(record.taskId);
  if (ofTask === undefined) state.activeByTask.set(record.taskId, (ofTask = new Set<RunId>()));
  ofTask.add(record.id);
}

function clearActive(state: PeerState, id: RunId, task: TaskId): void {
  const run = state.active.get(id);
  if (run === undefined) return;
  state.active.delete(id);
  endFor(state.activeByMachine, run.machineId);
  state.activeSinceMs.delete(id);
  state.disputed.delete(id);
  const ofTask = state.activeByTask.get(task);
  // As a rule it is the only one: then the set goes with it.
  if (ofTask?.size === 1 && ofTask.has(id)) state.activeByTask.delete(task);
  else ofTask?.delete(id);
}

/** An active run of the task that belongs to another occurrence, or to an earlier attempt of this one. */
export function otherActiveRun(
  state: PeerState,
  task: TaskId,
  slot: MachineId | '',
  own: { readonly occurrenceId: OccurrenceId; readonly attempt: number },
): RunRecord | undefined {
  for (const id of state.activeByTask.get(task) ?? []) {
    const record = state.active.get(id);
    if (record === undefined || record.slot !== slot) continue;
    if (record.occurrenceId !== own.occurrenceId || record.attempt < own.attempt) return record;
  }
  return undefined;
}
