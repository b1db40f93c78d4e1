/** Admission: inviting, being asked, asking, and being admitted. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { LIMITS } from '../config/constants.ts';
import { clusterIdOf, type MachineId } from '../domain/ids.ts';
import type { RosterEntry } from '../domain/machine.ts';
import type { JoinAnswer, JoinRequest } from '../protocol/messages.ts';
import { certificateText } from '../security/authorization.ts';
import { toBase64Url } from '../security/base64url.ts';
import { encodeInvitation, INVITATION_SECRET_BYTES, parseInvitation } from '../security/invitation.ts';
import { ROOT_SEED_BYTES } from '../security/root-key.ts';
import { appError, type AppError } from '../std/app-error.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { CommandOf } from './commands.ts';
import { rememberAddresses } from './dial-steps.ts';
import { editDocument } from './document-steps.ts';
import { becomeActive, beginSettling } from './life-steps.ts';
import { META } from './meta.ts';
import { keepRootSeed } from './recovery-kit-steps.ts';
import { applyRoster, mayNotStart } from './roster-steps.ts';
import { refusalOfStanding } from './standing-steps.ts';
import { emit, type Invitation, type Turn } from './state.ts';

/** The root key is made for the cluster alone. It certifies the founder, whose entry carries that from the first. */
export function createCluster(turn: Turn, requestId: string, command: CommandOf<'create-cluster'>): void {
  const { state } = turn;
  const seed = turn.random.bytes(ROOT_SEED_BYTES);
  const root = turn.createSigner(seed);
  const id = clusterIdOf(root.self);
  const settings = { id, name: command.name, root: root.self, createdAt: turn.wallMs };
  const entry: RosterEntry = {
    id: state.self,
    name: state.identity.name,
    labels: { ...state.identity.labels },
    roles: ['admin', 'editor', 'executor'],
    weight: 1,
    voter: true,
    drained: false,
    removed: false,
    addedBy: state.self,
    addedAt: turn.wallMs,
    addresses: [...state.ownAddresses].slice(0, LIMITS.addressesPerMachine),
    certificate: toBase64Url(root.sign(certificateText(id, state.self))),
  };
  editDocument(
    turn,
    requestId,
    [
      { kind: 'create-cluster', settings },
      { kind: 'put-machine', entry },
    ],
    {
      finish: (later) => {
        keepRootSeed(later, toBase64Url(seed));
        beginSettling(later);
        // A cluster of one has nobody to catch up with.
        becomeActive(later);
        emit(later, { type: 'reply', requestId, outcome: ok({ id, name: command.name }) });
      },
      fail: failWith(requestId),
    },
  );
}

export function invite(turn: Turn, requestId: string, command: CommandOf<'invite'>): void {
  const { state } = turn;
  const { cluster } = state;
  if (cluster === undefined) return refuse(turn, requestId, 'NO_CLUSTER', 'this machine belongs to no cluster yet');
  if (mayNotStart(state)) {
    return refuse(
      turn,
      requestId,
      'MACHINE_REMOVED',
      'its cluster does not let this machine in, so it can invite nobody',
    );
  }
  for (const [hash, old] of state.invitations) if (old.expiresAt <= turn.wallMs) state.invitations.delete(hash);
  if (state.invitations.size >= LIMITS.invitations) {
    return refuse(turn, requestId, 'LIMIT_EXCEEDED', `${LIMITS.invitations} invitations are open already`);
  }
  const secret = turn.random.bytes(INVITATION_SECRET_BYTES);
  const expiresAt = turn.wallMs + command.expiresMs;
  const invitation: Invitation = { secretHash: hashOf(secret), roles: command.roles, expiresAt, usedBy: undefined };
  state.invitations.set(invitation.secretHash, invitation);
  writeInvitations(turn);
  const token = encodeInvitation({
    clusterId: cluster.id,
    clusterName: cluster.name,
    inviter: state.self,
    addresses: state.ownAddresses.slice(0, LIMITS.addressesPerMachine),
    secret,
    expiresAt,
  });
  emit(turn, { type: 'reply', requestId, outcome: ok({ token, expiresAt }) });
}

