/** Probes: answering them, passing them on for those who do not hear a machine, and what others answer for it. */
import type { MachineId } from '../domain/ids.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import { applyMembership } from './mesh-steps.ts';
import { remember } from './probe-memory.ts';
import { emit, type Turn } from './state.ts';

export function onProbe(turn: Turn, from: MachineId, message: PeerMessageOf<'probe'>): void {
  const { incarnation } = turn.state;
  emit(turn, { type: 'send', to: from, message: { type: 'probe-answer', nonce: message.nonce, incarnation } });
}

export function onProbeAnswer(turn: Turn, from: MachineId, message: PeerMessageOf<'probe-answer'>): void {
  applyMembership(turn, turn.state.membership.sign(from, message.incarnation, turn.nowMs));
  const asked = turn.state.probesFor.get(message.nonce);
  if (asked === undefined || asked.target !== from) return;
  turn.state.probesFor.delete(message.nonce);
  emit(turn, {
    type: 'send',
    to: asked.asker,
    message: {
      type: 'probe-result',
      nonce: asked.nonce,
      target: from,
      alive: true,
      incarnation: message.incarnation,
    },
  });
}

/** Another member cannot hear `target`: ask it in its place. */
export function onProbeForMe(turn: Turn, from: MachineId, message: PeerMessageOf<'probe-for-me'>): void {
  const { state } = turn;
  if (!state.connected.has(message.target)) return;
  const nonce = state.nextProbe;
  state.nextProbe += 1;
  remember(state.probesFor, nonce, { asker: from, nonce: message.nonce, target: message.target });
  emit(turn, { type: 'send', to: message.target, message: { type: 'probe', nonce } });
}

/** A helper's word counts once, and only where it was asked for it. */
export function onProbeResult(turn: Turn, from: MachineId, message: PeerMessageOf<'probe-result'>): void {
  const { state } = turn;
  const asked = state.probesThrough.get(message.nonce);
  if (asked?.helper !== from || asked.target !== message.target) {
    const detail = `it answers for ${nameOf(state, message.target)}, for which nobody asked it`;
    return noteAudit(turn, 'message-rejected', { by: from, subject: nameOf(state, from), detail });
  }
  state.probesThrough.delete(message.nonce);
  if (message.alive) applyMembership(turn, state.membership.vouched(message.target, turn.nowMs));
}
