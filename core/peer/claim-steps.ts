/** Asking for claims, and winning or giving them up. What answers them is in `grant-steps`. */
import { TIMES } from '../config/constants.ts';
import type { ClaimRefusal, ClaimRequest } from '../claims/claim.ts';
import { isUsableToken, majorityOf } from '../claims/claim-rules.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import type { MachineId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { PeerMessage, PeerMessageOf } from '../protocol/messages.ts';
import { closeByStore } from './absorb-record.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import { judge, onUnaskedGrant, remindHolder, stopAsking, storeGrant } from './grant-steps.ts';
import { CLAIM_WAIT_MS, electorate, isFresh, isMajority } from './claim-electorate.ts';
import { closeOccurrence, evaluateAt, moveTo } from './occurrence-list.ts';
import { noteUnstarted } from './occurrence-notes.ts';
import { parametersOfRun } from './parameter-standing.ts';
import { launchRun } from './run-steps.ts';
import { compareLogs } from './log-steps.ts';
import { onVotersAnswer } from './electorate-steps.ts';
import { mayNotStart } from './roster-steps.ts';
import { emit, type PeerState, type Turn } from './state.ts';
import { isExecutor } from './trust-steps.ts';
import { standingOf } from './vouch-steps.ts';

/** How long without a majority until it is recorded that the task is withheld. */
const WITHHELD_AFTER_MS = 5000;
/** So long a machine that cannot judge a claim leaves the occurrence to those who can. */
const OTHERS_KNOW_MS = 10_000;

/** The pause of a claim whose token was taken: it doubles with each time, from about the time that asking takes. */
const OUTBID_PAUSE_MIN_MS = 4;
const OUTBID_PAUSE_MAX_MS = 10_000;
const OUTBID_DOUBLINGS_MAX = 7;

export function askForClaim(turn: Turn, occurrence: OpenOccurrence, task: Task, rank: number): void {
  const { state } = turn;
  const fencingToken = Math.max(state.claims.highestToken(task.id) + 1, turn.wallMs);
  const request = requestOf(turn, occurrence, task, fencingToken);
  const verdict = judge(turn, request);
  const granted = new Set<MachineId>();
  const refused = new Map<MachineId, ClaimRefusal>();
  if (verdict.granted) {
    storeGrant(turn, { ...request, released: false, grantedAt: turn.wallMs });
    granted.add(state.self);
  } else {
    if (!isHeldByGone(state, verdict.refusal)) return onOwnRefusal(turn, occurrence, request, verdict.refusal, rank);
    // Its grant stands, so this machine does not vote for itself: the others may still make a majority without it.
    state.claims.sawToken(task.id, fencingToken);
    refused.set(state.self, verdict.refusal);
  }
  const since = { askedAtMs: turn.nowMs, askedAt: turn.wallMs };
  const electorateId = state.electorate.id;
  moveTo(state, occurrence, {
    kind: 'asking',
    fencingToken,
    electorate: electorateId,
    granted,
    refused,
    againAtMs: turn.nowMs,
    ...since,
  });
  askVoters(turn, occurrence, task, request);
  winIfMajority(turn, occurrence, task);
}

/** Asks those of the electorate that have not granted yet. The same question twice is answered twice, and means the same. */
function askVoters(turn: Turn, occurrence: OpenOccurrence, task: Task, request: ClaimRequest): void {
  const { state } = turn;
  const { stage } = occurrence;
  if (stage.kind !== 'asking') return;
  const { taskId, occurrenceId, attempt, fencingToken, guarantee, nominalAt, dueAt } = request;
  const sure = guarantee === 'at-most-once' ? { electorate: stage.electorate } : {};
  const fields = { taskId, occurrenceId, attempt, fencingToken, guarantee, nominalAt, dueAt };
  const message: PeerMessage = { type: 'claim-request', ...fields, ...sure };
  for (const machine of electorate(turn, occurrence, task)) {
    if (machine !== state.self && !stage.granted.has(machine)) emit(turn, { type: 'send', to: machine, message });
  }
  stage.againAtMs = turn.nowMs + TIMES.claimAnswerMs;
  evaluateAt(turn, occurrence.id, stage.againAtMs);
}

export function onClaimAnswer(turn: Turn, from: MachineId, message: PeerMessageOf<'claim-answer'>): void {
  const { state } = turn;
  if (onVotersAnswer(turn, from, message)) return;
  const occurrence = state.occurrences.get(message.occurrenceId);
  const task = state.tasks.get(message.taskId);
  if (occurrence === undefined || task === undefined) return;
  const { stage } = occurrence;
  const asked = stage.kind === 'asking' && stage.fencingToken === message.fencingToken;
  if (!asked || occurrence.attempt !== message.attempt) {
    if (message.refusal === undefined && isExecutor(state, from)) onUnaskedGrant(turn, from, message);
    return;
  }
  if (!isExecutor(state, from) && !electorate(turn, occurrence, task).has(from)) {
    const detail = `it has no vote on ${task.id}, and answers a claim`;
    return noteAudit(turn, 'message-rejected', { by: from, subject: nameOf(state, from), detail });
  }
  if (message.refusal === undefined) {
    stage.granted.add(from);
    stage.refused.delete(from);
    return winIfMajority(turn, occurrence, task);
  }
  stage.refused.set(from, message.refusal);
  onRefusal(turn, occurrence, task, message.refusal);
}

