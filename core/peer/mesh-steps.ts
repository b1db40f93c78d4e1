/** The mesh: whom to dial, who is alive, heartbeats, probes. Every message that arrives is a sign of life. */
import { TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import type { MembershipEffect } from '../membership/membership.ts';
import type { Heartbeat, PeerMessageOf } from '../protocol/messages.ts';
import type { Candidate } from '../ring/eligibility.ts';
import { evaluateAllSoon } from './occurrence-list.ts';
import { compareLogs, pullIfBehind } from './log-steps.ts';
import { compareDocument } from './document-sync-steps.ts';
import { refreshElectorate } from './electorate-steps.ts';
import { emit, type Turn } from './state.ts';

const ADDRESSES_META = 'addresses';

/** Trusts exactly the machines of the roster (and, until it is here, those of the invitation). */
export function applyRoster(turn: Turn): void {
  const { state } = turn;
  const members = new Set<MachineId>(state.sponsors);
  for (const entry of state.roster.values()) {
    if (entry.removed) members.delete(entry.id);
    else members.add(entry.id);
    if (!state.addressBook.has(entry.id) && entry.addresses.length > 0)
      state.addressBook.set(entry.id, entry.addresses);
  }
  members.delete(state.self);
  if (state.roster.get(state.self)?.removed === true) members.clear();
  refreshElectorate(turn);
  emit(turn, { type: 'set-members', members });
  state.membership.setRoster(members);
  for (const id of members) if (!state.connected.has(id)) dialSoon(turn, id, 0);
  for (const id of [...state.dialling.keys()]) {
    if (members.has(id)) continue;
    state.dialling.delete(id);
    state.timers.clear(`dial:${id}`);
  }
  refreshRing(turn);
}

/** Who owns what follows from who is there; open occurrences are looked at again when that changed. */
export function refreshRing(turn: Turn): void {
  const { state } = turn;
  const candidates: Candidate[] = [];
  for (const entry of state.roster.values()) {
    if (entry.removed) continue;
    const member = state.membership.get(entry.id);
    const own = entry.id === state.self;
    candidates.push({
      entry,
      facts: own ? state.identity.facts : member?.facts,
      alive: own || state.membership.isAlive(entry.id),
      notAccepting: own ? ownRefusal(turn) : member?.load?.notAccepting,
    });
  }
  if (!state.ring.setCandidates(candidates)) return;
  evaluateAllSoon(turn);
  emit(turn, { type: 'tell', change: { kind: 'machines' } });
}

/** Why this machine takes no runs now; undefined when it does. Others hear it by heartbeat. */
export function ownRefusal(turn: Turn): string | undefined {
  const { state } = turn;
  if (state.phase === 'stopping') return 'STOPPING';
  if (state.phase !== 'active') return 'SETTLING';
  return state.storageTrouble;
}

export function onConnected(turn: Turn, machine: MachineId, addresses: readonly string[]): void {
  const { state } = turn;
  state.connected.add(machine);
  state.dialling.delete(machine);
  state.timers.clear(`dial:${machine}`);
  rememberAddresses(turn, machine, addresses);
  applyMembership(turn, state.membership.connected(machine, turn.nowMs));
  sendBeat(turn, machine);
  compareDocument(turn, machine, true);
  compareLogs(turn, machine, true);
  emit(turn, { type: 'tell', change: { kind: 'machines' } });
}

export function onDisconnected(turn: Turn, machine: MachineId, broken: boolean): void {
  const { state } = turn;
  if (!state.connected.delete(machine)) return;
  state.compared.delete(machine);
  state.applying.delete(machine);
  for (const [recorder, pull] of state.pulling) if (pull.from === machine) state.pulling.delete(recorder);
  applyMembership(turn, state.membership.disconnected(machine, broken, turn.nowMs));
  if (state.membership.get(machine) !== undefined) dialSoon(turn, machine, 0);
  emit(turn, { type: 'tell', change: { kind: 'machines' } });
}

/** Back-off doubles up to its maximum and never gives up: a machine may be away for a year. */
export function onDialFailed(turn: Turn, machine: MachineId): void {
  const dialling = turn.state.dialling.get(machine);
  if (dialling === undefined) return;
  dialling.delayMs = Math.min(TIMES.redialMaxMs, Math.max(TIMES.redialMinMs, dialling.delayMs * 2));
  turn.state.timers.set(`dial:${machine}`, turn.nowMs + dialling.delayMs * (0.75 + turn.random.fraction() / 2));
}

export function onDiscovered(turn: Turn, machine: MachineId, addresses: readonly string[]): void {
  const { state } = turn;
  if (state.membership.get(machine) === undefined) return;
  rememberAddresses(turn, machine, addresses);
  if (!state.connected.has(machine)) dialSoon(turn, machine, 0);
}

export function onDialTimer(turn: Turn, machine: MachineId): void {
  const { state } = turn;
  if (state.connected.has(machine) || state.membership.get(machine) === undefined) return;
  const addresses = state.addressBook.get(machine) ?? [];
  // The transport answers with `connected` or `dial-failed`; this timer is the safety net for neither.
  state.timers.set(`dial:${machine}`, turn.nowMs + TIMES.redialMaxMs + TIMES.dialTimeoutMs);
  if (addresses.length === 0) return onDialFailed(turn, machine);
  emit(turn, { type: 'dial', machine, addresses });
}

export function dialSoon(turn: Turn, machine: MachineId, delayMs: number): void {
  const { state } = turn;
  const addresses = state.addressBook.get(machine) ?? [];
  state.dialling.set(machine, { addresses, delayMs: 0 });
  state.timers.set(`dial:${machine}`, turn.nowMs + delayMs);
}

export function onBeatTimer(turn: Turn): void {
  const { state } = turn;
  state.timers.set('beat', turn.nowMs + TIMES.controlBeatMs);
  for (const machine of state.connected) sendBeat(turn, machine);
}

function sendBeat(turn: Turn, to: MachineId): void {
  emit(turn, { type: 'send', to, message: { type: 'beat', sentAt: turn.wallMs, incarnation: turn.state.incarnation } });
}

/** One gossiped message a second in small clusters, slower in larger ones, so that the sum stays the same. */
export function heartbeatIntervalMs(machines: number): number {
  return Math.round(TIMES.heartbeatMs * Math.max(1, machines / 10));
}

export function publishHeartbeat(turn: Turn, leaving: boolean): void {
  const { state } = turn;
  const clusterId = state.cluster?.id;
  if (clusterId === undefined) return;
  const intervalMs = heartbeatIntervalMs(state.roster.size);
  state.timers.set('heartbeat', turn.nowMs + intervalMs);
  state.heartbeatSequence += 1;
  const refusal = ownRefusal(turn);
  const { notAccepting: _, ...load } = state.load;
  const heartbeat: Heartbeat = {
    type: 'heartbeat',
    clusterId,
    from: state.self,
    incarnation: state.incarnation,
    sequence: state.heartbeatSequence,
    sentAt: turn.wallMs,
    intervalMs,
    facts: state.identity.facts,
    load: { ...load, slotsUsed: state.local.size, ...(refusal === undefined ? {} : { notAccepting: refusal }) },
    documentDigest: state.document.digest,
    logSequence: state.logVector.get(state.self) ?? 0,
    leaving,
  };
  emit(turn, { type: 'publish', heartbeat });
}

export function onHeartbeat(turn: Turn, beat: Heartbeat): void {
  const { state } = turn;
  const member = state.membership.get(beat.from);
  if (member === undefined || beat.clusterId !== state.cluster?.id) return;
  const late = beat.incarnation < member.incarnation;
  const repeated = beat.incarnation === member.incarnation && beat.sequence <= member.heartbeatSequence;
  if (late || repeated) return;
  if (beat.leaving) return applyMembership(turn, state.membership.left(beat.from, beat.incarnation, turn.nowMs));
  applyMembership(turn, state.membership.sign(beat.from, beat.incarnation, turn.nowMs));
  member.heartbeatSequence = beat.sequence;
  member.facts = beat.facts;
  member.load = beat.load;
  member.documentDigest = beat.documentDigest;
  member.logSequence = beat.logSequence;
  member.skew.sample(beat.sentAt, turn.wallMs);
  refreshRing(turn);
  if (!state.connected.has(beat.from)) return;
  pullIfBehind(turn, beat.from, beat.logSequence);
  if (beat.documentDigest !== state.document.digest) compareDocument(turn, beat.from, true);
}

/** Any message shows that its sender lives. */
export function onSignOfLife(turn: Turn, from: MachineId): void {
  const member = turn.state.membership.get(from);
  if (member === undefined || member.status.kind === 'left') return;
  applyMembership(turn, turn.state.membership.sign(from, member.incarnation, turn.nowMs));
}

export function onBeat(turn: Turn, from: MachineId, message: PeerMessageOf<'beat'>): void {
  turn.state.membership.get(from)?.skew.sample(message.sentAt, turn.wallMs);
  applyMembership(turn, turn.state.membership.sign(from, message.incarnation, turn.nowMs));
}

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

const PROBES_REMEMBERED = 256;

/** Another member cannot hear `target`: ask it in its place. */
export function onProbeForMe(turn: Turn, from: MachineId, message: PeerMessageOf<'probe-for-me'>): void {
  const { state } = turn;
  if (!state.connected.has(message.target)) return;
  const nonce = state.nextProbe;
  state.nextProbe += 1;
  for (const oldest of state.probesFor.keys()) {
    if (state.probesFor.size < PROBES_REMEMBERED) break;
    state.probesFor.delete(oldest);
  }
  state.probesFor.set(nonce, { asker: from, nonce: message.nonce, target: message.target });
  emit(turn, { type: 'send', to: message.target, message: { type: 'probe', nonce } });
}

export function onProbeResult(turn: Turn, message: PeerMessageOf<'probe-result'>): void {
  if (!message.alive) return;
  applyMembership(turn, turn.state.membership.vouched(message.target, message.incarnation, turn.nowMs));
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
  for (const effect of effects) {
    switch (effect.kind) {
      case 'probe':
        probe(turn, effect.target);
        break;
      case 'probe-through': {
        const nonce = state.nextProbe;
        state.nextProbe += 1;
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
  if (effects.length > 0) state.timers.setEarliest('membership', state.membership.nextTickMs(turn.nowMs));
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

function rememberAddresses(turn: Turn, machine: MachineId, addresses: readonly string[]): void {
  const { state } = turn;
  if (addresses.length === 0) return;
  const known = state.addressBook.get(machine) ?? [];
  const merged = [...new Set([...addresses, ...known])].slice(0, 8);
  if (merged.length === known.length && merged.every((address, index) => address === known[index])) return;
  state.addressBook.set(machine, merged);
  emit(turn, {
    type: 'write',
    write: { kind: 'meta', key: ADDRESSES_META, value: JSON.stringify(Object.fromEntries(state.addressBook)) },
  });
}
