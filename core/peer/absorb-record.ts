/**
 * What a run record, from whichever log, means for this machine: which runs are active, which occurrences are open,
 * which attempt comes next. Every machine draws the same conclusions from the same logs.
 */
import type { MachineId, RunId, TaskId } from '../domain/ids.ts';
import { ACTIVE_STATES, FINAL_STATES, type RunRecord } from '../domain/run.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import { closeOccurrence, evaluateSoon, evaluateTaskSoon, openOccurrence } from './occurrence-list.ts';
import { emit, type PeerState, type Turn } from './state.ts';

export function absorbRecord(turn: Turn, record: RunRecord): void {
  const { state } = turn;
  if (record.cause.kind !== 'manual') {
    const accounted = state.accounted.get(record.taskId) ?? 0;
    if (record.nominalAt > accounted) state.accounted.set(record.taskId, record.nominalAt);
  }
  if (record.fencingToken !== undefined) state.claims.sawToken(record.taskId, record.fencingToken);
  if (isContradictedLoss(state, record)) return refuteLoss(turn, record);
  if (ACTIVE_STATES.has(record.state)) absorbActive(turn, record);
  else if (FINAL_STATES.has(record.state)) absorbFinal(turn, record);
  else absorbNote(turn, record);
  emit(turn, { type: 'tell', change: { kind: 'run', record } });
}

/** due, queued, withheld: the occurrence exists and waits. */
function absorbNote(turn: Turn, record: RunRecord): void {
  if (turn.state.attempts.settledBy(record.occurrenceId, record.attempt) !== undefined) return;
  const occurrence = ensureOpen(turn, record);
  if (occurrence === undefined || record.attempt < occurrence.attempt) return;
  occurrence.attempt = record.attempt;
  occurrence.withheld = record.reason?.code;
}

function absorbActive(turn: Turn, record: RunRecord): void {
  const { state } = turn;
  const occurrence = ensureOpen(turn, record);
  state.attempts.note(record.occurrenceId, record.attempt, record.machineId, false);
  setActive(state, record);
  state.claims.settle(record.occurrenceId, record.attempt);
  if (occurrence === undefined) return;
  const voided =
    occurrence.afterLost && record.attempt === occurrence.attempt - 1 && occurrence.stage.kind !== 'active';
  if (record.attempt < occurrence.attempt && !voided) return;
  occurrence.attempt = record.attempt;
  occurrence.afterLost = false;
  occurrence.stage = { kind: 'active', by: record.machineId, runId: record.id };
  occurrence.turnsFromMs = turn.nowMs;
  state.waitingForSlot.delete(occurrence.id);
  evaluateTaskSoon(turn, record.taskId);
}

function absorbFinal(turn: Turn, record: RunRecord): void {
  const { state } = turn;
  const started = record.claimedAt !== undefined;
  clearActive(state, record.id, record.taskId);
  if (started) state.claims.settle(record.occurrenceId, record.attempt);
  if (record.next !== undefined) {
    absorbNext(turn, record, record.next);
  } else {
    const occurrence = state.occurrences.get(record.occurrenceId);
    // A later attempt that runs already ends the occurrence itself.
    const overtaken = occurrence !== undefined && occurrence.attempt > record.attempt && !voidable(occurrence, record);
    if (!overtaken) {
      state.attempts.note(record.occurrenceId, record.attempt, record.machineId, true);
      closeOccurrence(turn, record.occurrenceId);
    }
  }
  evaluateTaskSoon(turn, record.taskId);
}

/** A final record whose occurrence goes on with another attempt. */
function absorbNext(turn: Turn, record: RunRecord, next: NonNullable<RunRecord['next']>): void {
  const { state } = turn;
  if (state.attempts.settledBy(record.occurrenceId, next.attempt) !== undefined) return;
  state.attempts.note(record.occurrenceId, record.attempt, record.machineId, false);
  const occurrence = ensureOpen(turn, record);
  if (occurrence === undefined || occurrence.attempt >= next.attempt) return;
  occurrence.attempt = next.attempt;
  occurrence.dueAt = next.dueAt;
  occurrence.avoid = next.avoid;
  occurrence.afterLost = record.state === 'lost' && record.recorderId !== record.machineId;
  occurrence.stage = { kind: 'waiting' };
  occurrence.turnsFromMs = undefined;
  occurrence.notBeforeMs = 0;
  occurrence.withheld = undefined;
  evaluateSoon(turn, occurrence.id);
}

/** The executor itself ended an attempt that an observer had given up, and the next one has not begun. */
function voidable(occurrence: OpenOccurrence, record: RunRecord): boolean {
  const own = record.recorderId === record.machineId && record.state !== 'lost';
  return own && occurrence.afterLost && occurrence.attempt === record.attempt + 1 && occurrence.stage.kind !== 'active';
}

/** Somebody gave up a run that this machine executes, or knows to have ended by its executor's own word. */
function isContradictedLoss(state: PeerState, record: RunRecord): boolean {
  if (record.state !== 'lost' || record.recorderId === record.machineId) return false;
  if (record.machineId === state.self && state.local.has(record.id)) return true;
  return state.attempts.isClosed(record.occurrenceId) && !state.active.has(record.id);
}

/** We are the executor: say again what is true. */
function refuteLoss(turn: Turn, record: RunRecord): void {
  const local = turn.state.local.get(record.id);
  if (record.machineId !== turn.state.self || local === undefined) return;
  turn.state.timers.set(`reassert:${record.id}`, turn.nowMs);
}

function ensureOpen(turn: Turn, record: RunRecord): OpenOccurrence | undefined {
  return openOccurrence(turn, {
    id: record.occurrenceId,
    taskId: record.taskId,
    slot: record.slot,
    cause: record.cause,
    nominalAt: record.nominalAt,
    dueAt: record.dueAt,
    only: record.state === 'due' && record.slot === '' && record.reason?.code === 'ON' ? record.machineId : undefined,
  });
}

function setActive(state: PeerState, record: RunRecord): void {
  state.active.set(record.id, record);
  let ofTask = state.activeByTask.get(record.taskId);
  if (ofTask === undefined) state.activeByTask.set(record.taskId, (ofTask = new Set<RunId>()));
  ofTask.add(record.id);
}

function clearActive(state: PeerState, id: RunId, task: TaskId): void {
  if (!state.active.delete(id)) return;
  const ofTask = state.activeByTask.get(task);
  ofTask?.delete(id);
  if (ofTask?.size === 0) state.activeByTask.delete(task);
}

/** An active run of the task that belongs to another occurrence, if there is one. */
export function otherActiveRun(
  state: PeerState,
  task: TaskId,
  slot: MachineId | '',
  occurrence: string,
): RunRecord | undefined {
  for (const id of state.activeByTask.get(task) ?? []) {
    const record = state.active.get(id);
    if (record !== undefined && record.occurrenceId !== occurrence && record.slot === slot) return record;
  }
  return undefined;
}
