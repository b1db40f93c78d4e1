/**
 * Run logs. Each machine writes its own, numbered without gaps; everyone pulls what it lacks of every log from anyone
 * who has it. New records are pushed to all at once; vectors repair.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { LATEST_INSTANT } from '../domain/instant.ts';
import type { RunRecord } from '../domain/run.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { signRecord } from '../security/signed-record.ts';
import { absorbRecord } from './absorb-record.ts';
import { compareAudit } from './audit-sync-steps.ts';
import { hoardsReads } from './fair-share.ts';
import { hasFailed } from './notice-state.ts';
import { noteOutcome } from './notice-steps.ts';
import { emit, type PeerState, type Turn } from './state.ts';

/** A record before its place in the log is known. */
export type NewRecord = Omit<RunRecord, 'recorderId' | 'sequence' | 'recordedAt' | 'signature'>;

/**
 * Appends to the own log, signed: written first, then told to everyone.
 * @param notBefore it is recorded as no earlier than this (epoch milliseconds), where it answers another's record
 */
export function appendRecord(turn: Turn, fresh: NewRecord, notBefore: number = 0): RunRecord {
  const { state } = turn;
  const sequence = (state.logVector.get(state.self) ?? 0) + 1;
  const record = signRecord(turn.signer, {
    ...fresh,
    recorderId: state.self,
    sequence,
    recordedAt: Math.min(Math.max(turn.wallMs, notBefore), LATEST_INSTANT),
  });
  const failedBefore = hasFailed(state, fresh.taskId);
  state.logVector.set(state.self, sequence);
  emit(turn, { type: 'write', write: { kind: 'records', records: [record] } });
  emit(turn, { type: 'announce-record', record });
  absorbRecord(turn, record);
  noteOutcome(turn, record, failedBefore);
  return record;
}

export function compareLogs(turn: Turn, to: MachineId, wantsAnswer: boolean): void {
  const { state } = turn;
  if (!state.connected.has(to)) return;
  const vector = Object.fromEntries(state.logVector) as Record<MachineId, number>;
  emit(turn, { type: 'send', to, message: { type: 'log-vector', vector, wantsAnswer } });
}

export function onLogVector(turn: Turn, from: MachineId, message: PeerMessageOf<'log-vector'>): void {
  const { state } = turn;
  let behind = false;
  // In one order, however it was written down: what is pulled first is asked for first.
  for (const recorder of (Object.keys(message.vector) as MachineId[]).sort()) {
    const sequence = message.vector[recorder] ?? 0;
    if (sequence <= (state.logVector.get(recorder) ?? 0) || !isTaken(turn, recorder, sequence)) continue;
    behind = true;
    pull(turn, from, recorder);
  }
  if (!behind) {
    state.compared.add(from);
    state.standing.recovery?.add(from);
  }
  if (message.wantsAnswer) compareLogs(turn, from, false);
}

export function pullIfBehind(turn: Turn, from: MachineId, announced: number): void {
  if (announced > (turn.state.logVector.get(from) ?? 0)) pull(turn, from, from);
}

/** It is heard of, but not connected: whoever is may hold its new records already. */
export function pullThroughOthers(turn: Turn, recorder: MachineId, announced: number): void {
  const { state } = turn;
  if (announced <= (state.logVector.get(recorder) ?? 0) || state.connected.size === 0) return;
  const others = [...state.connected];
  pull(turn, others[Math.floor(turn.random.fraction() * others.length)] as MachineId, recorder);
}

export function onLogPull(turn: Turn, from: MachineId, message: PeerMessageOf<'log-pull'>): void {
  const { recorderId, after } = message;
  if (hoardsReads(turn, from, turn.state.logVector.get(recorderId) ?? 0, after)) return;
  emit(turn, { type: 'send-log-page', to: from, recorderId, after });
}

export function isPulledFrom(state: PeerState, from: MachineId): boolean {
  for (const other of state.pulling.values()) if (other.from === from) return true;
  return false;
}

/** Numbers that others may give back of the own log: there is room for as many after them. */
const OWN_SEQUENCE_MAX = LIMITS.logSequence / 2;

/**
 * The own log is written here alone. Only before the first new record may others give back what a damaged disk lost,
 * so that no number is used twice. Logs of machines that the roster does not name yet are taken while there is room, as
 * long as the document may still be on its way.
 */
export function isTaken({ state }: Turn, recorder: MachineId, sequence: number): boolean {
  if (recorder === state.self) return state.phase === 'settling' && sequence <= OWN_SEQUENCE_MAX;
  if (state.logVector.has(recorder) || state.roster.has(recorder)) return true;
  return state.phase !== 'active' && state.logVector.size < LIMITS.runLogs - LIMITS.machinesPerCluster;
}

/**
 * One page of one log at a time; a request that got no answer is repeated by the next occasion. What cannot be stored now
 * is not asked for.
 */
export function pull(turn: Turn, from: MachineId, recorderId: MachineId): void {
  const { state } = turn;
  if (state.storageTrouble !== undefined) return;
  const under = state.pulling.get(recorderId);
  if (under !== undefined && turn.nowMs - under.sinceMs < TIMES.claimAnswerMs) return;
  state.pulling.set(recorderId, { from, sinceMs: turn.nowMs });
  const after = state.logVector.get(recorderId) ?? 0;
  emit(turn, { type: 'send', to: from, message: { type: 'log-pull', recorderId, after } });
}

/** Now and then everyone's vectors are compared: the log of a machine that died is completed by those who had more. */
export function onLogVectorTimer(turn: Turn): void {
  const { state } = turn;
  state.timers.set('log-vector', turn.nowMs + TIMES.logVectorMs);
  const machines = [...state.connected];
  if (machines.length === 0) return;
  const chosen = machines[Math.floor(turn.random.fraction() * machines.length)] as MachineId;
  compareLogs(turn, chosen, true);
  compareAudit(turn, chosen, true);
}

/**
 * What was asked for has come. A page may have been refused, or pushed: while the own log is awaited, only a vector tells.
 * Who sends nothing has not stored yet what it tells of: asked again at once it would say the same, as fast as it can.
 */
export function onAllPages(turn: Turn, from: MachineId, last: PeerMessageOf<'log-page'>): void {
  const { state } = turn;
  state.compared.add(from);
  const mayHaveMore = last.records.length > 0 || last.floor > 0;
  if (mayHaveMore && state.standing.recovery?.has(from) === false) compareLogs(turn, from, true);
  if (state.phase !== 'settling' || state.pulling.size > 0) return;
  // What the others had more was asked of one of them: now they may have nothing more to give, and nobody waits for them.
  for (const machine of state.connected) if (!state.compared.has(machine)) compareLogs(turn, machine, true);
}
