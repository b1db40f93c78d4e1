/** Who must agree to a claim, by the guarantee of its task, whether enough of them have, and how long they are waited for. */
import { TIMES } from '../config/constants.ts';
import { majorityOf } from '../claims/claim-rules.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import type { MachineId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import { isAlive, type Member } from '../membership/member.ts';
import type { PeerState, Turn } from './state.ts';
import { isExecutor } from './trust-steps.ts';

/**
 * Until then those who have not granted are asked again. A voter that is overloaded, or far away, answers late: were its
 * claim given back before, it would hold up every task whose majority needs it, as long as its heartbeats say it is there.
 */
export const CLAIM_WAIT_MS = 6 * TIMES.claimAnswerMs;
/**
 * A claim that took longer is not used: what was granted then may have been given up by those who granted it. Well below
 * the time for which a grant without a run counts (`GRANT_BLOCKS_MS` of `grant-steps`).
 */
export const CLAIM_VALID_MS = CLAIM_WAIT_MS + TIMES.claimAnswerMs / 2;

/** So far may the two clocks of a machine come apart while a claim is asked for. More is no drift: one leapt, or stood still. */
const CLOCKS_APART_MS = 500;

/** Whoever says so may go on for hours in which it grants nothing to anybody. */
const GRANTING_NOTHING: ReadonlySet<string> = new Set(['STORAGE_FULL', 'STORAGE_FAILED', 'RECOVERING']);

/**
 * Who must agree. At-least-once: every executor seen alive and fit to grant, so that each side of a split goes on. At-most-once:
 * all voters, so that one side at most does. A claim that only this machine can ever make needs nobody else.
 */
export function electorate(turn: Turn, occurrence: OpenOccurrence, task: Task): ReadonlySet<MachineId> {
  const { state } = turn;
  if (occurrence.slot === state.self) return new Set([state.self]);
  const machines = new Set<MachineId>();
  if (task.policy.guarantee === 'at-least-once') {
    machines.add(state.self);
    for (const member of state.membership.all()) if (mayGrant(state, member)) machines.add(member.id);
    return machines;
  }
  return state.electorate.voters;
}

/** Another machine that is there, may run tasks, and grants claims at all. */
function mayGrant(state: PeerState, member: Member): boolean {
  return isAlive(member) && isExecutor(state, member.id) && !GRANTING_NOTHING.has(member.load?.notAccepting ?? '');
}

/** Have most of the electorate granted? It is asked with each answer: the same machines are counted without listing them. */
export function isMajority(
  turn: Turn,
  occurrence: OpenOccurrence,
  task: Task,
  granted: ReadonlySet<MachineId>,
): boolean {
  const { state } = turn;
  let size = 1;
  let grants = granted.has(state.self) ? 1 : 0;
  if (occurrence.slot !== state.self && task.policy.guarantee === 'at-least-once') {
    for (const member of state.membership.all()) {
      if (!mayGrant(state, member)) continue;
      size += 1;
      if (granted.has(member.id)) grants += 1;
    }
  } else if (occurrence.slot !== state.self) {
    size = state.electorate.voters.size;
    grants = 0;
    for (const machine of granted) if (state.electorate.voters.has(machine)) grants += 1;
  }
  return grants >= majorityOf(size);
}

/**
 * May a claim still be used by its age? The machine may have slept since it asked, with or without its monotonic clock;
 * and had its wall clock been set meanwhile, the two would hide that from each other. When they do not tell the same,
 * nobody knows how old the claim is.
 */
export function isFresh(
  { nowMs, wallMs }: Turn,
  { askedAtMs, askedAt }: { askedAtMs: number; askedAt: number },
): boolean {
  const ranMs = nowMs - askedAtMs;
  const passedMs = wallMs - askedAt;
  return Math.max(ranMs, passedMs) <= CLAIM_VALID_MS && Math.abs(passedMs - ranMs) <= CLOCKS_APART_MS;
}
