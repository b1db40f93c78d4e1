/**
 * Does this machine still belong? One that was removed while it could not be reached is told by nobody, because the
 * others refuse its connections. So when a dial comes to nothing, it asks on the one protocol that strangers may use.
 * A machine of its roster that says so is believed: from then on this one starts nothing, until somebody of the cluster
 * lets it in. (Who has not heard yet that it was admitted again does so a moment later.)
 *
 * What runs is ended when an admin says so, or most of all others: one member alone cannot stop another's work.
 *
 * The same befalls a machine whose admission came to nothing: its inviter was lost, or removed, before any other heard of
 * it. The others do not know it, and that counts as long as nobody lets it in. Either way people may invite it again.
 */
import type { MachineId } from '../domain/ids.ts';
import type { JoinAnswer, JoinRequestOf } from '../protocol/messages.ts';
import { INVITATION_SECRET_BYTES } from '../security/invitation.ts';
import { appError, type AppError } from '../std/app-error.ts';
import type { Result } from '../std/result.ts';
import { isRemoved, mayNotStart, refreshRing } from './roster-steps.ts';
import { emit, type PeerState, type ShutOutCode, type Turn } from './state.ts';
import { endWhenRemoved, isSurelyRemoved } from './trust-steps.ts';

/** What an answer to such a question is known by. */
const QUESTION = 'standing:';
/** One question at a time, and no more often than this. */
const ASK_EVERY_MS = 5000;

/** A dial came to nothing, though nobody said that there is no agent. */
export function askForStanding(turn: Turn, machine: MachineId): void {
  const { state } = turn;
  const { shutOut } = state.standing;
  const sure = shutOut?.code !== 'MACHINE_REMOVED' || isSurelyRemoved(state);
  if (shutOut !== undefined && sure) return;
  if (!isTrusted(state, machine) || isRemoved(state)) return;
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
  const code = answer.ok && answer.value.type === 'refused' ? answer.value.code : '';
  if (!isTrusted(state, from) || !isHeeded(state, from, code)) return true;
  const { standing } = state;
  if (code === 'MACHINE_REMOVED') standing.witnesses.add(from);
  const known = standing.shutOut?.code === code;
  standing.shutOut = { by: from, code };
  endWhenRemoved(turn);
  if (known) return true;
  const message =
    code === 'MACHINE_REMOVED' ? 'this machine was removed from its cluster' : 'the cluster does not know this machine';
  emit(turn, { type: 'log', level: 'warn', message, fields: { from } });
  refreshRing(turn);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  return true;
}

/** Who has not heard yet of an admission says the same as who never will: it counts while nobody else lets us in. */
function isHeeded(state: PeerState, from: MachineId, code: string): code is ShutOutCode {
  if (code === 'MACHINE_REMOVED') return !state.connected.has(from);
  return code === 'MACHINE_NOT_FOUND' && [...state.connected].every((machine) => isShutOut(state, machine));
}

/** It says itself that the others do not let it in: that it talks to this machine means nothing. */
function isShutOut({ membership }: PeerState, machine: MachineId): boolean {
  const said = membership.get(machine)?.load?.notAccepting;
  return said === 'MACHINE_REMOVED' || said === 'MACHINE_NOT_FOUND';
}

/** By the roster, or by the invitation as long as there is no roster. */
function isTrusted({ roster, sponsors }: PeerState, machine: MachineId): boolean {
  return roster.get(machine)?.removed === false || sponsors.has(machine);
}

/** The refusal of a question about standing; undefined when it was none, or nothing can be said. */
export function refusalOfStanding(
  state: PeerState,
  from: MachineId,
  { secret }: JoinRequestOf<'join-request'>,
): AppError | undefined {
  const entry = state.roster.get(from);
  if (entry?.removed === true) return appError('MACHINE_REMOVED', 'this machine was removed from the cluster');
  const asks = secret.every((byte) => byte === 0);
  if (!asks || entry !== undefined || state.phase !== 'active' || mayNotStart(state)) return undefined;
  return appError('MACHINE_NOT_FOUND', 'this machine is not known here');
}

/** Somebody lets this machine in: it belongs, if that one does. */
export function onLetIn(turn: Turn, machine: MachineId): void {
  if (turn.state.standing.shutOut === undefined || isShutOut(turn.state, machine)) return;
  turn.state.standing.shutOut = undefined;
  turn.state.standing.witnesses.clear();
  refreshRing(turn);
}