export function join(turn: Turn, requestId: string, command: CommandOf<'join'>): void {
  const { state } = turn;
  const invitation = parseInvitation(command.token);
  if (!invitation.ok) return emit(turn, { type: 'reply', requestId, outcome: invitation });
  const { inviter, addresses, secret, expiresAt, clusterId, clusterName } = invitation.value;
  if (inviter === state.self) {
    return refuse(turn, requestId, 'TOKEN_INVALID', 'this invitation was made by this very machine; use it on another');
  }
  if (expiresAt <= turn.wallMs) {
    return refuse(turn, requestId, 'TOKEN_EXPIRED', `the invitation to "${clusterName}" has expired`);
  }
  // Who does not belong any more may be let in again, by the cluster whose document it holds.
  if (state.cluster !== undefined && state.cluster.id !== clusterId) return alreadyIn(turn, requestId);
  state.joining.set(requestId, { token: command.token });
  emit(turn, {
    type: 'request-join',
    requestId,
    inviter,
    addresses,
    request: {
      type: 'join-request',
      secret,
      name: state.identity.name,
      labels: { ...state.identity.labels },
      addresses: [...state.ownAddresses].slice(0, LIMITS.addressesPerMachine),
    },
  });
}

/** A machine outside the roster shows an invitation. One invitation admits one machine. */
export function onJoinRequest(
  turn: Turn,
  requestId: string,
  from: MachineId,
  request: JoinRequest,
  remoteAddress: string,
): void {
  const { state } = turn;
  const { cluster } = state;
  const invitation = state.invitations.get(hashOf(request.secret));
  const outside = invitation === undefined ? refusalOfStanding(state, from, request) : undefined;
  if (outside !== undefined) return answerRefusal(turn, requestId, outside.code, outside.message);
  if (cluster === undefined || invitation === undefined) {
    return answerRefusal(turn, requestId, 'TOKEN_INVALID', 'this invitation is not known here');
  }
  if (invitation.usedBy !== undefined && invitation.usedBy !== from) {
    return answerRefusal(turn, requestId, 'TOKEN_USED', 'this invitation has admitted another machine already');
  }
  if (invitation.expiresAt <= turn.wallMs) {
    return answerRefusal(turn, requestId, 'TOKEN_EXPIRED', `the invitation to "${cluster.name}" has expired`);
  }
  if (state.roster.size >= LIMITS.machinesPerCluster && !state.roster.has(from)) {
    return answerRefusal(
      turn,
      requestId,
      'LIMIT_EXCEEDED',
      `a cluster has at most ${LIMITS.machinesPerCluster} machines`,
    );
  }
  state.invitations.set(invitation.secretHash, { ...invitation, usedBy: from });
  writeInvitations(turn);
  const entry: RosterEntry = {
    id: from,
    name: uniqueName(turn, from, request.name),
    labels: request.labels,
    roles: [...invitation.roles],
    weight: 1,
    // It becomes one when the present voters agree.
    voter: false,
    drained: false,
    removed: false,
    addedBy: state.self,
    addedAt: turn.wallMs,
    addresses: [...request.addresses].slice(0, LIMITS.addressesPerMachine),
  };
  rememberAddresses(turn, from, request.addresses);
  editDocument(turn, requestId, [{ kind: 'put-machine', entry }], {
    finish: (later) => {
      emit(later, { type: 'answer-join', requestId, answer: welcome(later) });
      emit(later, {
        type: 'log',
        level: 'info',
        message: 'machine admitted',
        fields: { machine: from, name: entry.name, remoteAddress },
      });
    },
    fail: (later) => answerRefusal(later, requestId, 'STOPPING', 'the inviter is shutting down'),
  });
}

