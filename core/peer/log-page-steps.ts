/** Pages of run logs: what follows on what is held, without a gap, is verified in slices and taken. */
import { TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { charactersOf } from '../protocol/log-page.ts';
import { recordFault } from '../security/signed-record.ts';
import { absorbRecord } from './absorb-record.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import { isPulledFrom, isTaken, onAllPages, pull } from './log-steps.ts';
import { headOf, isWhole, type PageIntake, takeSlice } from './page-intake.ts';
import { emit, type Turn } from './state.ts';

type LogPage = PeerMessageOf<'log-page'>;

/** Begins with a page; what does not fit the first slice is left in `state.intake`. Asks again for what is missing. */
export function onLogPage(turn: Turn, from: MachineId, page: LogPage): void {
  const { state } = turn;
  const { recorderId } = page;
  const asked = state.pulling.get(recorderId)?.from === from;
  state.pulling.delete(recorderId);
  const newest = Math.max(page.floor, page.records.at(-1)?.sequence ?? 0);
  if (state.storageTrouble !== undefined) return;
  if (!isTaken(turn, recorderId, newest)) return noteOwnLog(turn, from, page);
  const before = state.logVector.get(recorderId) ?? 0;
  const floor = isFloorBelieved(turn, from, page) ? Math.max(before, page.floor) : before;
  takeLogSlice(turn, { from, page, floor, asked, next: 0, taken: 0, floorKept: floor === before });
}

/** The next slice of a page. What cannot be stored meanwhile is asked for again later. */
export function takeLogSlice(turn: Turn, intake: PageIntake<LogPage>): void {
  const { state } = turn;
  state.intake = undefined;
  if (state.storageTrouble !== undefined) return;
  const { from, page, floor } = intake;
  const { recorderId } = page;
  const { fresh, fault } = takeSlice(intake, page.records, charactersOf, (record) => recordFault(turn.signer, record));
  // A floor that others tell of is believed beside the signed record that follows it.
  if (!intake.floorKept && (from === recorderId || recorderId === state.self || fresh.length > 0)) {
    intake.floorKept = true;
    state.logFloors.set(recorderId, floor);
    emit(turn, { type: 'write', write: { kind: 'log-floor', recorderId, floor } });
    state.logVector.set(recorderId, headOf(intake));
  }
  if (fresh.length > 0) {
    state.logVector.set(recorderId, headOf(intake));
    emit(turn, { type: 'write', write: { kind: 'records', records: fresh } });
    for (const record of fresh) absorbRecord(turn, record);
  }
  if (fault !== undefined) {
    return onRejected(turn, from, recorderId, `record ${headOf(intake) + 1} of its log: ${fault}`);
  }
  if (isWhole(intake)) onWhole(turn, intake);
  else state.intake = intake;
}

function onWhole(turn: Turn, intake: PageIntake<LogPage>): void {
  const { state } = turn;
  const { from, page, floor, asked, taken } = intake;
  const { recorderId } = page;
  if (floor < page.floor) return pull(turn, recorderId, recorderId);
  const isMore = page.more || page.records.some((record) => record.sequence > headOf(intake));
  // An answer that brought nothing is not asked for again: it would bring the same.
  if (isMore && (taken > 0 || !asked)) pull(turn, from, recorderId);
  else if (!isPulledFrom(state, from)) onAllPages(turn, from, page);
}

/** Where a log begins is its recorder's to say; of one that cannot be asked, those who hold the rest of it are heard. */
function isFloorBelieved({ state }: Turn, from: MachineId, { recorderId }: LogPage): boolean {
  return from === recorderId || recorderId === state.self || !state.connected.has(recorderId);
}

/**
 * Nobody but this machine goes on with its log. What others have of it beyond its own end is forged, or it was signed here and
 * is lost: then the data folder is an old one, or the key is in use elsewhere.
 */
function noteOwnLog(turn: Turn, from: MachineId, { recorderId, records }: LogPage): void {
  const { state } = turn;
  const head = state.logVector.get(recorderId) ?? 0;
  const beyond = records.find(({ sequence }) => sequence > head);
  if (recorderId !== state.self || state.phase !== 'active' || beyond === undefined) return;
  const fault =
    recordFault(turn.signer, beyond) ?? 'it was signed with the key of this machine, which does not know it';
  const detail = `record ${beyond.sequence} of its own log: ${fault}`;
  noteAudit(turn, 'record-rejected', { by: from, subject: `log of ${nameOf(state, recorderId)}`, detail });
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
