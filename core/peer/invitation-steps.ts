/**
 * Invitations, on the machine that makes them: bound to the first machine that shows one, good for a while, and taken back
 * at any time. Only hashes of their secrets are kept. Wrong ones are counted against whoever shows them.
 *
 *   open ──shown by a machine──► used (by it alone, also when the answer was lost)
 *     ├────── taken back ──────► cancelled
 *     └────── its time ────────► expired, and forgotten
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { LIMITS } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import type { JoinRequestOf } from '../protocol/messages.ts';
import { encodeInvitation, INVITATION_SECRET_BYTES } from '../security/invitation.ts';
import { sameBytes } from '../security/pairing.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import { ok } from '../std/result.ts';
import type { Invitation } from './admission-state.ts';
import { admit, answerRefusal, isFull, newcomerOf } from './admission-steps.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import type { CommandOf, InvitationState } from './commands.ts';
import { refuse } from './join-steps.ts';
import { META } from './meta.ts';
import { mayNotStart } from './roster-steps.ts';
import { refusalOfStanding } from './standing-steps.ts';
import { emit, type PeerState, type Turn } from './state.ts';

/** An invitation is named by the first characters of its hash. */
const ID_LENGTH = 8;

export function invite(turn: Turn, requestId: string, command: CommandOf<'invite'>): void {
  const { state } = turn;
  const { cluster } = state;
  if (cluster === undefined) return refuse(turn, requestId, 'NO_CLUSTER', 'this machine belongs to no cluster yet');
  if (mayNotStart(state)) {
    const message = 'its cluster does not let this machine in, so it can invite nobody';
    return refuse(turn, requestId, 'MACHINE_REMOVED', message);
  }
  makeRoom(turn);
  if (state.invitations.size >= LIMITS.invitations) {
    return refuse(turn, requestId, 'LIMIT_EXCEEDED', `${LIMITS.invitations} invitations are open already`);
  }
  const secret = turn.random.bytes(INVITATION_SECRET_BYTES);
  const expiresAt = turn.wallMs + command.expiresMs;
  const invitation: Invitation = {
    secretHash: bytesToHex(sha256(secret)),
    roles: command.roles,
    labels: command.labels ?? {},
    createdAt: turn.wallMs,
    expiresAt,
    usedBy: undefined,
    cancelled: false,
  };
  put(turn, invitation);
  const token = encodeInvitation({
    clusterId: cluster.id,
    clusterName: cluster.name,
    inviter: state.self,
    addresses: state.ownAddresses.slice(0, LIMITS.addressesPerMachine),
    secret,
    expiresAt,
  });
  const id = idOf(invitation);
  noteAudit(turn, 'invitation-made', {
    by: state.self,
    subject: id,
    detail: `for a machine as ${rolesText(invitation)}`,
  });
  emit(turn, { type: 'reply', requestId, outcome: ok({ id, token, expiresAt }) });
}

/** All that have not expired, newest first. */
export function listInvitations(turn: Turn, requestId: string): void {
  const invitations = [...turn.state.invitations.values()]
    .filter(({ expiresAt }) => expiresAt > turn.wallMs)
    .sort((a, b) => b.createdAt - a.createdAt || (a.secretHash < b.secretHash ? -1 : 1))
    .map((each) => ({
      id: idOf(each),
      state: stateOf(each),
      roles: each.roles,
      labels: each.labels,
      createdAt: each.createdAt,
      expiresAt: each.expiresAt,
      usedBy: each.usedBy,
    }));
  emit(turn, { type: 'reply', requestId, outcome: ok({ invitations }) });
}

export function cancelInvitation(turn: Turn, requestId: string, { id }: CommandOf<'cancel-invitation'>): void {
  const matches = [...turn.state.invitations.values()].filter(
    (each) => each.expiresAt > turn.wallMs && each.secretHash.startsWith(id.toLowerCase()),
  );
  const [invitation, second] = matches;
  if (invitation === undefined || second !== undefined || id.length < ID_LENGTH) {
    return refuse(turn, requestId, 'INVITATION_NOT_FOUND', `there is no open invitation "${id}"`);
  }
  if (invitation.usedBy !== undefined) {
    const message = `it has admitted "${nameOf(turn.state, invitation.usedBy)}" already`;
    return refuse(turn, requestId, 'TOKEN_USED', message);
  }
  put(turn, { ...invitation, cancelled: true });
  noteAudit(turn, 'invitation-made', { by: turn.state.self, subject: idOf(invitation), detail: 'taken back' });
  emit(turn, { type: 'reply', requestId, outcome: ok({ id: idOf(invitation) }) });
}

