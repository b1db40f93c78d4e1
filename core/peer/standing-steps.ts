/**
 * Does this machine still belong? One that was removed while it could not be reached is told by nobody, because the
 * others refuse its connections. So when a dial comes to nothing, it asks on the one protocol that strangers may use.
 * A machine of its roster that says so is believed: from then on this one starts nothing, until somebody of the cluster
 * lets it in. (Who has not heard yet that it was admitted again does so a moment later.)
 */
import type { MachineId } from '../domain/ids.ts';
import type { JoinAnswer } from '../protocol/messages.ts';
import { INVITATION_SECRET_BYTES } from '../security/invitation.ts';
import type { Result } from '../std/result.ts';
import { refreshRing } from './roster-steps.ts';
import { emit, type Turn } from './state.ts';

/** What an answer to such a question is known by. */
const QUESTION = 'standing:';
/** One question at a time, and no more often than this. */
const ASK_EVERY_MS = 5000;

/** A dial came to nothing, though nobody said that there is no agent. */
export function askForStanding(turn: Turn, machine: MachineId): void {
  const { state } = turn;
  if (state.standing.shutOutBy !== undefined) return;
  if (state.roster.get(machine)?.removed !== false || state.roster.get(state.self)?.removed !== false) return;
  if (turn.nowMs < state.standing.askFromMs) return;
  state.standing.askFromMs = turn.nowMs + ASK_EVERY_MS;
  emit(turn, {
    type: 'request-join',
    requestId: `${QUESTION}${machine}`,
    inviter: machine,
    addresses: state.addressBook.get(machine) ?? [],
    // Shows no invitation: it can only be refused, and the refusal tells why.
    request: {
      type: 'join-request',
      secret: new Uint8Array(INVITATION_SECRET_BYTES),
      name: state.identity.name,
      labels: {},
      addresses: [],
    },
  });
}

/** True when the answer was to such a question. */
export function onStandingAnswered(
  turn: Turn,
  requestId: string,
  from: MachineId,
  answer: Result<JoinAnswer>,
): boolean {
  if (!requestId.startsWith(QUESTION)) return false;
  const { state } = turn;
  const saysRemoved = answer.ok && answer.value.type === 'refused' && answer.value.code === 'MACHINE_REMOVED';
  if (!saysRemoved || state.connected.has(from) || state.roster.get(from)?.removed !== false) return true;
  state.standing.shutOutBy = from;
  emit(turn, { type: 'log', level: 'warn', message: 'this machine was removed from its cluster', fields: { from } });
  refreshRing(turn);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  return true;
}

/** Somebody of the cluster lets this machine in: it belongs. */
export function onLetIn(turn: Turn): void {
  if (turn.state.standing.shutOutBy === undefined) return;
  turn.state.standing.shutOutBy = undefined;
  refreshRing(turn);
}
