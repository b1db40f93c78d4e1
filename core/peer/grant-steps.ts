/** Granting claims, and giving grants back. See `claims/claim-rules` for the rules and why they suffice. */
import { TIMES } from '../config/constants.ts';
import { STORAGE } from '../config/storage.ts';
import type { ClaimRefusal, ClaimRequest, Grant } from '../claims/claim.ts';
import { isUsableToken, judgeClaim, type Verdict } from '../claims/claim-rules.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import type { MachineId, OccurrenceId, TaskId } from '../domain/ids.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { otherActiveRun } from './absorb-record.ts';
import { evaluateAt, evaluateSlotSoon, evaluateSoon, HELD_PATIENCE_MS, isUntold, moveTo } from './occurrence-list.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import { highestTokenOf } from './electorate-steps.ts';
import { emit, isSelfOrAlive, type Turn } from './state.ts';
import { mayClaim } from './trust-steps.ts';
import { hoardsClaims } from './fair-share.ts';

/** A grant whose run has not shown counts as an overlap for this long; then its claimant is taken to have failed. */
const GRANT_BLOCKS_MS = 10_000;

/** Answers another machine's claim. The grant is written in the same batch, so it is stored before it is sent. */
export function onClaimRequest(turn: Turn, from: MachineId, message: PeerMessageOf<'claim-request'>): void {
  const { state } = turn;
  const { taskId, occurrenceId, attempt, fencingToken, guarantee, nominalAt, dueAt, electorate: counted } = message;
  const request: ClaimRequest = {
    taskId,
    occurrenceId,
    attempt,
    claimant: from,
    fencingToken,
    guarantee,
    nominalAt,
    dueAt,
  };
  const trusted = mayClaim(state, from, request.taskId);
  if (!trusted) noteNoRole(turn, from, request.taskId);
  else if (!isUsableToken(fencingToken, turn.wallMs)) noteUnusableToken(turn, from, taskId);
  const otherVoters = request.guarantee === 'at-most-once' && counted !== state.electorate.id;
  const verdict = !trusted
    ? refused({ code: 'unavailable' })
    : otherVoters
      ? refused({ code: 'other-voters' })
      : hoardsClaims(turn, request)
        ? refused({ code: 'unavailable' })
        : judge(turn, request);
  if (verdict.granted) {
    // Others may still hold back for a claim of ours that came to nothing.
    const own = state.claims.grant(request.occurrenceId, request.attempt);
    if (own?.claimant === state.self) tellReleased(turn, own);
    storeGrant(turn, { ...request, released: false, grantedAt: turn.wallMs });
    const occurrence = state.occurrences.get(request.occurrenceId);
    if (occurrence !== undefined && occurrence.attempt <= request.attempt && occurrence.stage.kind !== 'active') {
      if (occurrence.stage.kind === 'asking') stopAsking(turn, occurrence);
      moveTo(state, occurrence, { kind: 'held', by: from, sinceMs: turn.nowMs });
      evaluateAt(turn, occurrence.id, turn.nowMs + HELD_PATIENCE_MS);
    }
  }
  if (!verdict.granted && verdict.refusal.code === 'held') remindHolder(turn, request);
  const answer = { type: 'claim-answer', taskId, occurrenceId, attempt, fencingToken } as const;
  emit(turn, {
    type: 'send',
    to: from,
    message: verdict.granted ? answer : { ...answer, refusal: verdict.refusal },
  });
}

/** A claimant gave its claim back unused: the attempt may be granted again, to a higher token. */
export function onClaimRelease(turn: Turn, from: MachineId, message: PeerMessageOf<'claim-release'>): void {
  const { state } = turn;
  if (!isUsableToken(message.fencingToken, turn.wallMs)) return noteUnusableToken(turn, from, message.taskId);
  const grant = state.claims.grant(message.occurrenceId, message.attempt);
  if (grant?.claimant !== from && !mayClaim(state, from, message.taskId)) return noteNoRole(turn, from, message.taskId);
  if (grant !== undefined && grant.claimant === from && grant.fencingToken <= message.fencingToken) {
    storeGrant(turn, { ...grant, fencingToken: message.fencingToken, released: true });
  }
  state.claims.sawToken(message.taskId, message.fencingToken);
  const occurrence = state.occurrences.get(message.occurrenceId);
  if (occurrence?.stage.kind !== 'held' || occurrence.stage.by !== from) return;
  moveTo(state, occurrence, { kind: 'waiting' });
  evaluateSoon(turn, occurrence.id);
  evaluateSlotSoon(turn, occurrence.taskId, occurrence.slot);
}

