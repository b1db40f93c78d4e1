/**
 * Who must agree on at-most-once, and how that set grows. Two sides of a split could each admit machines until each has
 * a majority of the voters that it knows of. So an admitted machine is no voter yet; it becomes one when a majority of
 * the present voters has granted exactly this change of exactly this set, one machine at a time:
 *
 *   admitted ──(the lowest voter asks all voters for the claim on the next set)──► granted by a majority ──► voter
 *
 * Claims name the set that they count, and who knows another set refuses. Majorities of a set and of the next one share
 * a machine; and whoever agreed to the set after the next knows the next, so that too few are left to grant by the
 * present one. What came due before the last change but one is refused: nobody could be sure of it. The token of the
 * change is higher than each that its granters have seen of any task, and stays in the roster as the floor of all later
 * ones: whoever votes after all who gave tokens have left gives none twice. Removing a machine takes effect at once: it
 * is a person's word that it is gone.
 */
import { TIMES } from '../config/constants.ts';
import { isUsableToken, majorityOf } from '../claims/claim-rules.ts';
import type { ClaimRefusal, Grant } from '../claims/claim.ts';
import { hashId, type MachineId, type OccurrenceId, type TaskId } from '../domain/ids.ts';
import type { RosterEntry } from '../domain/machine.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { CLAIM_WAIT_MS, isFresh } from './claim-electorate.ts';
import { editDocument } from './document-steps.ts';
import type { Electorate, VotersChange } from './electorate-state.ts';
import { emit, type PeerState, type Turn } from './state.ts';

/** The change of voters goes through claims of this name. */
export const VOTERS_TASK = 'carillon.voters' as TaskId;

/**
 * How far the token of a change is above those that its asker has seen: others see new ones while they are asked. Tokens
 * are instants or above, so it is as many milliseconds.
 */
const VOTERS_TOKEN_AHEAD = 10_000;

type Asking = Extract<VotersChange, { kind: 'asking' }>;

/** The voters of a roster, the name of the set, and up to when a claim cannot be judged by it. */
export function electorateOf(roster: Iterable<RosterEntry>): Electorate {
  const voters: MachineId[] = [];
  const changes = new Set<number>();
  let tokenFloor = 0;
  for (const entry of roster) {
    if (entry.voter && !entry.removed) voters.push(entry.id);
    if (entry.voterSince !== undefined) changes.add(entry.voterSince);
    tokenFloor = Math.max(tokenFloor, entry.voterToken ?? 0);
  }
  const [newest, older] = [...changes].sort((a, b) => b - a);
  return {
    voters: new Set(voters.sort()),
    id: hashId('voters', String(newest ?? 0), ...voters),
    changedAt: newest ?? 0,
    unsureUntil: older === undefined ? -Infinity : older + TIMES.clockSkewWarningMs,
    tokenFloor,
  };
}

/** What stays of a machine's vote when its entry is made anew: since when, and with which token, the others have counted. */
export function formerVote(before: RosterEntry | undefined): Pick<RosterEntry, 'voterSince' | 'voterToken'> {
  const { voterSince, voterToken } = before ?? {};
  return { ...(voterSince === undefined ? {} : { voterSince }), ...(voterToken === undefined ? {} : { voterToken }) };
}

/** The highest token that a claim on a task must exceed: the change of voters must exceed those of all tasks. */
export function highestTokenOf({ claims }: PeerState, task: TaskId): number {
  return task === VOTERS_TASK ? claims.highestOfAll : claims.highestToken(task);
}

/** Goes on with the change that is asked for; else looks whether somebody should become a voter, and who is to ask. */
export function onVotersTimer(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'active' || state.storageTrouble !== undefined) return;
  if (state.votersChange?.kind === 'asking') return onVotersSilence(turn, state.votersChange);
  if (state.votersChange !== undefined) return;
  const machine = nextVoter(turn);
  if (machine === undefined) return;
  const leader = [...state.electorate.voters].find((id) => takesPart(turn, id));
  if (leader !== state.self) return;
  const occurrenceId = hashId('voters', state.electorate.id) as OccurrenceId;
  const held = state.claims.grant(occurrenceId, 1);
  if (held !== undefined && !held.released && held.claimant !== state.self) return;
  const fencingToken = Math.max(highestTokenOf(state, VOTERS_TASK) + VOTERS_TOKEN_AHEAD, turn.wallMs);
  const change: Asking = {
    kind: 'asking',
    occurrenceId,
    machine,
    fencingToken,
    granted: new Set([state.self]),
    askedAtMs: turn.nowMs,
    askedAt: turn.wallMs,
    againAtMs: turn.nowMs,
    givesWay: false,
  };
  state.votersChange = change;
  store(turn, { ...claimOf(change), claimant: state.self, released: false, grantedAt: turn.wallMs });
  askVoters(turn, change);
  winIfMajority(turn);
}

/** No majority yet: ask again those who have not granted, for as long as for any claim; then give it back. */
function onVotersSilence(turn: Turn, change: Asking): void {
  if (turn.nowMs < change.againAtMs) return turn.state.timers.setEarliest('voters', change.againAtMs);
  if (change.givesWay || turn.nowMs - change.askedAtMs >= CLAIM_WAIT_MS) return giveBack(turn);
  askVoters(turn, change);
}

