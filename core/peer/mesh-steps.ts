/** The mesh: who is alive, heartbeats, probes. Every message that arrives is a sign of life. */
import { TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import type { MachineFacts, MachineLoad } from '../domain/machine.ts';
import type { MembershipEffect } from '../membership/membership.ts';
import type { Heartbeat, PeerMessage, PeerMessageOf } from '../protocol/messages.ts';
import { noteAudit } from './audit-steps.ts';
import { compareAudit } from './audit-sync-steps.ts';
import { dialSoon, rememberAddresses } from './dial-steps.ts';
import { compareLogs, pullIfBehind, pullThroughOthers } from './log-steps.ts';
import { ownRefusal, refreshRing } from './roster-steps.ts';
import { compareDocument } from './document-sync-steps.ts';
import { onLetIn } from './standing-steps.ts';
import { remember } from './probe-memory.ts';
import { emit, type Turn } from './state.ts';

export function onConnected(turn: Turn, machine: MachineId, addresses: readonly string[]): void {
  const { state } = turn;
  state.connected.add(machine);
  onLetIn(turn, machine);
  state.heardAtMs.set(machine, turn.nowMs);
  state.dialling.delete(machine);
  state.timers.clear(`dial:${machine}`);
  rememberAddresses(turn, machine, addresses);
  applyMembership(turn, state.membership.connected(machine, turn.nowMs));
  emit(turn, { type: 'send', to: machine, message: beatOf(turn) });
  compareDocument(turn, machine, true);
  compareLogs(turn, machine, true);
  compareAudit(turn, machine, true);
  emit(turn, { type: 'tell', change: { kind: 'machines' } });
}

export function onDisconnected(turn: Turn, machine: MachineId, broken: boolean): void {
  const { state } = turn;
  if (!state.connected.delete(machine)) return;
  state.heardAtMs.delete(machine);
  state.compared.delete(machine);
  state.applying.delete(machine);
  for (const [recorder, pull] of state.pulling) if (pull.from === machine) state.pulling.delete(recorder);
  applyMembership(turn, state.membership.disconnected(machine, broken, turn.nowMs));
  if (state.membership.get(machine) !== undefined) dialSoon(turn, machine, 0);
  emit(turn, { type: 'tell', change: { kind: 'machines' } });
}

/** A machine that was killed refuses at once, one whose stream was only lost does not. */
export function onDialRefused(turn: Turn, machine: MachineId): void {
  const { state } = turn;
  state.membership.refused(machine);
  state.timers.setEarliest('membership', state.membership.nextTickMs(turn.nowMs));
}

export function onBeatTimer(turn: Turn): void {
  const { state } = turn;
  const latenessMs = turn.nowMs - (state.beatDueMs ?? turn.nowMs);
  state.beatDueMs = turn.nowMs + TIMES.controlBeatMs;
  state.timers.set('beat', state.beatDueMs);
  const message = beatOf(turn);
  for (const machine of state.connected) {
    emit(turn, { type: 'send', to: machine, message });
    if (latenessMs > TIMES.controlBeatMs) excuseSilence(turn, machine, latenessMs);
    else breakOffIfSilent(turn, machine);
  }
}

/**
 * A stream may be dead while its machine lives, and is vouched for: one direction is cut, or the system waits ever longer
 * before it sends again. A new one works at once when the network does.
 */
function breakOffIfSilent(turn: Turn, machine: MachineId): void {
  const silenceMs = turn.nowMs - (turn.state.heardAtMs.get(machine) ?? turn.nowMs);
  if (silenceMs < TIMES.streamSilenceMs) return;
  turn.state.heardAtMs.set(machine, turn.nowMs);
  emit(turn, { type: 'disconnect', machine });
}

/** What others sent while this machine stood still may wait behind this very timer. */
function excuseSilence(turn: Turn, machine: MachineId, latenessMs: number): void {
  const heardAtMs = turn.state.heardAtMs.get(machine) ?? turn.nowMs;
  turn.state.heardAtMs.set(machine, Math.min(turn.nowMs, heardAtMs + latenessMs));
}

function beatOf(turn: Turn): PeerMessage {
  return { type: 'beat', sentAt: turn.wallMs, incarnation: turn.state.incarnation };
}

/** One gossiped message a second in small clusters, slower in larger ones, so that the sum stays the same. */
export function heartbeatIntervalMs(machines: number): number {
  return Math.round(TIMES.heartbeatMs * Math.max(1, machines / 10));
}

export function publishHeartbeat(turn: Turn, leaving: boolean): void {
  const { state } = turn;
  const clusterId = state.cluster?.id;
  if (clusterId === undefined) {
    // The document is still on its way.
    if (state.phase === 'settling') state.timers.set('heartbeat', turn.nowMs + TIMES.heartbeatMs);
    return;
  }
  const intervalMs = heartbeatIntervalMs(state.roster.size);
  state.timers.set('heartbeat', turn.nowMs + intervalMs);
  state.heartbeatSequence += 1;
  const refusal = ownRefusal(turn);
  const { freeMemoryBytes, processorLoad } = state.load;
  const load: Required<Omit<MachineLoad, 'notAccepting'>> = {
    slotsUsed: state.local.size,
    freeMemoryBytes,
    processorLoad,
  };
  const heartbeat: Heartbeat = {
    type: 'heartbeat',
    clusterId,
    from: state.self,
    incarnation: state.incarnation,
    sequence: state.heartbeatSequence,
    sentAt: turn.wallMs,
    intervalMs,
    facts: state.localPolicy.facts,
    load: refusal === undefined ? load : { ...load, notAccepting: refusal },
    documentDigest: state.document.digest,
    logSequence: state.logVector.get(state.self) ?? 0,
    addresses: state.ownAddresses.slice(0, 8),
    leaving,
  };
  emit(turn, { type: 'publish', heartbeat });
}

export function onHeartbeat(turn: Turn, beat: Heartbeat): void {
  const { state } = turn;
  const member = state.membership.get(beat.from);
  if (member === undefined || state.cluster === undefined) return;
  if (beat.clusterId !== state.cluster.id) {
    const detail = 'a heartbeat of another cluster, signed by it, was handed on here';
    return noteAudit(turn, 'heartbeat-rejected', { by: beat.from, subject: member.id, detail });
  }
  const late = beat.incarnation < member.incarnation;
  const repeated = beat.incarnation === member.incarnation && beat.sequence <= member.heartbeatSequence;
  if (late || repeated) return;
  if (beat.leaving) return applyMembership(turn, state.membership.left(beat.from, beat.incarnation, turn.nowMs));
  applyMembership(turn, state.membership.signOf(member, beat.incarnation, turn.nowMs));
  member.heartbeatSequence = beat.sequence;
  const matters = member.load?.notAccepting !== beat.load.notAccepting || !sameFacts(member.facts, beat.facts);
  member.facts = beat.facts;
  member.load = beat.load;
  member.documentDigest = beat.documentDigest;
  member.logSequence = beat.logSequence;
  member.skew.sample(beat.sentAt, turn.wallMs);
  if (matters) refreshRing(turn);
  rememberAddresses(turn, beat.from, beat.addresses);
  if (!state.connected.has(beat.from)) return pullThroughOthers(turn, beat.from, beat.logSequence);
  pullIfBehind(turn, beat.from, beat.logSequence);
  if (beat.documentDigest !== state.document.digest) compareDocument(turn, beat.from, true);
}

/** As far as it matters for who may run what. */
function sameFacts(before: MachineFacts | undefined, after: MachineFacts): boolean {
  return (
    before !== undefined &&
    before.slots === after.slots &&
    before.operatingSystem === after.operatingSystem &&
    before.architecture === after.architecture &&
    samePolicy(before.policy, after.policy)
  );
}

function samePolicy(before: MachineFacts['policy'], after: MachineFacts['policy']): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

/** Any message shows that its sender lives, and its stream works. A beat tells the first for itself. */
export function onSignOfLife(turn: Turn, from: MachineId, { type }: PeerMessage): void {
  if (turn.state.connected.has(from)) turn.state.heardAtMs.set(from, turn.nowMs);
  if (type === 'beat') return;
  const member = turn.state.membership.get(from);
  if (member === undefined || member.status.kind === 'left') return;
  applyMembership(turn, turn.state.membership.signOf(member, member.incarnation, turn.nowMs));
}

export function onBeat(turn: Turn, from: MachineId, message: PeerMessageOf<'beat'>): void {
  const member = turn.state.membership.get(from);
  if (member === undefined) return;
  member.skew.sample(message.sentAt, turn.wallMs);
  if (member.status.kind !== 'left' && message.incarnation < member.incarnation) {
    // It says so itself, on its own stream: its disk lost a higher one, and else nothing it publishes would be heard again.
    member.incarnation = message.incarnation;
    member.heartbeatSequence = 0;
  }
  applyMembership(turn, turn.state.membership.signOf(member, message.incarnation, turn.nowMs));
}

/** Somebody suspects us: a higher incarnation outranks every old rumour. */
export function onSuspected(turn: Turn, message: PeerMessageOf<'suspected'>): void {
  if (message.incarnation < turn.state.incarnation) return;
  raiseIncarnation(turn);
  publishHeartbeat(turn, false);
}

/** Never falls, even when the stored one was lost: seconds of the clock are its floor. */
export function raiseIncarnation(turn: Turn): void {
  turn.state.incarnation = Math.max(turn.state.incarnation + 1, Math.floor(turn.wallMs / 1000));
  turn.state.heartbeatSequence = 0;
  emit(turn, { type: 'write', write: { kind: 'meta', key: 'incarnation', value: String(turn.state.incarnation) } });
}

export function onLeave(turn: Turn, from: MachineId, message: PeerMessageOf<'leave'>): void {
  applyMembership(turn, turn.state.membership.left(from, message.incarnation, turn.nowMs));
}

export function onMembershipTimer(turn: Turn): void {
  applyMembership(turn, turn.state.membership.tick(turn.nowMs));
  turn.state.timers.set('membership', turn.state.membership.nextTickMs(turn.nowMs));
}

export function applyMembership(turn: Turn, effects: readonly MembershipEffect[]): void {
  const { state } = turn;
  if (effects.length === 0) return;
  for (const effect of effects) {
    switch (effect.kind) {
      case 'probe':
        probe(turn, effect.target);
        break;
      case 'probe-through': {
        const nonce = state.nextProbe;
        state.nextProbe += 1;
        remember(state.probesThrough, nonce, { helper: effect.helper, target: effect.target });
        emit(turn, {
          type: 'send',
          to: effect.helper,
          message: { type: 'probe-for-me', nonce, target: effect.target },
        });
        break;
      }
      case 'changed':
        onMemberChanged(turn, effect);
        break;
    }
  }
  state.timers.setEarliest('membership', state.membership.nextTickMs(turn.nowMs));
}

function probe(turn: Turn, target: MachineId): void {
  const { state } = turn;
  if (!state.connected.has(target)) return dialSoon(turn, target, 0);
  const nonce = state.nextProbe;
  state.nextProbe += 1;
  emit(turn, { type: 'send', to: target, message: { type: 'probe', nonce } });
  const incarnation = state.membership.get(target)?.incarnation ?? 0;
  emit(turn, { type: 'send', to: target, message: { type: 'suspected', incarnation } });
}

function onMemberChanged(turn: Turn, effect: Extract<MembershipEffect, { kind: 'changed' }>): void {
  const { member, from, reason } = effect;
  const to = member.status.kind;
  const quiet = (from === 'suspect' && to === 'alive') || to === 'suspect';
  emit(turn, {
    type: 'log',
    level: quiet ? 'debug' : 'info',
    message: `machine ${to}`,
    fields: { machine: member.id, from, reason },
  });
  // A dead peer's connection would only fill its queue; a living one that was given up is made anew.
  if (to === 'dead' && member.connected) emit(turn, { type: 'disconnect', machine: member.id });
  if (to === 'alive' && !member.connected) dialSoon(turn, member.id, 0);
  refreshRing(turn);
  emit(turn, { type: 'tell', change: { kind: 'machines' } });
}
