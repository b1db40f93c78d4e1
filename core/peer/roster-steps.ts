/** Whom to trust, and who is there to run things: what follows from the roster and from who is alive. */
import type { MachineId } from '../domain/ids.ts';
import type { Candidate } from '../ring/eligibility.ts';
import { dialSoon, rememberAddresses } from './dial-steps.ts';
import { refreshElectorate } from './electorate-steps.ts';
import { META } from './meta.ts';
import { evaluateAllSoon } from './occurrence-list.ts';
import { emit, type PeerState, type Turn } from './state.ts';
import { endWhenRemoved } from './trust-steps.ts';

/** Trusts exactly the machines of the roster (and, until it is here, those of the invitation). */
export function applyRoster(turn: Turn): void {
  const { state } = turn;
  // The roster is here: it alone says who is trusted.
  if (state.standing.readmitted && !isRemoved(state) && state.connected.size > 0) state.standing.readmitted = false;
  if (state.roster.has(state.self) && !state.standing.readmitted) state.sponsors.clear();
  const members = new Set<MachineId>(state.sponsors);
  for (const entry of state.roster.values()) {
    if (!entry.removed) {
      members.add(entry.id);
    } else {
      members.delete(entry.id);
      const member = state.membership.get(entry.id);
      // Who has left is not told now: it asks when it comes back.
      if (member !== undefined && member.status.kind !== 'left') bidFarewell(turn, entry.id);
    }
    if (!state.addressBook.has(entry.id)) rememberAddresses(turn, entry.id, entry.addresses);
  }
  members.delete(state.self);
  if (isRemoved(state)) keepOnly(members, state.sponsors);
  endWhenRemoved(turn);
  keepMembership(turn, members);
  refreshElectorate(turn);
  setMembers(turn, members);
  state.membership.setRoster(members);
  for (const id of members) if (!state.connected.has(id)) dialSoon(turn, id, 0);
  for (const id of [...state.dialling.keys()]) {
    if (members.has(id)) continue;
    state.dialling.delete(id);
    state.timers.clear(`dial:${id}`);
  }
  refreshRing(turn);
}

function keepOnly(members: Set<MachineId>, kept: ReadonlySet<MachineId>): void {
  for (const id of [...members]) if (!kept.has(id)) members.delete(id);
}

/** Remembered outside the document too: a machine whose database was destroyed finds the others by it. */
function keepMembership(turn: Turn, members: ReadonlySet<MachineId>): void {
  const { state } = turn;
  const { cluster } = state;
  if (cluster === undefined || isRemoved(state)) return;
  const value = JSON.stringify({ id: cluster.id, name: cluster.name, sponsors: [...members].sort() });
  if (value === state.keptMembership) return;
  state.keptMembership = value;
  emit(turn, { type: 'write', write: { kind: 'meta', key: META.joined, value } });
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
      facts: own ? state.localPolicy.facts : member?.facts,
      alive: own || state.membership.isAlive(entry.id),
      notAccepting: own ? ownRefusal(turn) : member?.load?.notAccepting,
    });
  }
  if (!state.ring.setCandidates(candidates)) return;
  evaluateAllSoon(turn);
  emit(turn, { type: 'tell', change: { kind: 'machines' } });
}

/** Why this machine takes no runs now; undefined when it does. Others hear it by heartbeat. */
export function ownRefusal({ state }: Pick<Turn, 'state'>): string | undefined {
  if (state.phase === 'stopping') return 'STOPPING';
  if (state.phase !== 'active') return state.standing.recovery === undefined ? 'SETTLING' : 'RECOVERING';
  if (state.standing.shutOut !== undefined) return state.standing.shutOut.code;
  if (state.catchingUpSinceMs !== undefined) return state.storageTrouble ?? 'SETTLING';
  return state.storageTrouble ?? state.localPolicy.refusal?.code;
}

/** This machine was removed from its cluster: nobody talks to it any more, and it starts nothing. */
export function isRemoved(state: PeerState): boolean {
  return state.roster.get(state.self)?.removed === true;
}

/** It was removed, as far as it knows or was told: a claim that it has won is not used. */
export function mayNotStart(state: PeerState): boolean {
  return isRemoved(state) || state.standing.shutOut !== undefined;
}

/** A removed machine may still read the document for a moment, so that it learns of its removal and stops. */
const FAREWELL_MS = 2000;

function bidFarewell(turn: Turn, machine: MachineId): void {
  const { state } = turn;
  if (!state.connected.has(machine) || state.farewells.has(machine) || machine === state.self) return;
  state.farewells.add(machine);
  state.timers.set(`farewell:${machine}`, turn.nowMs + FAREWELL_MS);
  const message = { type: 'document-vector', vector: state.document.vector, wantsAnswer: true } as const;
  emit(turn, { type: 'send', to: machine, message });
}

export function onFarewellTimer(turn: Turn, machine: MachineId): void {
  if (turn.state.farewells.delete(machine)) applyRoster(turn);
}

function setMembers({ state, effects }: Turn, members: ReadonlySet<MachineId>): void {
  effects.push({
    type: 'set-members',
    members: isRemoved(state) ? members : new Set([...members, ...state.farewells]),
  });
}
