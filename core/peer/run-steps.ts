/**
 * Runs on this machine, from the won claim to the final record. The record is written first and the process started
 * second, in that order also when the machine loses power in between; so a process without a record cannot be.
 */
import { LIMITS } from '../config/constants.ts';
import { OUTPUT } from '../config/processes.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import { type MachineId, type OccurrenceId, type RunId, runIdOf } from '../domain/ids.ts';
import type { ParameterValues } from '../domain/parameter.ts';
import type { Reason, RunRecord, RunState } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { retryDelayMs } from '../scheduling/retry.ts';
import type { ProcessEvent, ProcessOutcome } from '../ports/process-runner.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { noteAudit } from './audit-steps.ts';
import { evaluateSoon } from './occurrence-list.ts';
import { giveUpLost } from './lost-steps.ts';
import { appendRecord, type NewRecord } from './log-steps.ts';
import { launchSpecOf } from './launch-spec.ts';
import { secretsOfRun } from './secret-standing.ts';
import { emit, type LocalRun, type Turn } from './state.ts';
import { mayCancelRun } from './trust-steps.ts';

/** What the end of a process adds to the record of its run. */
type OutcomeFields = { -readonly [Name in keyof NewRecord]?: NewRecord[Name] };

/** The claim is won: record, then start. @param values of the task's parameters */
export function launchRun(
  turn: Turn,
  occurrence: OpenOccurrence,
  task: Task,
  fencingToken: number,
  values: ParameterValues,
): void {
  const { state } = turn;
  const fresh: NewRecord = {
    id: runIdOf(occurrence.id, occurrence.attempt, state.self),
    taskId: task.id,
    occurrenceId: occurrence.id,
    slot: occurrence.slot,
    attempt: occurrence.attempt,
    machineId: state.self,
    state: 'starting',
    cause: occurrence.cause,
    nominalAt: occurrence.nominalAt,
    dueAt: occurrence.dueAt,
    claimedAt: turn.wallMs,
    fencingToken,
  };
  const record = appendRecord(turn, fresh);
  state.local.set(record.id, {
    record,
    ending: undefined,
    givenUpAt: 0,
    timeoutMs: task.policy.timeoutMs,
    killGraceMs: task.policy.killGraceMs,
  });
  const secrets = secretsOfRun(state, task);
  emit(turn, {
    type: 'launch',
    spec: launchSpecOf(state, task, record, values),
    ...(secrets === undefined ? {} : { secrets }),
  });
}

export function onProcess(turn: Turn, event: ProcessEvent): void {
  const local = turn.state.local.get(event.runId);
  if (local === undefined) return;
  switch (event.type) {
    case 'started':
      return onStarted(turn, local, event.startedAt);
    case 'progress':
      local.record = { ...local.record, progress: event.fraction };
      turn.state.active.set(local.record.id, local.record);
      return emit(turn, { type: 'tell', change: { kind: 'run', record: local.record } });
    case 'ended':
      return onEnded(turn, local, event.outcome);
    case 'not-started':
      return finish(turn, local, 'failed', { reason: { code: event.code, text: clip(event.text) } });
    case 'vanished':
      return onVanished(turn, local);
  }
}

function onStarted(turn: Turn, local: LocalRun, startedAt: number): void {
  const { record } = local;
  local.record = appendRecord(turn, { ...againOf(record), state: 'running', startedAt }, wordFrom(local));
  if (local.ending !== undefined) {
    emit(turn, { type: 'terminate', runId: record.id, graceMs: local.killGraceMs });
  }
}

function onEnded(turn: Turn, local: LocalRun, outcome: ProcessOutcome): void {
  const { state, reason } = verdictOn(local, outcome);
  const { startedAt, finishedAt, exitCode, signal, result, outputBytes, outputDroppedBytes } = outcome;
  const fields: OutcomeFields = { startedAt, finishedAt, outputBytes, outputDroppedBytes };
  if (exitCode !== undefined) fields.exitCode = exitCode;
  if (signal !== undefined) fields.signal = signal;
  if (result !== undefined) fields.result = result;
  if (reason !== undefined) fields.reason = reason;
  finish(turn, local, state, fields);
}

function verdictOn(local: LocalRun, outcome: ProcessOutcome): { state: RunState; reason?: Reason } {
  if (outcome.timedOut) {
    return { state: 'timed-out', reason: { code: 'TIMED_OUT', text: `it ran longer than ${local.timeoutMs ?? 0} ms` } };
  }
  if (outcome.cancelled || local.ending !== undefined) {
    const { code, text } = local.ending ?? { code: 'CANCELLED', text: 'cancelled' };
    return { state: 'cancelled', reason: { code, text: clip(text) } };
  }
  if (outcome.failure !== undefined) {
    return { state: 'failed', reason: { code: outcome.failure.code, text: clip(outcome.failure.text) } };
  }
  if (outcome.exitCode === 0 || (outcome.exitCode === undefined && outcome.signal === undefined)) {
    return { state: 'succeeded' };
  }
  const text = outcome.signal === undefined ? `exit code ${outcome.exitCode}` : `ended by ${outcome.signal}`;
  return { state: 'failed', reason: { code: 'EXIT', text } };
}

/** The launcher does not know it any more: nobody can say how it ended. */
function onVanished(turn: Turn, local: LocalRun): void {
  turn.state.local.delete(local.record.id);
  const task = turn.state.tasks.get(local.record.taskId);
  giveUpLost(turn, local.record, task, 'its process was gone when the agent looked for it');
  onSlotFree(turn);
}

