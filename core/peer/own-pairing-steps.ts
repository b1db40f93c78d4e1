/**
 * Pairing, on the machine that wants to join. It believes no welcome before the person here has compared the digits:
 * otherwise whoever stands between could take it into a cluster of its own.
 *
 *   ──pair──► asking ──bound──► revealing ──nonce──► waiting (digits are shown) ──welcome, confirmed──► joined
 *                └───────────────── refused, mismatch, cancelled, its time is over ──────────────────► ended
 *
 * While it waits it asks again and again; each question is answered at once when the decision falls.
 */
import { TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import type { JoinAnswer, JoinRequest } from '../protocol/messages.ts';
import { commitmentOf, opensCommitment, PAIRING_NONCE_BYTES, pairingDigitsOf } from '../security/pairing.ts';
import type { AppError } from '../std/app-error.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import { ok, type Result } from '../std/result.ts';
import type { OwnPairing } from './admission-state.ts';
import { inOneLine } from './admission-steps.ts';
import type { CommandOf } from './commands.ts';
import { alreadyIn, codeOf, enterCluster, introduction, mayEnter, refuse } from './join-steps.ts';
import { findNearby, type Reachable } from './nearby-steps.ts';
import { emit, type Turn } from './state.ts';

/** What its requests are known by. */
const REQUEST = 'pairing:';

export function pair(turn: Turn, requestId: string, { to, machineName }: CommandOf<'pair'>): void {
  findNearby(turn, to, (later, found) => {
    if (!found.ok) return emit(later, { type: 'reply', requestId, outcome: found });
    begin(later, requestId, found.value, machineName);
  });
}

/** The person here has compared. When the digits differ, that is the end of it. */
export function confirmPairing(turn: Turn, requestId: string, { same }: CommandOf<'confirm-pairing'>): void {
  const own = turn.state.admission.ownPairing;
  if (own?.stage.kind !== 'waiting') return refuseUnknown(turn, requestId, own);
  if (same) {
    own.stage = { ...own.stage, confirmed: true };
    question(turn, own, { type: 'pair-wait', confirmed: true });
    emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  } else {
    giveUp(turn, own, 'PAIRING_MISMATCH', 'the two machines showed different digits');
  }
  emit(turn, { type: 'reply', requestId, outcome: ok({ id: own.asked }) });
}

export function cancelPairing(turn: Turn, requestId: string): void {
  const own = turn.state.admission.ownPairing;
  if (own === undefined || isOver(own)) return refuseUnknown(turn, requestId, own);
  giveUp(turn, own, 'PAIRING_CANCELLED', 'it was given up here');
  emit(turn, { type: 'reply', requestId, outcome: ok({ id: own.asked }) });
}

/** True when the answer was to a question of a pairing. */
export function onPairingAnswered(
  turn: Turn,
  requestId: string,
  from: MachineId,
  addresses: readonly string[],
  result: Result<JoinAnswer, AppError>,
): boolean {
  if (!requestId.startsWith(REQUEST)) return false;
  const own = turn.state.admission.ownPairing;
  if (own === undefined || isOver(own) || !requestId.startsWith(`${REQUEST}${own.number}:`)) return true;
  const current = own.question?.requestId === requestId;
  if (!result.ok) {
    if (current) onUnanswered(turn, own, result.error);
    return true;
  }
  const answer = result.value;
  if (answer.type === 'refused') fail(turn, own, codeOf(answer.code), wordsOf(answer));
  else if (answer.type === 'welcome') onWelcome(turn, own, from, addresses, answer);
  else if (current && answer.type === 'pair-bound') reveal(turn, own, answer);
  else if (current && answer.type === 'pair-nonce') showDigits(turn, own, answer.nonce);
  else if (current && answer.type === 'pair-pending') onPending(turn, own);
  return true;
}

/** What the other side says of itself, as it is told here. */
function wordsOf({ code, message }: Extract<JoinAnswer, { type: 'refused' }>): string {
  if (code !== 'PAIRING_NOT_FOUND') return message;
  return 'the other machine has forgotten the pairing, as it does when its agent is started anew';
}

export function onOwnPairingTimer(turn: Turn): void {
  const own = turn.state.admission.ownPairing;
  if (own === undefined || isOver(own)) return;
  if (turn.nowMs >= own.expiresAtMs) return giveUp(turn, own, 'PAIRING_EXPIRED', 'nobody has approved it in time');
  if (own.stage.kind === 'waiting' && !mayEnter(turn.state, own.stage.cluster.id)) {
    return giveUp(turn, own, 'PAIRING_CANCELLED', 'this machine has come to belong to a cluster meanwhile');
  }
  turn.state.timers.set('own-pairing', own.expiresAtMs);
  const { stage } = own;
  if (stage.kind !== 'waiting' || own.question !== undefined) return;
  question(turn, own, { type: 'pair-wait', confirmed: stage.confirmed });
}

function begin(
  turn: Turn,
  command: string,
  { id: asked, addresses }: Reachable,
  machineName: string | undefined,
): void {
  const { state } = turn;
  const { admission } = state;
  if (asked === state.self) return refuse(turn, command, 'INVALID_INPUT', 'this is the machine itself', 'to');
  const before = admission.ownPairing;
  if (before !== undefined && !isOver(before)) giveUp(turn, before, 'PAIRING_CANCELLED', 'another was begun');
  admission.pairingNumber += 1;
  const nonce = turn.random.bytes(PAIRING_NONCE_BYTES);
  const own: OwnPairing = {
    number: admission.pairingNumber,
    asked,
    addresses,
    nonce,
    expiresAtMs: turn.nowMs + TIMES.pairingMs,
    command,
    stage: { kind: 'asking' },
    question: undefined,
    questions: 0,
  };
  admission.ownPairing = own;
  state.timers.set('own-pairing', own.expiresAtMs);
  question(turn, own, { type: 'pair-ask', commitment: commitmentTo(turn, own), ...introduction(turn, machineName) });
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
}

function reveal(turn: Turn, own: OwnPairing, answer: Extract<JoinAnswer, { type: 'pair-bound' }>): void {
  if (own.stage.kind !== 'asking') return failByOrder(turn, own);
  if (!mayEnter(turn.state, answer.clusterId)) {
    giveUp(turn, own, 'ALREADY_IN_CLUSTER', 'this machine belongs to another cluster');
    return;
  }
  const cluster = { id: answer.clusterId, name: inOneLine(answer.clusterName) };
  own.stage = { kind: 'revealing', name: inOneLine(answer.name), cluster, commitment: answer.commitment };
  question(turn, own, { type: 'pair-reveal', nonce: own.nonce });
}

/** The other side has told its nonce, and shows the digits now. */
function showDigits(turn: Turn, own: OwnPairing, askedNonce: Uint8Array): void {
  const { stage } = own;
  if (stage.kind !== 'revealing') return failByOrder(turn, own);
  const sides = { asker: turn.state.self, asked: own.asked };
  if (!opensCommitment(sides, askedNonce, stage.commitment, 'asked')) {
    return giveUp(turn, own, 'PAIRING_MISMATCH', 'the other machine told another nonce than it was bound to');
  }
  const { name, cluster } = stage;
  const digits = pairingDigitsOf({ ...sides, clusterId: cluster.id, askerNonce: own.nonce, askedNonce });
  own.stage = { kind: 'waiting', confirmed: false, name, cluster, digits };
  own.question = undefined;
  const expiresAt = turn.wallMs + Math.max(0, own.expiresAtMs - turn.nowMs);
  const value = { id: own.asked, name, cluster, digits, expiresAt };
  emit(turn, { type: 'reply', requestId: own.command, outcome: ok(value) });
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  turn.state.timers.set('own-pairing', Math.min(own.expiresAtMs, turn.nowMs));
}

function failByOrder(turn: Turn, own: OwnPairing): void {
  fail(turn, own, 'PAIRING_MISMATCH', 'the other machine broke the order');
}

/** Nothing is decided yet. */
function onPending(turn: Turn, own: OwnPairing): void {
  const { stage } = own;
  const sinceMs = own.question?.sinceMs ?? turn.nowMs;
  own.question = undefined;
  if (stage.kind !== 'waiting') return failByOrder(turn, own);
  // Whoever answers at once what could wait is not asked more often for that.
  turn.state.timers.set('own-pairing', Math.min(own.expiresAtMs, Math.max(turn.nowMs, sinceMs + TIMES.pairingRetryMs)));
}

function onUnanswered(turn: Turn, own: OwnPairing, error: AppError): void {
  own.question = undefined;
  if (own.stage.kind !== 'waiting') return fail(turn, own, error.code, error.message);
  turn.state.timers.set('own-pairing', Math.min(own.expiresAtMs, turn.nowMs + TIMES.pairingRetryMs));
}

function onWelcome(
  turn: Turn,
  own: OwnPairing,
  from: MachineId,
  addresses: readonly string[],
  answer: Extract<JoinAnswer, { type: 'welcome' }>,
): void {
  const { stage } = own;
  if (stage.kind !== 'waiting' || !stage.confirmed || stage.cluster.id !== answer.clusterId || from !== own.asked) {
    return giveUp(turn, own, 'PAIRING_MISMATCH', 'the other machine let this one in before the digits were compared');
  }
  // Those who heard of the admission may have let it in before the welcome came.
  const letIn = turn.state.cluster?.id === answer.clusterId;
  if (!letIn && !mayEnter(turn.state, answer.clusterId)) {
    return fail(turn, own, 'ALREADY_IN_CLUSTER', 'this machine belongs to another cluster');
  }
  own.stage = { kind: 'joined', cluster: stage.cluster };
  own.question = undefined;
  turn.state.timers.clear('own-pairing');
  enterCluster(turn, from, addresses, answer);
}

function question(turn: Turn, own: OwnPairing, request: JoinRequest): void {
  own.questions += 1;
  const requestId = `${REQUEST}${own.number}:${own.questions}`;
  own.question = { requestId, sinceMs: turn.nowMs };
  emit(turn, { type: 'request-join', requestId, inviter: own.asked, addresses: own.addresses, request });
}

function commitmentTo({ state }: Turn, { asked, nonce }: OwnPairing): Uint8Array {
  return commitmentOf({ asker: state.self, asked }, nonce, 'asker');
}

/** Ends it on the other side, too. */
function giveUp(turn: Turn, own: OwnPairing, code: ErrorCode, message: string): void {
  if (own.stage.kind !== 'asking') question(turn, own, { type: 'pair-cancel', commitment: commitmentTo(turn, own) });
  fail(turn, own, code, message);
}

function fail(turn: Turn, own: OwnPairing, code: ErrorCode, message: string): void {
  const { stage } = own;
  own.stage = { kind: 'ended', code, message: inOneLine(message) };
  own.question = undefined;
  turn.state.timers.clear('own-pairing');
  if (stage.kind === 'asking' || stage.kind === 'revealing') refuse(turn, own.command, code, inOneLine(message));
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
}

function isOver({ stage }: OwnPairing): boolean {
  return stage.kind === 'joined' || stage.kind === 'ended';
}

function refuseUnknown(turn: Turn, requestId: string, own: OwnPairing | undefined): void {
  if (own?.stage.kind === 'joined') return alreadyIn(turn, requestId);
  if (own?.stage.kind === 'ended') return refuse(turn, requestId, own.stage.code, own.stage.message);
  refuse(turn, requestId, 'PAIRING_NOT_FOUND', 'this machine asks nobody to be paired');
}