/** No majority yet: ask again those who have not granted, for a while; then give the claim back, and say so. */
export function onClaimSilence(turn: Turn, occurrence: OpenOccurrence, task: Task): void {
  const { state } = turn;
  const { stage } = occurrence;
  if (stage.kind !== 'asking') return;
  winIfMajority(turn, occurrence, task);
  if (occurrence.stage.kind !== 'asking') return;
  if (turn.nowMs < stage.againAtMs) return evaluateAt(turn, occurrence.id, stage.againAtMs);
  const waitedMs = turn.nowMs - stage.askedAtMs;
  const sinceDueMs = turn.nowMs - (occurrence.turnsFromMs ?? turn.nowMs);
  const voters = electorate(turn, occurrence, task);
  const missing = voters.size - stage.granted.size;
  const lost = [...stage.refused].filter(([id, refusal]) => voters.has(id) && isForGood(state, refusal));
  const isLost = voters.size - lost.length < majorityOf(voters.size);
  const otherVoters = task.policy.guarantee === 'at-most-once' && stage.electorate !== state.electorate.id;
  if (isLost || otherVoters || waitedMs >= CLAIM_WAIT_MS) release(turn, occurrence, TIMES.claimRetryMs);
  else askVoters(turn, occurrence, task, requestOf(turn, occurrence, task, stage.fencingToken));
  if (isLost) {
    return lost.some(([, { code }]) => code === 'held')
      ? noteRemovedHolder(turn, occurrence)
      : noteTooOld(turn, occurrence);
  }
  if (sinceDueMs < WITHHELD_AFTER_MS || task.policy.guarantee !== 'at-most-once') return;
  noteUnstarted(turn, occurrence, 'withheld', {
    code: 'NO_QUORUM',
    text: `${missing} of the machines that must agree cannot be reached; waiting rather than running twice`,
  });
}

function winIfMajority(turn: Turn, occurrence: OpenOccurrence, task: Task): void {
  const { stage } = occurrence;
  if (stage.kind !== 'asking') return;
  if (!isMajority(turn, occurrence, task, stage.granted)) return;
  const otherVoters = task.policy.guarantee === 'at-most-once' && stage.electorate !== turn.state.electorate.id;
  if (!isFresh(turn, stage) || otherVoters || mayNotStart(turn.state)) return release(turn, occurrence, 0);
  // The task, or this machine, may have become another one since the claim was asked for.
  const { kind } = standingOf(turn, task);
  if (kind === 'awaited') return;
  if (kind === 'refused' || !isExecutor(turn.state, turn.state.self)) return release(turn, occurrence, 0);
  const values = parametersOfRun(task, occurrence.cause);
  if (!values.ok) return release(turn, occurrence, 0);
  launchRun(turn, occurrence, task, stage.fencingToken, values.value);
}

function onOwnRefusal(
  turn: Turn,
  occurrence: OpenOccurrence,
  request: ClaimRequest,
  refusal: ClaimRefusal,
  rank: number,
): void {
  if (refusal.code === 'settled' && refusal.by === turn.state.self) return closeOccurrence(turn, occurrence.id);
  if (refusal.code === 'settled' && closeByStore(turn, occurrence)) return;
  if (refusal.code === 'too-old' && !othersMayKnow(turn, occurrence)) return noteTooOld(turn, occurrence);
  if (refusal.code === 'held') {
    remindHolder(turn, request);
    moveTo(turn.state, occurrence, { kind: 'held', by: refusal.by, sinceMs: turn.nowMs });
  }
  occurrence.notBeforeMs = turn.nowMs + TIMES.claimRetryMs * (1 + rank);
  evaluateAt(turn, occurrence.id, occurrence.notBeforeMs);
}

/** A claimant that is gone before it showed a run is not waited for. */
function isHeldByGone(state: PeerState, refusal: ClaimRefusal): boolean {
  return refusal.code === 'held' && !state.membership.isAlive(refusal.by);
}

/**
 * No waiting ends it: what may have run is forgotten, or the machine that may have run it was removed. That machine was
 * granted it when it was a member, and nobody can ask it any more what it made of that.
 */
function isForGood(state: PeerState, refusal: ClaimRefusal): boolean {
  if (refusal.code === 'held') return state.roster.get(refusal.by)?.removed === true;
  return refusal.code === 'too-old';
}

/** Another machine may remember what this one has forgotten: for a while it is left to that. */
function othersMayKnow(turn: Turn, occurrence: OpenOccurrence): boolean {
  const { self, electorate: voters } = turn.state;
  if (occurrence.dueAt <= voters.unsureUntil || occurrence.slot === self || occurrence.only === self) return false;
  return turn.nowMs - (occurrence.turnsFromMs ?? turn.nowMs) < OTHERS_KNOW_MS;
}