export function onJoinAnswered(
  turn: Turn,
  requestId: string,
  inviter: MachineId,
  addresses: readonly string[],
  result: Result<JoinAnswer, AppError>,
): void {
  const { state } = turn;
  if (!state.joining.delete(requestId)) return;
  if (!result.ok) return emit(turn, { type: 'reply', requestId, outcome: result });
  const answer = result.value;
  if (answer.type === 'refused') return refuse(turn, requestId, codeOf(answer.code), answer.message);
  const inCluster = state.cluster !== undefined || state.joined !== undefined;
  const elsewhere = state.cluster !== undefined && state.cluster.id !== answer.clusterId;
  if (elsewhere || (inCluster && !mayNotStart(state))) return alreadyIn(turn, requestId);
  state.joined = { id: answer.clusterId, name: answer.clusterName };
  state.standing.readmitted = state.cluster !== undefined;
  state.sponsors.clear();
  state.sponsors.add(inviter);
  rememberAddresses(turn, inviter, addresses);
  for (const member of answer.members) {
    if (member.id === state.self) continue;
    state.sponsors.add(member.id);
    rememberAddresses(turn, member.id, member.addresses);
  }
  emit(turn, {
    type: 'write',
    write: {
      kind: 'meta',
      key: META.joined,
      value: JSON.stringify({ ...state.joined, sponsors: [...state.sponsors] }),
    },
  });
  // Who has planned before goes on with it as soon as the roster says that it belongs.
  if (!state.standing.readmitted) beginSettling(turn);
  applyRoster(turn);
  emit(turn, { type: 'reply', requestId, outcome: ok({ id: answer.clusterId, name: answer.clusterName }) });
}

export function alreadyIn(turn: Turn, requestId: string): void {
  const name = turn.state.cluster?.name ?? turn.state.joined?.name ?? '';
  refuse(turn, requestId, 'ALREADY_IN_CLUSTER', `this machine belongs to the cluster "${name}" already`);
}

export function refuse(turn: Turn, requestId: string, code: ErrorCode, message: string, field?: string): void {
  const error = appError(code, message, field === undefined ? {} : { field });
  emit(turn, { type: 'reply', requestId, outcome: err(error) });
}

export function failWith(requestId: string): (turn: Turn, code: 'PEER_TIMEOUT' | 'STOPPING') => void {
  return (turn, code) =>
    refuse(turn, requestId, code, code === 'STOPPING' ? 'the agent is shutting down' : 'no answer came');
}

function welcome(turn: Turn): JoinAnswer {
  const { state } = turn;
  const members = [...state.roster.values()]
    .filter((entry) => !entry.removed)
    .map(({ id }) => ({
      id,
      addresses: [...(id === state.self ? state.ownAddresses : (state.addressBook.get(id) ?? []))].slice(
        0,
        LIMITS.addressesPerMachine,
      ),
    }));
  const { cluster } = state;
  if (cluster === undefined) return { type: 'refused', code: 'NO_CLUSTER', message: 'the inviter has no cluster' };
  return { type: 'welcome', clusterId: cluster.id, clusterName: cluster.name, members };
}

function answerRefusal(turn: Turn, requestId: string, code: ErrorCode, message: string): void {
  emit(turn, { type: 'answer-join', requestId, answer: { type: 'refused', code, message } });
}

const JOIN_REFUSALS: ReadonlySet<string> = new Set<ErrorCode>([
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_USED',
  'LIMIT_EXCEEDED',
  'STOPPING',
  'NO_CLUSTER',
  'MACHINE_REMOVED',
]);

/** Only codes that a refusal can have are believed. */
function codeOf(text: string): ErrorCode {
  return JOIN_REFUSALS.has(text) ? (text as ErrorCode) : 'NOT_AUTHORIZED';
}

/** Names may repeat in the document; a newcomer is told apart all the same. */
function uniqueName(turn: Turn, id: MachineId, wanted: string): string {
  const taken = new Set([...turn.state.roster.values()].filter((entry) => entry.id !== id).map((entry) => entry.name));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`.slice(-LIMITS.nameLength);
  return name;
}

function writeInvitations(turn: Turn): void {
  const value = JSON.stringify([...turn.state.invitations.values()]);
  emit(turn, { type: 'write', write: { kind: 'meta', key: META.invitations, value } });
}

function hashOf(secret: Uint8Array): string {
  return bytesToHex(sha256(secret));
}