function finish(turn: Turn, local: LocalRun, state: RunState, fields: Partial<NewRecord>): void {
  const { record } = local;
  const task = turn.state.tasks.get(record.taskId);
  turn.state.local.delete(record.id);
  const finished: NewRecord = { ...againOf(record), finishedAt: turn.wallMs, ...fields, state };
  const mayRetry = (state === 'failed' || state === 'timed-out') && task !== undefined;
  const delayMs = mayRetry ? retryDelayMs(task.policy.retry, record.attempt) : undefined;
  if (delayMs !== undefined) {
    const dueAt = turn.wallMs + delayMs;
    const earlier = turn.state.occurrences.get(record.occurrenceId)?.avoid ?? [];
    const avoid = [...new Set([...earlier, record.machineId])].slice(-LIMITS.machinesPerCluster);
    appendRecord(turn, { ...finished, next: { attempt: record.attempt + 1, dueAt, avoid } });
  } else {
    appendRecord(turn, finished);
  }
  offerOutput(turn, record, fields.outputBytes ?? 0);
  onSlotFree(turn);
}

/** Two successors on the ring are asked to keep a copy of the output, so that it survives this machine. */
function offerOutput(turn: Turn, record: RunRecord, size: number): void {
  if (size === 0) return;
  const { state } = turn;
  const keepers = state.ring.recorders(record.taskId).filter((id) => id !== state.self && state.connected.has(id));
  for (const to of keepers.slice(0, OUTPUT.replicas)) {
    emit(turn, { type: 'send', to, message: { type: 'output-keep', runId: record.id, size } });
  }
}

/** Highest priority first, then the longest due. One pass: thousands may wait when much comes due at once. */
export function onSlotFree(turn: Turn): void {
  const { state } = turn;
  let best: { readonly id: OccurrenceId; readonly priority: number; readonly dueAt: number } | undefined;
  for (const id of state.waitingForSlot) {
    const occurrence = state.occurrences.get(id);
    if (occurrence === undefined) continue;
    const priority = state.tasks.get(occurrence.taskId)?.policy.priority ?? 0;
    const { dueAt } = occurrence;
    const better = best === undefined || priority > best.priority || (priority === best.priority && dueAt < best.dueAt);
    if (better) best = { id, priority, dueAt };
  }
  if (best === undefined) return;
  state.waitingForSlot.delete(best.id);
  evaluateSoon(turn, best.id);
}

/** Wherever it runs: ends it there. True when the request could be given. */
export function requestCancel(turn: Turn, run: RunRecord, reason: string, requestId = 'policy'): boolean {
  const { state } = turn;
  if (run.machineId === state.self) return cancelHere(turn, run.id, reason);
  if (!state.connected.has(run.machineId)) return false;
  emit(turn, {
    type: 'send',
    to: run.machineId,
    message: { type: 'cancel-run', requestId, runId: run.id, reason: clip(reason) },
  });
  return true;
}

export function onCancelRun(turn: Turn, from: MachineId, message: PeerMessageOf<'cancel-run'>): void {
  const { requestId, runId, reason } = message;
  const mayCancel = mayCancelRun(turn.state, from, runId);
  if (!mayCancel) {
    const detail = 'it asked to cancel the run, and is no editor';
    noteAudit(turn, 'message-rejected', { by: from, subject: runId, detail });
  }
  const accepted = mayCancel && cancelHere(turn, runId, reason);
  emit(turn, { type: 'send', to: from, message: { type: 'cancel-answer', requestId, accepted } });
}

function cancelHere(turn: Turn, runId: RunId, reason: string): boolean {
  const local = turn.state.local.get(runId);
  if (local === undefined) return false;
  endHere(turn, local, { code: 'CANCELLED', text: reason });
  return true;
}

/** Ends the process of a run of this machine; its record will say why. */
export function endHere(turn: Turn, local: LocalRun, why: Reason): void {
  local.ending ??= why;
  emit(turn, { type: 'terminate', runId: local.record.id, graceMs: local.killGraceMs });
}

/** Others gave up a run that goes on here: the newest record says so again. */
export function onReassert(turn: Turn, runId: RunId): void {
  const local = turn.state.local.get(runId);
  if (local === undefined || turn.state.phase !== 'active') return;
  const reason = { code: 'STILL_RUNNING', text: 'it was given up by others but never ended' };
  local.record = appendRecord(turn, { ...againOf(local.record), reason }, wordFrom(local));
}

/** A new word on a run is later than those that it answers, and no earlier than the last one, whatever the clocks say. */
function wordFrom({ record, givenUpAt }: LocalRun): number {
  return Math.max(record.recordedAt, givenUpAt + 1);
}

/**
 * What a further record of a run says once more: all but why it was as it was, and what was to follow. The place in the log
 * may be that of the earlier one; `appendRecord` gives each record its own.
 */
export function againOf(record: RunRecord): NewRecord {
  // As a rule there is nothing to leave out.
  if (record.reason === undefined && record.next === undefined) return { ...record };
  const { reason: _reason, next: _next, ...rest } = record;
  return rest;
}

function clip(text: string): string {
  return text.length > LIMITS.reasonLength ? `${text.slice(0, LIMITS.reasonLength - 1)}…` : text;
}