/**
 * The word that a claim was given back can be lost with a connection, and then the grant would stand as long as its holder
 * lives; a few such grants, to different machines, leave no majority to anybody. So whoever refuses for the sake of a holder
 * tells that of its grant once more, and gets it back when it is not used (`onUnaskedGrant`).
 */
export function remindHolder(turn: Turn, { occurrenceId, attempt, taskId }: ClaimRequest): void {
  const { state, nowMs } = turn;
  const grant = state.claims.grant(occurrenceId, attempt);
  if (grant === undefined || !state.tasks.has(taskId) || !state.connected.has(grant.claimant)) return;
  if (nowMs - (state.claims.sinceMs(occurrenceId, attempt) ?? nowMs) < HELD_PATIENCE_MS) return;
  const { claimant: to, fencingToken } = grant;
  const message = { type: 'claim-answer', taskId, occurrenceId, attempt, fencingToken } as const;
  emit(turn, { type: 'send', to, message });
}

/**
 * Another machine holds a grant for this one, which does not ask for it: it is given back, unless it may have been used.
 * What was asked for once more has a higher token by now, so that giving the older one back takes nothing away.
 */
export function onUnaskedGrant(turn: Turn, from: MachineId, message: PeerMessageOf<'claim-answer'>): void {
  const { state } = turn;
  const { taskId, occurrenceId, attempt, fencingToken } = message;
  const occurrence = state.occurrences.get(occurrenceId);
  const task = state.tasks.get(taskId);
  if (occurrence?.taskId !== taskId || task === undefined || occurrence.attempt !== attempt) return;
  if (occurrence.stage.kind === 'active' || occurrence.dueAt < state.grantsCompleteSince) return;
  const { nominalAt, dueAt } = occurrence;
  const { guarantee } = task.policy;
  const claim = { taskId, occurrenceId, attempt, claimant: state.self, fencingToken, guarantee, nominalAt, dueAt };
  const verdict = judge(turn, claim);
  if (!verdict.granted && MAYBE_USED.has(verdict.refusal.code)) return;
  const release = { type: 'claim-release', taskId, occurrenceId, attempt, fencingToken } as const;
  emit(turn, { type: 'send', to: from, message: release });
}

/** This machine has run it, may have run it and forgotten that, or cannot tell at the moment. */
const MAYBE_USED: ReadonlySet<string> = new Set(['settled', 'too-old', 'unavailable']);

/**
 * Gives back what an earlier life of this machine had asked for and not used. A used claim has a record, which was
 * written in the same commit; and answers that are still under way find nobody who waits for them.
 */
export function releaseUnused(turn: Turn): void {
  const { state } = turn;
  for (const grant of state.claims.heldBy(state.self)) {
    if (state.asking.has(grant.occurrenceId)) continue;
    if (state.attempts.settledBy(grant.occurrenceId, grant.attempt) === state.self) continue;
    storeGrant(turn, { ...grant, released: true });
    tellReleased(turn, grant);
  }
}

function tellReleased(turn: Turn, { taskId, occurrenceId, attempt, fencingToken }: Grant): void {
  for (const to of turn.state.connected) {
    emit(turn, {
      type: 'send',
      to,
      message: { type: 'claim-release', taskId, occurrenceId, attempt, fencingToken },
    });
  }
}

/** Marks the own grant as given back. */
export function stopAsking(turn: Turn, occurrence: OpenOccurrence): void {
  const { state } = turn;
  const grant = state.claims.grant(occurrence.id, occurrence.attempt);
  if (grant?.claimant === state.self) storeGrant(turn, { ...grant, released: true });
}

