/**
 * Run logs. Each machine writes its own, numbered without gaps; everyone pulls what it lacks of every log from anyone
 * who has it. New records are pushed to all at once; vectors repair.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { LATEST_INSTANT } from '../domain/instant.ts';
import type { RunRecord } from '../domain/run.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { absorbRecord } from './absorb-record.ts';
import { emit, type Turn } from './state.ts';

/** A record before its place in the log is known. */
export type NewRecord = Omit<RunRecord, 'recorderId' | 'sequence' | 'recordedAt'>;

/**
 * Appends to the own log: written first, then told to everyone.
 * @param notBefore it is recorded as no earlier than this (epoch milliseconds), where it answers another's record
 */
export function appendRecord(turn: Turn, fresh: NewRecord, notBefore: number = 0): RunRecord {
  const { state } = turn;
  const sequence = (state.logVector.get(state.self) ?? 0) + 1;
  const record: RunRecord = {
    ...fresh,
    recorderId: state.self,
    sequence,
    recordedAt: Math.min(Math.max(turn.wallMs, notBefore), LATEST_INSTANT),
  };
  state.logVector.set(state.self, sequence);
  emit(turn, { type: 'write', write: { kind: 'records', records: [record] } });
  emit(turn, { type: 'announce-record', record });
  absorbRecord(turn, record);
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
  for (const [recorder, sequence] of Object.entries(message.vector) as [MachineId, number][]) {
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
  emit(turn, { type: 'send-log-page', to: from, recorderId: message.recorderId, after: message.after });
}

/** Takes what follows on what is held, without a gap; asks again for what is missing. */
export function onLogPage(turn: Turn, from: MachineId, message: PeerMessageOf<'log-page'>): void {
  const { state } = turn;
  const { recorderId } = message;
  state.pulling.delete(recorderId);
  const newest = Math.max(message.floor, message.records.at(-1)?.sequence ?? 0);
  if (!isTaken(turn, recorderId, newest) || state.storageTrouble !== undefined) return;
  let held = state.logVector.get(recorderId) ?? 0;
  if (message.floor > held) {
    held = message.floor;
    state.logVector.set(recorderId, held);
    state.logFloors.set(recorderId, held);
    emit(turn, { type: 'write', write: { kind: 'log-floor', recorderId, floor: held } });
  }
  const fresh: RunRecord[] = [];
  for (const record of message.records) {
    if (record.recorderId !== recorderId || record.sequence <= held) continue;
    if (record.sequence > held + 1) break;
    fresh.push(record);
    held = record.sequence;
  }
  if (fresh.length > 0) {
    state.logVector.set(recorderId, held);
    emit(turn, { type: 'write', write: { kind: 'records', records: fresh } });
    for (const record of fresh) absorbRecord(turn, record);
  }
  const gap = message.records.some((record) => record.sequence > held);
  if (message.more || gap) pull(turn, from, recorderId);
  else if (![...state.pulling.values()].some((other) => other.from === from)) onAllPages(turn, from);
}

/** Numbers that others may give back of the own log: there is room for as many after them. */
const OWN_SEQUENCE_MAX = LIMITS.logSequence / 2;

/**
 * The own log is written here alone. Only before the first new record may others give back what a damaged disk lost,
 * so that no number is used twice. Logs of machines that the roster does not name (yet) are taken while there is room.
 */
function isTaken({ state }: Turn, recorder: MachineId, sequence: number): boolean {
  if (recorder === state.self) return state.phase === 'settling' && sequence <= OWN_SEQUENCE_MAX;
  if (state.logVector.has(recorder) || state.roster.has(recorder)) return true;
  return state.logVector.size < LIMITS.runLogs - LIMITS.machinesPerCluster;
}

/** One page of one log at a time; a request that got no answer is repeated by the next occasion. */
function pull(turn: Turn, from: MachineId, recorderId: MachineId): void {
  const { state } = turn;
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
}

/** What was asked for has come. A page may have been refused, or pushed: while the own log is awaited, only a vector tells. */
function onAllPages(turn: Turn, from: MachineId): void {
  const { state } = turn;
  state.compared.add(from);
  if (state.standing.recovery?.has(from) === false) compareLogs(turn, from, true);
  if (state.phase !== 'settling' || state.pulling.size > 0) return;
  // What the others had more was asked of one of them: now they may have nothing more to give, and nobody waits for them.
  for (const machine of state.connected) if (!state.compared.has(machine)) compareLogs(turn, machine, true);
}