/** Asks the voters that have not granted yet. The same question twice is answered twice, and means the same. */
function askVoters(turn: Turn, change: Asking): void {
  const { state } = turn;
  const { id, voters } = state.electorate;
  const message = { type: 'claim-request', ...claimOf(change), electorate: id } as const;
  for (const to of voters) {
    if (to !== state.self && !change.granted.has(to)) emit(turn, { type: 'send', to, message });
  }
  change.againAtMs = turn.nowMs + TIMES.claimAnswerMs;
  state.timers.setEarliest('voters', change.againAtMs);
}

function claimOf({ occurrenceId, fencingToken, askedAt }: Asking): Omit<Grant, 'claimant' | 'released' | 'grantedAt'> {
  const fields = { taskId: VOTERS_TASK, occurrenceId, attempt: 1, fencingToken, guarantee: 'at-most-once' } as const;
  return { ...fields, nominalAt: askedAt, dueAt: askedAt };
}

/** A voter has granted the change, or refused it. True when the answer was for a change of voters. */
export function onVotersAnswer(turn: Turn, from: MachineId, answer: PeerMessageOf<'claim-answer'>): boolean {
  const change = turn.state.votersChange;
  if (change?.occurrenceId !== answer.occurrenceId) return false;
  if (change.kind !== 'asking' || change.fencingToken !== answer.fencingToken) return true;
  if (!turn.state.electorate.voters.has(from)) return true;
  if (answer.refusal === undefined) change.granted.add(from);
  else onVotersRefusal(turn, change, answer.refusal);
  winIfMajority(turn);
  return true;
}

/**
 * What asking again would not mend is given back when the others have had their time to answer: one voter that refuses
 * everything holds nothing up. Of two that ask for one change the later in the order gives way.
 */
function onVotersRefusal(turn: Turn, change: Asking, refusal: ClaimRefusal): void {
  const { state } = turn;
  if (refusal.code === 'stale-token') {
    if (isUsableToken(refusal.token, turn.wallMs)) state.claims.sawToken(VOTERS_TASK, refusal.token);
    change.givesWay = true;
  } else if (refusal.code === 'too-old') {
    // Right after two changes in a row this instant cannot be judged; a later one can.
    change.givesWay = true;
  } else if (refusal.code === 'held' && state.electorate.voters.has(refusal.by)) {
    if (refusal.by < state.self && takesPart(turn, refusal.by)) change.givesWay = true;
  }
}

/** The roster has changed: what was asked about the set before is void. */
export function refreshElectorate(turn: Turn): void {
  const { state } = turn;
  const before = state.electorate.id;
  state.electorate = electorateOf(state.roster.values());
  if (state.electorate.id !== before) state.votersChange = undefined;
  const { tokenFloor } = state.electorate;
  if (isUsableToken(tokenFloor, turn.wallMs)) state.claims.raiseFloor(tokenFloor);
  state.timers.setEarliest('voters', turn.nowMs);
}

/** The first executor that is there and does not vote. */
function nextVoter(turn: Turn): MachineId | undefined {
  let first: MachineId | undefined;
  for (const { id, voter, removed, roles } of turn.state.roster.values()) {
    if (voter || removed || !roles.includes('executor') || (first !== undefined && first < id)) continue;
    if (takesPart(turn, id)) first = id;
  }
  return first;
}

/** It is there, has caught up with the others, and can store what it grants. */
function takesPart({ state }: Turn, id: MachineId): boolean {
  if (id === state.self) return true;
  const load = state.membership.get(id)?.load;
  return state.membership.isAlive(id) && load !== undefined && load.notAccepting === undefined;
}

/** Written once, and never given back from then on: another set must not follow on the same one. */
function winIfMajority(turn: Turn): void {
  const { state } = turn;
  const change = state.votersChange;
  if (change?.kind !== 'asking') return;
  const { voters } = state.electorate;
  const grants = [...change.granted].filter((id) => voters.has(id)).length;
  if (grants < majorityOf(voters.size) || !isFresh(turn, change)) return;
  const { occurrenceId, machine, fencingToken: voterToken } = change;
  state.votersChange = { kind: 'writing', occurrenceId };
  const voterSince = Math.max(turn.wallMs, state.electorate.changedAt + 1);
  const done = (later: Turn): void => {
    if (later.state.votersChange?.occurrenceId === occurrenceId) later.state.votersChange = undefined;
  };
  editDocument(
    turn,
    `voters:${occurrenceId}`,
    [{ kind: 'patch-machine', id: machine, patch: { voter: true, voterSince, voterToken } }],
    {
      finish: done,
      fail: done,
    },
  );
}

function giveBack(turn: Turn): void {
  const { state } = turn;
  const change = state.votersChange;
  state.votersChange = undefined;
  const grant = change === undefined ? undefined : state.claims.grant(change.occurrenceId, 1);
  if (grant?.claimant !== state.self) return;
  store(turn, { ...grant, released: true });
  const { taskId, occurrenceId, attempt, fencingToken } = grant;
  const message = { type: 'claim-release', taskId, occurrenceId, attempt, fencingToken } as const;
  for (const to of state.connected) emit(turn, { type: 'send', to, message });
  state.timers.set('voters', turn.nowMs + TIMES.claimRetryMs * (0.5 + turn.random.fraction()));
}

function store(turn: Turn, grant: Grant): void {
  turn.state.claims.put(grant, turn.nowMs);
  emit(turn, { type: 'write', write: { kind: 'grant', grant } });
}