/** Would this machine grant that claim now? Changes nothing. */
export function judge(turn: Turn, request: ClaimRequest): Verdict {
  const { state } = turn;
  if (state.storageTrouble !== undefined || state.phase !== 'active') return refused({ code: 'unavailable' });
  if (state.catchingUpSinceMs !== undefined) return refused({ code: 'unavailable' });
  if (!isUsableToken(request.fencingToken, turn.wallMs)) return refused({ code: 'unavailable' });
  const task = state.tasks.get(request.taskId);
  const slot = state.occurrences.get(request.occurrenceId)?.slot ?? '';
  const grant = state.claims.grant(request.occurrenceId, request.attempt);
  const settled = settledBy(turn, request);
  if (settled === 'unreadable') return refused({ code: 'unavailable' });
  return judgeClaim(request, {
    grant,
    holderGone: grant !== undefined && !isSelfOrAlive(state, grant.claimant),
    forgottenUntil: Math.max(forgottenUntil(turn), state.electorate.unsureUntil),
    settledBy: settled,
    highestToken: highestTokenOf(state, request.taskId),
    other: otherOf(turn, request, slot),
    overlap: slot === '' ? task?.policy.overlap : undefined,
    rememberedSince: rememberedSince(turn, request),
  });
}

/**
 * Who must be sure refuses what may have been granted before this database began. The others go on: a database that was
 * begun under a clock that was ahead would hold all tasks up until that instant.
 */
function rememberedSince(turn: Turn, request: ClaimRequest): number {
  const retained = turn.wallMs - TIMES.grantRetentionMs;
  return request.guarantee === 'at-most-once' ? Math.max(turn.state.grantsCompleteSince, retained) : retained;
}

/**
 * What memory has forgotten the store knows, but for what is so old that it may have been pruned there. What is remembered
 * alone would not do: a restart keeps the runs that came due last, and those may be dated hours ahead, by clocks that were.
 */
function forgottenUntil({ state, wallMs }: Turn): number {
  return Math.min(state.attempts.forgottenUntil, wallMs - STORAGE.settledGrantMs);
}

/** Memory holds what is recent and may have been lost with a restart; the store knows all that was ever recorded. */
function settledBy(turn: Turn, request: ClaimRequest): MachineId | 'unreadable' | undefined {
  const { occurrenceId, attempt } = request;
  const open = turn.state.occurrences.get(occurrenceId);
  // As a rule nothing has happened yet to what has just come due: nobody need be asked.
  if (open !== undefined && isUntold(turn.state, open)) return undefined;
  return turn.state.attempts.settledBy(occurrenceId, attempt) ?? turn.history.startedBy(occurrenceId, attempt);
}

function otherOf(
  turn: Turn,
  request: ClaimRequest,
  slot: MachineId | '',
): { occurrenceId: OccurrenceId; by: MachineId } | undefined {
  const { state } = turn;
  const run = otherActiveRun(state, request.taskId, slot, request);
  if (run !== undefined) return { occurrenceId: run.occurrenceId, by: run.machineId };
  // A claimant that is gone holds up nobody: had it started a run, that would have been given up by now. The wall clock
  // alone would not do: a grant that it dated hours ahead, before it was set right, would block for hours.
  const grant = state.claims.otherGrant(
    request.taskId,
    request.occurrenceId,
    ({ claimant, grantedAt }, sinceMs) =>
      Math.max(turn.nowMs - sinceMs, turn.wallMs - grantedAt) <= GRANT_BLOCKS_MS && isSelfOrAlive(state, claimant),
  );
  return grant === undefined ? undefined : { occurrenceId: grant.occurrenceId, by: grant.claimant };
}

/** Remembers a grant and has it written in this very batch. */
export function storeGrant(turn: Turn, grant: Grant): void {
  turn.state.claims.put(grant, turn.nowMs);
  emit(turn, { type: 'write', write: { kind: 'grant', grant } });
}

function noteNoRole(turn: Turn, from: MachineId, task: TaskId): void {
  const detail = `it has no role to run ${task}, and speaks of a claim`;
  noteAudit(turn, 'message-rejected', { by: from, subject: nameOf(turn.state, from), detail });
}

/** Tokens only rise: one as high as numbers go would leave none for others, and no clock is as wrong as that. */
function noteUnusableToken(turn: Turn, from: MachineId, task: TaskId): void {
  const detail = `its fencing token for ${task} would leave none for others`;
  noteAudit(turn, 'message-rejected', { by: from, subject: nameOf(turn.state, from), detail });
}

function refused(refusal: ClaimRefusal): Verdict {
  return { granted: false, refusal };
}