function noteTooOld(turn: Turn, occurrence: OpenOccurrence): void {
  const text = 'it came due so long ago, or before so many changes, that nobody can be sure that it has not run';
  noteUnstarted(turn, occurrence, 'skipped', { code: 'TOO_OLD', text });
}

function noteRemovedHolder(turn: Turn, occurrence: OpenOccurrence): void {
  const text = 'a machine that was removed since held the claim, so that nobody can be sure that it has not run';
  noteUnstarted(turn, occurrence, 'skipped', { code: 'MACHINE_REMOVED', text });
}

/** Others have the records of it, and give them back only before this machine writes new ones. */
function noteForgotten(turn: Turn, occurrence: OpenOccurrence): void {
  giveUpAsking(turn, occurrence);
  const text = 'this machine has run it already, and has forgotten that; others remember';
  noteUnstarted(turn, occurrence, 'skipped', { code: 'FORGOTTEN', text });
}

function onRefusal(turn: Turn, occurrence: OpenOccurrence, task: Task, refusal: ClaimRefusal): void {
  const { state } = turn;
  const { stage } = occurrence;
  if (stage.kind !== 'asking') return;
  switch (refusal.code) {
    case 'held': {
      const order = state.ring.preference(task, state.tasks, occurrence.avoid, occurrence.only);
      const theirs = order.indexOf(refusal.by);
      const mine = order.indexOf(state.self);
      // The lower rank gives way, so that two claimants with half of the grants each do not wait for ever.
      if (theirs >= 0 && theirs < mine) {
        release(turn, occurrence, TIMES.claimRetryMs);
        moveTo(state, occurrence, { kind: 'held', by: refusal.by, sinceMs: turn.nowMs });
      }
      return;
    }
    case 'settled':
      if (refusal.by === state.self) return noteForgotten(turn, occurrence);
      for (const machine of state.connected) compareLogs(turn, machine, true);
      release(turn, occurrence, TIMES.claimRetryMs);
      moveTo(state, occurrence, { kind: 'held', by: refusal.by, sinceMs: turn.nowMs });
      return;
    case 'stale-token':
      if (isUsableToken(refusal.token, turn.wallMs)) state.claims.sawToken(task.id, refusal.token);
      return release(turn, occurrence, outbidPauseMs(turn.nowMs - stage.askedAtMs, occurrence));
    case 'overlap':
      if (state.connected.has(refusal.by)) compareLogs(turn, refusal.by, true);
      return release(turn, occurrence, TIMES.claimRetryMs / 2);
    case 'too-old':
    case 'other-voters':
    case 'unavailable':
      return;
  }
}

/**
 * Many machines may ask at once for occurrences of one task, each of its own; all have the same next token, and one
 * machine at most finds a majority. Without growing pauses they would meet again for ever.
 * @param tookMs from the question to the refusal, so that pauses suit the network
 */
function outbidPauseMs(tookMs: number, occurrence: OpenOccurrence): number {
  occurrence.outbid += 1;
  if (occurrence.outbid === 1) return 0;
  const doublings = Math.min(occurrence.outbid, OUTBID_DOUBLINGS_MAX);
  return Math.min(OUTBID_PAUSE_MAX_MS, Math.max(OUTBID_PAUSE_MIN_MS, tookMs) * 2 ** doublings);
}

/** Gives the claim back: it was not used and never will be. */
function release(turn: Turn, occurrence: OpenOccurrence, againAfterMs: number): void {
  const { state } = turn;
  const { stage } = occurrence;
  if (stage.kind !== 'asking') return;
  const { taskId, id: occurrenceId, attempt } = occurrence;
  const { fencingToken } = stage;
  for (const to of state.connected) {
    emit(turn, {
      type: 'send',
      to,
      message: { type: 'claim-release', taskId, occurrenceId, attempt, fencingToken },
    });
  }
  stopAsking(turn, occurrence);
  moveTo(state, occurrence, { kind: 'waiting' });
  // Chance keeps two claimants that gave way to each other from meeting again and again.
  occurrence.notBeforeMs = turn.nowMs + againAfterMs * (0.5 + turn.random.fraction());
  evaluateAt(turn, occurrence.id, occurrence.notBeforeMs);
}

/** Gives the claim of an occurrence back, if it is being asked for. */
export function giveUpAsking(turn: Turn, occurrence: OpenOccurrence): void {
  release(turn, occurrence, 0);
}

/** Gives back every claim that is being asked for: this machine goes. */
export function releaseAll(turn: Turn): void {
  for (const id of [...turn.state.asking]) {
    const occurrence = turn.state.occurrences.get(id);
    if (occurrence !== undefined) release(turn, occurrence, 0);
  }
}

function requestOf(turn: Turn, occurrence: OpenOccurrence, task: Task, fencingToken: number): ClaimRequest {
  return {
    taskId: task.id,
    occurrenceId: occurrence.id,
    attempt: occurrence.attempt,
    claimant: turn.state.self,
    fencingToken,
    guarantee: task.policy.guarantee,
    nominalAt: occurrence.nominalAt,
    dueAt: occurrence.dueAt,
  };
}
