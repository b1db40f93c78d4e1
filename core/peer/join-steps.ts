/** How this machine comes to belong to a cluster: it founds one, or asks for admission with an invitation, and is let in. */
import { LIMITS } from '../config/constants.ts';
import { clusterIdOf, type ClusterId, type MachineId } from '../domain/ids.ts';
import type { RosterEntry } from '../domain/machine.ts';
import type { Signer } from '../ports/signer.ts';
import type { JoinAnswer } from '../protocol/messages.ts';
import { certificateText } from '../security/authorization.ts';
import { toBase64Url } from '../security/base64url.ts';
import { parseInvitation } from '../security/invitation.ts';
import { ROOT_SEED_BYTES } from '../security/root-key.ts';
import { appError, type AppError } from '../std/app-error.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { Introduction } from './admission-steps.ts';
import { noteAudit } from './audit-steps.ts';
import type { CommandOf } from './commands.ts';
import { rememberAddresses } from './dial-steps.ts';
import { editDocument, reopenDocument } from './document-steps.ts';
import { becomeActive, beginSettling } from './life-steps.ts';
import { META } from './meta.ts';
import { keepRootSeed } from './recovery-kit-steps.ts';
import { applyRoster, mayNotStart } from './roster-steps.ts';
import { emit, type PeerState, type Turn } from './state.ts';

type Welcome = Extract<JoinAnswer, { type: 'welcome' }>;

/** The root key is made for the cluster alone. It certifies the founder, whose entry carries that from the first. */
export function createCluster(turn: Turn, requestId: string, command: CommandOf<'create-cluster'>): void {
  const { state } = turn;
  const seed = turn.random.bytes(ROOT_SEED_BYTES);
  const root = turn.createSigner(seed);
  const id = clusterIdOf(root.self);
  const settings = { id, name: command.name, root: root.self, createdAt: turn.wallMs };
  const entry = certifiedEntry(turn, id, root, command.machineName);
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
        noteAudit(later, 'cluster-created', { by: state.self, subject: command.name, detail: `its id is ${id}` });
        beginSettling(later);
        // A cluster of one has nobody to catch up with.
        becomeActive(later);
        emit(later, { type: 'reply', requestId, outcome: ok({ id, name: command.name }) });
      },
      fail: failWith(requestId),
    },
  );
}

/**
 * The own entry of a machine that the root key makes an admin: the founder's, or of the first after all were lost.
 * @param name what it is called in it; by default as it was started
 */
export function certifiedEntry(
  { state, wallMs }: Turn,
  cluster: ClusterId,
  root: Signer,
  name: string = state.identity.name,
): RosterEntry {
  return {
    id: state.self,
    name,
    labels: { ...state.identity.labels },
    roles: ['admin', 'editor', 'executor'],
    weight: 1,
    voter: true,
    drained: false,
    removed: false,
    addedBy: state.self,
    addedAt: wallMs,
    addresses: [...state.ownAddresses].slice(0, LIMITS.addressesPerMachine),
    sealingKey: state.identity.sealingKey,
    certificate: toBase64Url(root.sign(certificateText(cluster, state.self))),
  };
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
  state.joining.set(requestId, { clusterId, outside: mayEnter(state, clusterId) });
  emit(turn, {
    type: 'request-join',
    requestId,
    inviter,
    addresses,
    request: { type: 'join-request', secret, ...introduction(turn, command.machineName) },
  });
}

/** How this machine describes itself to whoever may admit it. @param name as a person here has chosen, if so */
export function introduction({ state }: Turn, name: string = state.identity.name): Introduction {
  return {
    name,
    labels: { ...state.identity.labels },
    addresses: [...state.ownAddresses].slice(0, LIMITS.addressesPerMachine),
    sealingKey: state.identity.sealingKey,
  };
}

export function onJoinAnswered(
  turn: Turn,
  requestId: string,
  inviter: MachineId,
  addresses: readonly string[],
  result: Result<JoinAnswer, AppError>,
): void {
  const { state } = turn;
  const asked = state.joining.get(requestId);
  if (asked === undefined) return;
  state.joining.delete(requestId);
  if (!result.ok) return emit(turn, { type: 'reply', requestId, outcome: result });
  const answer = result.value;
  if (answer.type === 'refused') return refuse(turn, requestId, codeOf(answer.code), answer.message);
  if (answer.type !== 'welcome' || answer.clusterId !== asked.clusterId) {
    return refuse(turn, requestId, 'TOKEN_INVALID', 'the inviter answered for another cluster than its invitation');
  }
  // Those who heard of the admission may have let it in before the welcome came.
  const letIn = asked.outside && state.cluster?.id === answer.clusterId;
  if (!letIn && !mayEnter(state, answer.clusterId)) return alreadyIn(turn, requestId);
  enterCluster(turn, inviter, addresses, answer);
  emit(turn, { type: 'reply', requestId, outcome: ok({ id: answer.clusterId, name: answer.clusterName }) });
}

/** It belongs to no cluster, or to this one, which does not let it in any more. */
export function mayEnter(state: PeerState, clusterId: ClusterId): boolean {
  const inCluster = state.cluster !== undefined || state.joined !== undefined;
  const elsewhere = state.cluster !== undefined && state.cluster.id !== clusterId;
  return !elsewhere && (!inCluster || mayNotStart(state));
}

/** It was admitted: from here on it trusts whom the welcome names, until the roster is here. */
export function enterCluster(turn: Turn, by: MachineId, addresses: readonly string[], answer: Welcome): void {
  const { state } = turn;
  state.joined = { id: answer.clusterId, name: answer.clusterName };
  state.standing.readmitted = state.cluster !== undefined;
  state.sponsors.clear();
  state.sponsors.add(by);
  rememberAddresses(turn, by, addresses);
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
  // What its actor wrote after the removal is void for ever: it begins another.
  if (state.standing.readmitted) reopenDocument(turn);
  // Who has planned before goes on with it as soon as the roster says that it belongs.
  else beginSettling(turn);
  applyRoster(turn);
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

const JOIN_REFUSALS: ReadonlySet<string> = new Set<ErrorCode>([
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_USED',
  'TOKEN_CANCELLED',
  'TOO_MANY_ATTEMPTS',
  'PAIRING_NOT_FOUND',
  'PAIRING_REFUSED',
  'PAIRING_MISMATCH',
  'PAIRING_EXPIRED',
  'PAIRING_CANCELLED',
  'BUSY',
  'STORAGE_FULL',
  'LIMIT_EXCEEDED',
  'STOPPING',
  'NO_CLUSTER',
  'MACHINE_REMOVED',
]);

/** Only codes that a refusal can have are believed. */
export function codeOf(text: string): ErrorCode {
  return JOIN_REFUSALS.has(text) ? (text as ErrorCode) : 'NOT_AUTHORIZED';
}
