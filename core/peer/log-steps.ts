/**
 * Run logs. Each machine writes its own, numbered without gaps; everyone pulls what it lacks of every log from anyone
 * who has it. New records are pushed to all at once; vectors repair.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { LATEST_INSTANT } from '../domain/instant.ts';
import type { RunRecord } from '../domain/run.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { recordFault, signRecord } from '../security/signed-record.ts';
import { absorbRecord } from './absorb-record.ts';
import { compareAudit } from './audit-sync-steps.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
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
  const asked = state.pulling.get(recorderId)?.from === from;
  state.pulling.delete(recorderId);
  const newest = Math.max(message.floor, message.records.at(-1)?.sequence ?? 0);
  if (!isTaken(turn, recorderId, newest) || state.storageTrouble !== undefined) return;
  const before = state.logVector.get(recorderId) ?? 0;
  const floor = isFloorBelieved(turn, from, message) ? Math.max(before, message.floor) : before;
  const { fresh, fault } = verified(turn, message, floor);
  // A floor that others tell of is believed beside the signed record that follows it.
  const head = floor + fresh.length;
  if (floor > before && (from === recorderId || recorderId === state.self || fresh.length > 0)) {
    state.logFloors.set(recorderId, floor);
    emit(turn, { type: 'write', write: { kind: 'log-floor', recorderId, floor } });
    state.logVector.set(recorderId, head);
  }
  if (fresh.length > 0) {
    state.logVector.set(recorderId, head);
    emit(turn, { type: 'write', write: { kind: 'records', records: fresh } });
    for (const record of fresh) absorbRecord(turn, record);
  }
  if (fault !== undefined) return onRejected(turn, from, recorderId, fault);
  if (floor < message.floor) return pull(turn, recorderId, recorderId);
  const isMore = message.more || message.records.some((record) => record.sequence > head);
  // An answer that brought nothing is not asked for again: it would bring the same.
  if (isMore && (fresh.length > 0 || !asked)) pull(turn, from, recorderId);
  else if (!isPulledFrom(state, from)) onAllPages(turn, from, message);
}

function isPulledFrom(state: PeerState, from: MachineId): boolean {
  for (const other of state.pulling.values()) if (other.from === from) return true;
  return false;
}

/** What follows on `held` without a gap, up to the first record that nobody can believe. */
function verified(
  turn: Turn,
  { recorderId, records }: PeerMessageOf<'log-page'>,
  held: number,
): { readonly fresh: readonly RunRecord[]; readonly fault: string | undefined } {
  const fresh: RunRecord[] = [];
  for (const record of records) {
    if (record.recorderId !== recorderId || record.sequence <= held + fresh.length) continue;
    if (record.sequence > held + fresh.length + 1) break;
    const fault = recordFault(turn.signer, record);
    if (fault !== undefined) return { fresh, fault: `record ${record.sequence} of its log: ${fault}` };
    fresh.push(record);
  }
  return { fresh, fault: undefined };
}

/** Where a log begins is its recorder's to say; of one that cannot be asked, those who hold the rest of it are heard. */
function isFloorBelieved({ state }: Turn, from: MachineId, { recorderId }: PeerMessageOf<'log-page'>): boolean {
  return from === recorderId || recorderId === state.self || !state.connected.has(recorderId);
}

/** The rest of the page goes with it. Somebody else may hold the log as it was written. */
function onRejected(turn: Turn, from: MachineId, recorderId: MachineId, fault: string): void {
  const { state } = turn;
  noteAudit(turn, 'record-rejected', { by: from, subject: `log of ${nameOf(state, recorderId)}`, detail: fault });
  const rejectedAtMs = state.rejectedAtMs.get(recorderId) ?? -Infinity;
  if (turn.nowMs - rejectedAtMs < TIMES.logVectorMs) return;
  state.rejectedAtMs.set(recorderId, turn.nowMs);
  const others = [...state.connected].filter((machine) => machine !== from);
  const other = state.connected.has(recorderId) && from !== recorderId ? recorderId : others[0];
  if (other !== undefined) pull(turn, other, recorderId);
}

/** Numbers that others may give back of the own log: there is room for as many after them. */
const OWN_SEQUENCE_MAX = LIMITS.logSequence / 2;

/**
 * The own log is written here alone. Only before the first new record may others give back what a damaged disk lost,
 * so that no number is used twice. Logs of machines that the roster does not name yet are taken while there is room, as
 * long as the document may still be on its way.
 */
function isTaken({ state }: Turn, recorder: MachineId, sequence: number): boolean {
  if (recorder === state.self) return state.phase === 'settling' && sequence <= OWN_SEQUENCE_MAX;
  if (state.logVector.has(recorder) || state.roster.has(recorder)) return true;
  return state.phase !== 'active' && state.logVector.size < LIMITS.runLogs - LIMITS.machinesPerCluster;
}

/**
 * One page of one log at a time; a request that got no answer is repeated by the next occasion. What cannot be stored now
 * is not asked for.
 */
function pull(turn: Turn, from: MachineId, recorderId: MachineId): void {
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
function onAllPages(turn: Turn, from: MachineId, last: PeerMessageOf<'log-page'>): void {
  const { state } = turn;
  state.compared.add(from);
  const mayHaveMore = last.records.length > 0 || last.floor > 0;
  if (mayHaveMore && state.standing.recovery?.has(from) === false) compareLogs(turn, from, true);
  if (state.phase !== 'settling' || state.pulling.size > 0) return;
  // What the others had more was asked of one of them: now they may have nothing more to give, and nobody waits for them.
  for (const machine of state.connected) if (!state.compared.has(machine)) compareLogs(turn, machine, true);
}
