/**
 * Pairing, on the machine that is asked. Nothing is written before a person here has approved, and a person there has said
 * that both screens show the same digits (`security/pairing`).
 *
 *   ──pair-ask──► committed ──reveal, it fits──► shown ──approved and confirmed──► admitting ──► welcome, forgotten
 *                     │                            │
 *                     └──────── another nonce, ────┴── refused, cancelled, its time is over ──► ended, told once more
 *
 * A machine that asks again begins anew: new nonces. What counts against the few tries of all is a pairing whose digits are
 * shown: before that this machine is bound to its nonce, and has not told it.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import type { JoinRequestOf } from '../protocol/messages.ts';
import { commitmentOf, opensCommitment, PAIRING_NONCE_BYTES, pairingDigitsOf, sameBytes } from '../security/pairing.ts';
import { addressShare } from '../security/stranger-address.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import { ok } from '../std/result.ts';
import type { AskedPairing, AskedStage } from './admission-state.ts';
import { admit, answerRefusal, isFull, newcomerOf } from './admission-steps.ts';
import { noteAudit } from './audit-steps.ts';
import type { CommandOf } from './commands.ts';
import { refuse } from './join-steps.ts';
import { mayNotStart } from './roster-steps.ts';
import { emit, type Turn } from './state.ts';

type Shown = Extract<AskedStage, { kind: 'shown' }>;

export function onPairAsk(
  turn: Turn,
  requestId: string,
  from: MachineId,
  request: JoinRequestOf<'pair-ask'>,
  remoteAddress: string,
): void {
  const { state } = turn;
  const { cluster, admission } = state;
  const fault = refusalOfAsking(turn, from, remoteAddress);
  if (cluster === undefined || fault !== undefined) {
    const [code, message] = fault ?? ['NO_CLUSTER', 'this machine belongs to no cluster'];
    noteAudit(turn, 'stranger-refused', { by: from, subject: from, detail: `asked to be paired: ${message}` });
    return answerRefusal(turn, requestId, code, message);
  }
  const before = admission.pairings.get(from);
  if (before !== undefined) end(turn, before, 'PAIRING_CANCELLED', 'the machine has asked anew');
  admission.pairingTries.noteQuestion(from, addressShare(remoteAddress), turn.nowMs);
  const nonce = turn.random.bytes(PAIRING_NONCE_BYTES);
  const newcomer = newcomerOf(from, request);
  admission.pairings.set(from, {
    newcomer,
    commitment: request.commitment,
    remoteAddress,
    askedAt: turn.wallMs,
    expiresAtMs: turn.nowMs + TIMES.pairingMs,
    stage: { kind: 'committed', nonce },
  });
  state.timers.set(`pairing:${from}`, turn.nowMs + TIMES.pairingRevealMs);
  noteAudit(turn, 'pairing-asked', { by: from, subject: newcomer.name, detail: `asks to join, at ${remoteAddress}` });
  const name = state.roster.get(state.self)?.name ?? state.identity.name;
  const commitment = commitmentOf({ asker: from, asked: state.self }, nonce, 'asked');
  const answer = { type: 'pair-bound', commitment, clusterId: cluster.id, clusterName: cluster.name, name } as const;
  emit(turn, { type: 'answer-join', requestId, answer });
}

export function onPairReveal(
  turn: Turn,
  requestId: string,
  from: MachineId,
  { nonce }: JoinRequestOf<'pair-reveal'>,
): void {
  const { state } = turn;
  const { cluster, admission } = state;
  const pairing = admission.pairings.get(from);
  if (pairing?.stage.kind !== 'committed' || cluster === undefined) return answerUnknown(turn, requestId, pairing);
  const { nonce: askedNonce } = pairing.stage;
  const sides = { asker: from, asked: state.self };
  if (!opensCommitment(sides, nonce, pairing.commitment, 'asker')) {
    const message = 'its nonce is not the one that it was bound to';
    noteAudit(turn, 'pairing-refused', { by: from, subject: pairing.newcomer.name, detail: message });
    end(turn, pairing, 'PAIRING_MISMATCH', message);
    return answerUnknown(turn, requestId, pairing);
  }
  const share = addressShare(pairing.remoteAddress);
  const who = admission.pairingTries.whoComparedTooOften(from, share, turn.nowMs);
  if (who !== undefined) {
    const message = tooOften(who);
    noteAudit(turn, 'pairing-refused', { by: from, subject: pairing.newcomer.name, detail: message });
    end(turn, pairing, 'TOO_MANY_ATTEMPTS', message);
    return answerUnknown(turn, requestId, pairing);
  }
  admission.pairingTries.noteComparison(from, share, turn.nowMs);
  const digits = pairingDigitsOf({ ...sides, clusterId: cluster.id, askerNonce: nonce, askedNonce });
  pairing.stage = { kind: 'shown', digits, confirmed: false, approval: undefined, waiter: undefined };
  state.timers.set(`pairing:${from}`, pairing.expiresAtMs);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  emit(turn, { type: 'answer-join', requestId, answer: { type: 'pair-nonce', nonce: askedNonce } });
}

export function onPairWait(
  turn: Turn,
  requestId: string,
  from: MachineId,
  { confirmed }: JoinRequestOf<'pair-wait'>,
): void {
  const pairing = turn.state.admission.pairings.get(from);
  if (pairing?.stage.kind !== 'shown') return answerUnknown(turn, requestId, pairing);
  const { stage } = pairing;
  if (confirmed && !stage.confirmed) emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  answerWaiter(turn, stage);
  const untilMs = turn.nowMs + TIMES.pairingAnswerMs;
  pairing.stage = { ...stage, confirmed: stage.confirmed || confirmed, waiter: { requestId, untilMs } };
  turn.state.timers.set(`pairing:${from}`, Math.min(untilMs, pairing.expiresAtMs));
  admitIfAgreed(turn, pairing);
}

export function onPairCancel(
  turn: Turn,
  requestId: string,
  from: MachineId,
  { commitment }: JoinRequestOf<'pair-cancel'>,
): void {
  const pairing = turn.state.admission.pairings.get(from);
  if (pairing === undefined || !sameBytes(pairing.commitment, commitment)) {
    return answerUnknown(turn, requestId, undefined);
  }
  if (pairing.stage.kind !== 'ended' && pairing.stage.kind !== 'admitting') {
    noteAudit(turn, 'pairing-refused', { by: from, subject: pairing.newcomer.name, detail: 'given up by its person' });
    end(turn, pairing, 'PAIRING_CANCELLED', 'it was given up on the new machine');
  }
  answerUnknown(turn, requestId, pairing);
}

export function approvePairing(turn: Turn, requestId: string, command: CommandOf<'approve-pairing'>): void {
  const pairing = shownPairing(turn, requestId, command.id);
  if (pairing === undefined) return;
  const { id } = command;
  const { name } = pairing.newcomer;
  const detail = `approved as ${command.roles.join(', ')}`;
  noteAudit(turn, 'pairing-approved', { by: turn.state.self, subject: name, detail });
  pairing.stage = { ...pairing.stage, approval: { roles: command.roles, labels: command.labels } };
  const admitting = admitIfAgreed(turn, pairing);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  emit(turn, { type: 'reply', requestId, outcome: ok({ id, state: admitting ? 'admitted' : 'approved' }) });
}

export function refusePairing(turn: Turn, requestId: string, { id }: CommandOf<'refuse-pairing'>): void {
  const pairing = shownPairing(turn, requestId, id);
  if (pairing === undefined) return;
  const { name } = pairing.newcomer;
  noteAudit(turn, 'pairing-refused', { by: turn.state.self, subject: name, detail: `refused ${id}` });
  end(turn, pairing, 'PAIRING_REFUSED', 'a person has refused it there');
  emit(turn, { type: 'reply', requestId, outcome: ok({ id }) });
}

/** Answers who waits, ends what is over, and forgets what has been over for long. */
export function onPairingTimer(turn: Turn, machine: MachineId): void {
  const { pairings } = turn.state.admission;
  const pairing = pairings.get(machine);
  if (pairing === undefined) return;
  const { stage, expiresAtMs } = pairing;
  if (stage.kind === 'ended' || stage.kind === 'admitting') return void pairings.delete(machine);
  if (stage.kind === 'committed' || turn.nowMs >= expiresAtMs) {
    noteAudit(turn, 'pairing-refused', { by: machine, subject: pairing.newcomer.name, detail: 'its time is over' });
    return end(turn, pairing, 'PAIRING_EXPIRED', 'nobody has approved it in time');
  }
  answerWaiter(turn, stage);
  pairing.stage = { ...stage, waiter: undefined };
  turn.state.timers.set(`pairing:${machine}`, expiresAtMs);
}

