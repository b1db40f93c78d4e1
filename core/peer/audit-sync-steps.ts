/**
 * The audit logs of all machines on every machine, as run logs are but apart from them, small and slow: new records are
 * pushed, vectors repair, a longer log is fetched a page at a time. What its recorder did not sign is not taken.
 */
import { AUDIT, LIMITS } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { isSignedAudit } from '../security/signed-audit.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import { hoardsReads } from './fair-share.ts';
import { headOf, isWhole, type PageIntake, takeSlice } from './page-intake.ts';
import { emit, type Turn } from './state.ts';

type AuditPage = PeerMessageOf<'audit-page'>;

export function compareAudit(turn: Turn, to: MachineId, wantsAnswer: boolean): void {
  const { audit, connected } = turn.state;
  if (!connected.has(to)) return;
  const vector = Object.fromEntries(audit.vector) as Record<MachineId, number>;
  emit(turn, { type: 'send', to, message: { type: 'audit-vector', vector, wantsAnswer } });
}

export function onAuditVector(turn: Turn, from: MachineId, message: PeerMessageOf<'audit-vector'>): void {
  for (const recorder of (Object.keys(message.vector) as MachineId[]).sort()) {
    const sequence = message.vector[recorder] ?? 0;
    if (sequence > (turn.state.audit.vector.get(recorder) ?? 0)) pullSoon(turn, from, recorder, 0);
  }
  if (message.wantsAnswer) compareAudit(turn, from, false);
}

export function onAuditPull(turn: Turn, from: MachineId, message: PeerMessageOf<'audit-pull'>): void {
  const { recorderId, after } = message;
  if (hoardsReads(turn, from, turn.state.audit.vector.get(recorderId) ?? 0, after)) return;
  emit(turn, { type: 'send-audit-page', to: from, recorderId, after });
}

/** Begins with a page: what follows on what is held, without a gap, is verified in slices and taken. */
export function onAuditPage(turn: Turn, from: MachineId, page: AuditPage): void {
  const { state } = turn;
  const { recorderId } = page;
  if (!isTaken(turn, recorderId) || state.storageTrouble !== undefined) return;
  const before = state.audit.vector.get(recorderId) ?? 0;
  const own = from === recorderId || !state.connected.has(recorderId);
  const floor = own ? Math.max(before, page.floor) : before;
  takeAuditSlice(turn, { from, page, floor, asked: false, next: 0, taken: 0, floorKept: floor === before });
}

/** The next slice of a page; the rest of its log is fetched later. */
export function takeAuditSlice(turn: Turn, intake: PageIntake<AuditPage>): void {
  const { state } = turn;
  state.intake = undefined;
  if (state.storageTrouble !== undefined) return;
  const { from, page, floor } = intake;
  const { recorderId } = page;
  const { fresh, fault } = takeSlice(
    intake,
    page.records,
    ({ detail }) => detail.length,
    (record) => (isSignedAudit(turn.signer, record) ? undefined : 'a record is not signed by its recorder'),
  );
  if (fresh.length > 0) {
    if (!intake.floorKept) {
      intake.floorKept = true;
      emit(turn, { type: 'write', write: { kind: 'audit-floor', recorderId, floor } });
      state.audit.floors.set(recorderId, floor);
    }
    state.audit.vector.set(recorderId, headOf(intake));
    emit(turn, { type: 'write', write: { kind: 'audit', records: fresh } });
  }
  if (fault !== undefined) return onForged(turn, from, recorderId, fault);
  if (!isWhole(intake)) {
    state.intake = intake;
    return;
  }
  const isMore = page.more || page.records.some((record) => record.sequence > headOf(intake));
  const source = floor < page.floor ? recorderId : from;
  if (isMore) pullSoon(turn, source, recorderId, AUDIT.pageIntervalMs);
}

/** The time has come to ask for what is lacking of each log. */
export function onAuditPullTimer(turn: Turn): void {
  const { audit, connected } = turn.state;
  for (const [recorderId, from] of audit.behind) {
    audit.behind.delete(recorderId);
    if (!connected.has(from)) continue;
    const after = audit.vector.get(recorderId) ?? 0;
    emit(turn, { type: 'send', to: from, message: { type: 'audit-pull', recorderId, after } });
  }
}

function pullSoon(turn: Turn, from: MachineId, recorderId: MachineId, delayMs: number): void {
  const { audit, timers } = turn.state;
  if (!isTaken(turn, recorderId) || audit.behind.has(recorderId)) return;
  audit.behind.set(recorderId, from);
  timers.setEarliest('audit-pull', turn.nowMs + delayMs);
}

function onForged(turn: Turn, from: MachineId, recorderId: MachineId, detail: string): void {
  const subject = `audit log of ${nameOf(turn.state, recorderId)}`;
  noteAudit(turn, 'record-rejected', { by: from, subject, detail });
}

/** Its own log too: what a damaged disk lost comes back from the others, signed. Others are known, or soon will be. */
function isTaken({ state }: Turn, recorder: MachineId): boolean {
  if (recorder === state.self || state.audit.vector.has(recorder) || state.roster.has(recorder)) return true;
  return state.phase !== 'active' && state.audit.vector.size < LIMITS.runLogs - LIMITS.machinesPerCluster;
}
