/**
 * Keeping documents equal. A machine says exactly what it has (its change vector) and gets what it lacks, in batches.
 * New changes are pushed to everyone at once; comparing vectors repairs whatever a push did not reach.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { TokenBucket } from '../protocol/message-rates.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { emit, type Turn } from './state.ts';

const COMPARE_EVERY_MS = 500;
/** A batch that is being applied for so long is taken to have come to nothing. */
const APPLYING_MS = 10_000;

/** Tells `to` what we have; at most twice a second. */
export function compareDocument(turn: Turn, to: MachineId, wantsAnswer: boolean): void {
  const { state } = turn;
  if (!state.document.opened || !state.connected.has(to)) return;
  // What it sent last is still being applied: our vector would not show it, and it would send it again.
  const applying = state.applying.get(to);
  if (wantsAnswer && applying !== undefined && turn.nowMs - applying.sinceMs < APPLYING_MS) return;
  const gate = `compared-document:${to}`;
  if (wantsAnswer && state.timers.get(gate) !== undefined) return;
  if (wantsAnswer) state.timers.set(gate, turn.nowMs + COMPARE_EVERY_MS);
  emit(turn, { type: 'send', to, message: { type: 'document-vector', vector: state.document.vector, wantsAnswer } });
}

export function onDocumentVector(turn: Turn, from: MachineId, message: PeerMessageOf<'document-vector'>): void {
  if (!turn.state.document.opened) return;
  emit(turn, { type: 'send-changes', to: from, vector: message.vector });
  if (message.wantsAnswer) compareDocument(turn, from, false);
}

export function onDocumentChanges(turn: Turn, from: MachineId, message: PeerMessageOf<'document-changes'>): void {
  const { state } = turn;
  if (!state.document.opened || state.storageTrouble !== undefined) return;
  if (message.changes.length === 0) return;
  // What is left out is asked for again when the next heartbeat shows that the documents differ.
  if (!mayChange(turn, from, message)) return;
  state.applying.set(from, { sinceMs: turn.nowMs, more: message.more });
  const cluster = state.cluster?.id ?? state.joined?.id;
  const bound = cluster === undefined ? {} : { cluster };
  emit(turn, { type: 'document', command: { type: 'receive', from, changes: message.changes, ...bound } });
}

/** A batch of `from` has been applied (or refused): now its next one can be asked for. */
export function onApplied(turn: Turn, from: MachineId): void {
  const applying = turn.state.applying.get(from);
  turn.state.applying.delete(from);
  if (applying?.more === true) compareDocument(turn, from, false);
}

/** Changes wait for the document, which takes them slower than a member can send them. */
function mayChange(turn: Turn, from: MachineId, { changes }: PeerMessageOf<'document-changes'>): boolean {
  const { changePaces } = turn.state;
  let pace = changePaces.get(from);
  if (pace === undefined) {
    const { changeBytesPerPeer: burst, changeBytesPerSecond: perSecond } = LIMITS;
    changePaces.set(from, (pace = new TokenBucket({ perSecond, burst })));
  }
  return pace.takes(
    turn.nowMs,
    changes.reduce((sum, { bytes }) => sum + bytes.length, 0),
  );
}

/** Every minute, with everyone: so that no lost message is lost for ever. */
export function onRepairTimer(turn: Turn): void {
  turn.state.timers.set('repair', turn.nowMs + TIMES.syncRepairMs);
  for (const machine of turn.state.connected) compareDocument(turn, machine, true);
}