/** Why this machine may not ask at the moment. Where all places are taken, one may be made free for it. */
function refusalOfAsking(turn: Turn, from: MachineId, remoteAddress: string): [ErrorCode, string] | undefined {
  const { state } = turn;
  const { admission, cluster } = state;
  if (cluster === undefined) return ['NO_CLUSTER', 'this machine belongs to no cluster'];
  if (mayNotStart(state)) return ['MACHINE_REMOVED', 'this machine was removed from its cluster'];
  if (state.roster.get(state.self)?.roles.includes('admin') !== true) {
    return ['NOT_AUTHORIZED', `nobody can be admitted here; ask one of these: ${adminsOf(turn)}`];
  }
  const share = addressShare(remoteAddress);
  const who = admission.pairingTries.whoAskedTooOften(from, share, turn.nowMs);
  if (who !== undefined) return ['TOO_MANY_ATTEMPTS', tooOften(who)];
  if (isFull(state, from)) return ['LIMIT_EXCEEDED', `a cluster has at most ${LIMITS.machinesPerCluster} machines`];
  return makePlace(turn, from, share) ? undefined : ['BUSY', 'other machines wait for approval already'];
}

function tooOften(who: string): string {
  return `${who} asked too often within an hour; use an invitation, or run \`carillon pairing clear\` on the machine that is asked`;
}

