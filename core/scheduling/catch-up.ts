/**
 * Catch-up: what becomes of occurrences that came due while nobody could run them. Whatever the mode, what is made up
 * for is always the newest stretch of them, and everything older is missed, counted and told, never silently dropped.
 *
 * Occurrences that are hardly late (`onTimeMs`) count as on time and run in every mode.
 */
import { LIMITS } from '../config/constants.ts';
import type { CatchUp } from '../domain/policy.ts';
import { type CompiledSchedule, countOccurrences, latestOccurrences, nextOccurrence } from './occurrence.ts';

export interface CatchUpQuestion {
  readonly compiled: CompiledSchedule;
  readonly catchUp: CatchUp;
  /** Up to this instant (included) every occurrence has been dealt with. */
  readonly accountedUntil: number;
  readonly now: number;
  /** No later than this counts as on time. */
  readonly onTimeMs: number;
}

export interface CatchUpPlan {
  /** Nominal instants to run, oldest first; at most `LIMITS.catchUpOccurrences`. */
  readonly run: readonly number[];
  readonly missed: {
    readonly count: number;
    readonly oldest?: number;
    readonly newest?: number;
    /** The newest of them, oldest first; at most `LIMITS.catchUpOccurrences`. */
    readonly listed: readonly number[];
  };
}

/**
 * Decides about every occurrence after `accountedUntil` up to `now`.
 * - `skip`: only what is on time runs.
 * - `latest`: so does the newest late one, if it is within the window.
 * - `all`: so do all late ones within the window.
 */
export function planCatchUp(question: CatchUpQuestion): CatchUpPlan {
  const { compiled, accountedUntil, now } = question;
  const run = occurrencesToRun(question);
  const missedUntil = run[0] === undefined ? now : run[0] - 1;
  const count = countOccurrences(compiled, accountedUntil, missedUntil);
  const listed = latestOccurrences(compiled, accountedUntil, missedUntil, LIMITS.catchUpOccurrences);
  const oldest = nextOccurrence(compiled, accountedUntil);
  const newest = listed.at(-1);
  if (oldest === undefined || newest === undefined) return { run, missed: { count: 0, listed: [] } };
  return { run, missed: { count, oldest, newest, listed } };
}

function occurrencesToRun({ compiled, catchUp, accountedUntil, now, onTimeMs }: CatchUpQuestion): readonly number[] {
  const newest = latestOccurrences(compiled, accountedUntil, now, LIMITS.catchUpOccurrences);
  const isOnTime = (instant: number): boolean => instant >= now - onTimeMs;
  const isInWindow = (instant: number): boolean => instant >= now - catchUp.windowMs;
  const late = newest.filter((instant) => !isOnTime(instant) && isInWindow(instant));
  const onTime = newest.filter(isOnTime);
  switch (catchUp.mode) {
    case 'skip':
      return onTime;
    case 'latest':
      return [...late.slice(-1), ...onTime];
    case 'all':
      return [...late, ...onTime];
  }
}
