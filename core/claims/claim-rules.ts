/**
 * When a claim is granted. Pure: what is known goes in, the verdict comes out. The rules make two things impossible:
 * two claimants with a majority of grants for one attempt (every two majorities share a granter, and a granter decides
 * once), and two claims of a task with the same or a falling fencing token through a shared granter.
 */
import type { MachineId, OccurrenceId } from '../domain/ids.ts';
import type { Overlap } from '../domain/policy.ts';
import type { ClaimRefusal, ClaimRequest, Grant } from './claim.ts';

export interface ClaimKnowledge {
  /** What was granted for this attempt before. */
  readonly grant: Grant | undefined;
  /** The holder of that grant is not among the living. */
  readonly holderGone: boolean;
  /** What came due up to this instant may have been granted or started unknown to this machine; -Infinity: nothing. */
  readonly forgottenUntil: number;
  /** The machine that has started (or ended) this attempt or a later one, by the run logs. */
  readonly settledBy: MachineId | undefined;
  /** Highest token granted or seen for the task, with its attempt. */
  readonly highestToken: number;
  /** Another occurrence of the task that is claimed or running. */
  readonly other: { readonly occurrenceId: OccurrenceId; readonly by: MachineId } | undefined;
  /** Undefined when the task is not known here. */
  readonly overlap: Overlap | undefined;
  /** Claims on occurrences that came due before this instant cannot be judged: what was granted may be forgotten. */
  readonly rememberedSince: number;
}

export type Verdict = { readonly granted: true } | { readonly granted: false; readonly refusal: ClaimRefusal };

export function judgeClaim(request: ClaimRequest, known: ClaimKnowledge): Verdict {
  const { grant } = known;
  if (request.dueAt < known.rememberedSince) return refuse({ code: 'too-old' });
  const mustBeSure = request.guarantee === 'at-most-once';
  if (mustBeSure && request.dueAt <= known.forgottenUntil) return refuse({ code: 'too-old' });
  // Its claimant may ask again for what it has run itself: late, or because it has forgotten. Once is enough.
  if (known.settledBy !== undefined) return refuse({ code: 'settled', by: known.settledBy });
  // Rather twice than never, for those who want it so: a claimant that died before it showed a run blocks nobody.
  const held = grant !== undefined && !grant.released && (mustBeSure || !known.holderGone);
  if (held && grant.claimant !== request.claimant) {
    return refuse({ code: 'held', by: grant.claimant, token: grant.fencingToken });
  }
  const repeats = grant !== undefined && grant.claimant === request.claimant && !grant.released;
  if (repeats && request.fencingToken >= grant.fencingToken) return { granted: true };
  if (request.fencingToken <= known.highestToken) return refuse({ code: 'stale-token', token: known.highestToken });
  if (known.other !== undefined && known.overlap !== undefined && known.overlap !== 'allow') {
    return refuse({ code: 'overlap', ...known.other });
  }
  return { granted: true };
}

/** How far a token may be ahead of the clock: half of what can be counted, far beyond any clock that is wrong. */
const TOKEN_AHEAD = 2 ** 52;

/**
 * True for tokens that count. Each new token is higher than those before it, so one as high as numbers go would leave
 * none for the claims after it.
 * @param wallMs epoch milliseconds
 */
export function isUsableToken(token: number, wallMs: number): boolean {
  return token <= wallMs + TOKEN_AHEAD;
}

/** Grants that make a majority of `electorate` machines: two majorities always share one. */
export function majorityOf(electorate: number): number {
  return Math.floor(electorate / 2) + 1;
}

function refuse(refusal: ClaimRefusal): Verdict {
  return { granted: false, refusal };
}