/**
 * A place for one more of an address. There are few, and an address has a share of them; when all are taken, the address
 * that has the most gives up its oldest that nobody has answered, if it then still has no fewer than the one that asks.
 */
function makePlace(turn: Turn, from: MachineId, share: string): boolean {
  const open = [...turn.state.admission.pairings.values()].filter(
    ({ stage, newcomer }) => stage.kind !== 'ended' && newcomer.id !== from,
  );
  const ofShare = (at: string): AskedPairing[] =>
    open.filter(({ remoteAddress }) => addressShare(remoteAddress) === at);
  const own = ofShare(share).length;
  if (own >= LIMITS.openPairingsPerAddress) return false;
  if (open.length < LIMITS.pairings) return true;
  // In the order in which they asked.
  const dropped = open.find((each) => isUnanswered(each) && ofShare(addressShare(each.remoteAddress)).length > own + 1);
  if (dropped === undefined) return false;
  noteAudit(turn, 'pairing-refused', { by: dropped.newcomer.id, subject: dropped.newcomer.name, detail: 'gave way' });
  end(turn, dropped, 'PAIRING_CANCELLED', 'others have asked since, and nobody had answered it');
  return true;
}

/** No person has said anything to it, neither here nor there. */
function isUnanswered({ stage }: AskedPairing): boolean {
  if (stage.kind === 'committed') return true;
  return stage.kind === 'shown' && !stage.confirmed && stage.approval === undefined;
}