/** A machine outside the roster shows an invitation. One invitation admits one machine. */
export function onJoinRequest(
  turn: Turn,
  requestId: string,
  from: MachineId,
  request: JoinRequestOf<'join-request'>,
  remoteAddress: string,
): void {
  const { state } = turn;
  const { wrongTokens } = state.admission;
  const asksStanding = request.secret.every((byte) => byte === 0);
  if (!asksStanding && wrongTokens.isBarred(from, turn.nowMs)) {
    return refuseJoin(turn, requestId, from, 'TOO_MANY_ATTEMPTS', 'this machine has shown too many wrong invitations');
  }
  const invitation = findInvitation(state, request.secret);
  if (invitation === undefined) {
    const outside = refusalOfStanding(state, from, request);
    if (outside !== undefined) return answerRefusal(turn, requestId, outside.code, outside.message);
    const message = 'this invitation is not known here';
    if (asksStanding) return answerRefusal(turn, requestId, 'TOKEN_INVALID', message);
    const exhausted = wrongTokens.isExhausted(turn.nowMs);
    wrongTokens.note(from, turn.nowMs);
    if (!exhausted) return refuseJoin(turn, requestId, from, 'TOKEN_INVALID', message);
    return refuseJoin(turn, requestId, from, 'TOO_MANY_ATTEMPTS', 'too many wrong invitations were shown here');
  }
  const fault = faultOf(turn, invitation, from);
  if (fault !== undefined) return refuseJoin(turn, requestId, from, ...fault);
  put(turn, { ...invitation, usedBy: from });
  const newcomer = newcomerOf(from, request);
  const labels = { ...request.labels, ...invitation.labels };
  admit(turn, requestId, newcomer, { roles: invitation.roles, labels }, (later, entry) => {
    const detail = `let in "${entry.name}" (${from}, at ${remoteAddress}) as ${rolesText(entry)}`;
    noteAudit(later, 'invitation-used', { by: from, subject: idOf(invitation), detail });
    const fields = { machine: from, name: entry.name, remoteAddress };
    emit(later, { type: 'log', level: 'info', message: 'machine admitted', fields });
  });
}

/** Why this machine is not let in by it. */
function faultOf(turn: Turn, invitation: Invitation, from: MachineId): [ErrorCode, string] | undefined {
  const { state } = turn;
  const name = state.cluster?.name ?? '';
  if (invitation.usedBy !== undefined && invitation.usedBy !== from) {
    return ['TOKEN_USED', 'this invitation has admitted another machine already'];
  }
  if (invitation.usedBy === from && state.roster.get(from)?.removed === true) {
    return ['MACHINE_REMOVED', 'this machine was removed after this invitation had admitted it'];
  }
  if (invitation.cancelled) return ['TOKEN_CANCELLED', `the invitation to "${name}" was taken back`];
  if (invitation.expiresAt <= turn.wallMs) return ['TOKEN_EXPIRED', `the invitation to "${name}" has expired`];
  if (state.cluster === undefined) return ['TOKEN_INVALID', 'this invitation is not known here'];
  return isFull(state, from)
    ? ['LIMIT_EXCEEDED', `a cluster has at most ${LIMITS.machinesPerCluster} machines`]
    : undefined;
}

function refuseJoin(turn: Turn, requestId: string, from: MachineId, code: ErrorCode, message: string): void {
  // Counted by what was wrong: who guesses does not hide who comes with an invitation that was taken back.
  const fields = { subject: nameOf(turn.state, from), detail: `${code}: ${message}`, source: code };
  noteAudit(turn, 'join-refused', { by: from, ...fields });
  answerRefusal(turn, requestId, code, message);
}

/** Hashes are compared, each in full: time tells nothing of a secret. */
function findInvitation({ invitations }: PeerState, secret: Uint8Array): Invitation | undefined {
  const hash = sha256(secret);
  let found: Invitation | undefined;
  for (const each of invitations.values()) if (sameBytes(hexToBytes(each.secretHash), hash)) found = each;
  return found;
}

/** Expired ones are forgotten; those that admit nobody any more, when there is no room. */
function makeRoom({ state, wallMs }: Turn): void {
  const { invitations } = state;
  for (const [hash, each] of invitations) if (each.expiresAt <= wallMs) invitations.delete(hash);
  for (const [hash, each] of invitations) {
    if (invitations.size < LIMITS.invitations) return;
    if (stateOf(each) !== 'open') invitations.delete(hash);
  }
}

function stateOf({ usedBy, cancelled }: Invitation): InvitationState {
  if (usedBy !== undefined) return 'used';
  return cancelled ? 'cancelled' : 'open';
}

function idOf({ secretHash }: Invitation): string {
  return secretHash.slice(0, ID_LENGTH);
}

function rolesText({ roles }: Pick<Invitation, 'roles'>): string {
  return roles.join(', ');
}

function put(turn: Turn, invitation: Invitation): void {
  const { invitations } = turn.state;
  invitations.set(invitation.secretHash, invitation);
  const value = JSON.stringify([...invitations.values()]);
  emit(turn, { type: 'write', write: { kind: 'meta', key: META.invitations, value } });
}