/** Ends all pairings that are open here, and forgets how often strangers have asked: an admin lets them ask anew. */
export function clearPairings(turn: Turn, requestId: string): void {
  const { admission, self } = turn.state;
  let ended = 0;
  for (const pairing of admission.pairings.values()) {
    if (pairing.stage.kind === 'ended' || pairing.stage.kind === 'admitting') continue;
    end(turn, pairing, 'PAIRING_REFUSED', 'a person has refused all machines that asked there');
    ended += 1;
  }
  admission.pairingTries.clear();
  noteAudit(turn, 'pairing-refused', { by: self, subject: 'all', detail: `cleared; ${ended} were open` });
  emit(turn, { type: 'reply', requestId, outcome: ok({ ended }) });
}

function adminsOf({ state }: Turn): string {
  const names = [...state.roster.values()]
    .filter(({ removed, roles }) => !removed && roles.includes('admin'))
    .map(({ name }) => `"${name}"`);
  return names.slice(0, 5).sort().join(', ');
}

/** Both people agree, and the other machine waits for the answer. True when it is being admitted. */
function admitIfAgreed(turn: Turn, pairing: AskedPairing): boolean {
  const { stage, newcomer } = pairing;
  if (stage.kind !== 'shown' || !stage.confirmed || stage.approval === undefined || stage.waiter === undefined) {
    return false;
  }
  const { approval, waiter } = stage;
  pairing.stage = { kind: 'admitting' };
  turn.state.timers.set(`pairing:${newcomer.id}`, turn.nowMs + TIMES.pairingAnswerMs);
  const admission = { roles: approval.roles, labels: approval.labels ?? newcomer.labels };
  admit(turn, waiter.requestId, newcomer, admission, (later, entry) => {
    const { pairings } = later.state.admission;
    if (pairings.get(newcomer.id) === pairing) pairings.delete(newcomer.id);
    const detail = `paired (${newcomer.id}, at ${pairing.remoteAddress}), as ${entry.roles.join(', ')}`;
    noteAudit(later, 'machine-admitted', { by: later.state.self, subject: entry.name, detail });
    const fields = { machine: newcomer.id, name: entry.name, remoteAddress: pairing.remoteAddress };
    emit(later, { type: 'log', level: 'info', message: 'machine admitted', fields });
  });
  return true;
}

/** The pairing that a person decides on; refused when there is none, or none that can be decided. */
function shownPairing(turn: Turn, requestId: string, id: MachineId): (AskedPairing & { stage: Shown }) | undefined {
  const pairing = turn.state.admission.pairings.get(id);
  if (pairing?.stage.kind === 'shown') return pairing as AskedPairing & { stage: Shown };
  refuse(turn, requestId, 'PAIRING_NOT_FOUND', `the machine "${id}" does not ask to join, or not any more`);
  return undefined;
}

/** Kept for a while, so that the other machine hears of it when it asks next. */
function end(turn: Turn, pairing: AskedPairing, code: ErrorCode, message: string): void {
  const { stage } = pairing;
  pairing.stage = { kind: 'ended', code, message };
  turn.state.timers.set(`pairing:${pairing.newcomer.id}`, turn.nowMs + 2 * TIMES.pairingAnswerMs);
  if (stage.kind === 'shown' && stage.waiter !== undefined) answerRefusal(turn, stage.waiter.requestId, code, message);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
}

function answerWaiter(turn: Turn, { waiter }: Shown): void {
  if (waiter === undefined) return;
  emit(turn, { type: 'answer-join', requestId: waiter.requestId, answer: { type: 'pair-pending' } });
}

/** There is no pairing in which this could be said. */
function answerUnknown(turn: Turn, requestId: string, pairing: AskedPairing | undefined): void {
  if (pairing?.stage.kind === 'ended') {
    return answerRefusal(turn, requestId, pairing.stage.code, pairing.stage.message);
  }
  answerRefusal(turn, requestId, 'PAIRING_NOT_FOUND', 'no pairing of this machine is known here');
}
