/**
 * What may be forgotten, and when. Grants by age alone, because they guard against double starts for as long as a
 * claim could be asked for; runs by age and by number, whichever forgets more.
 */
import { assert } from '../std/assert.ts';
import { TIMES } from '../config/constants.ts';
import { STORAGE } from '../config/storage.ts';

export interface RetentionRules {
  readonly grantRetentionMs: number;
  readonly runRetentionMs: number;
  /** Runs kept in all. */
  readonly runs: number;
}

export const DEFAULT_RETENTION: RetentionRules = {
  grantRetentionMs: TIMES.grantRetentionMs,
  runRetentionMs: TIMES.runRetentionMs,
  runs: STORAGE.runs,
};

/** Instants, epoch milliseconds, before which things are forgotten. */
export interface RetentionCutoffs {
  readonly grantsBefore: number;
  readonly runsBefore: number;
}

/** The cutoffs at `now` (epoch milliseconds); never negative. */
export function retentionCutoffs(now: number, rules: RetentionRules = DEFAULT_RETENTION): RetentionCutoffs {
  return {
    grantsBefore: Math.max(0, now - rules.grantRetentionMs),
    runsBefore: Math.max(0, now - rules.runRetentionMs),
  };
}

/**
 * How many of the oldest runs are too many. Nothing until the limit is passed by a hundredth, then down to the limit,
 * so that it is not looked for at each new run.
 */
export function excessRuns(count: number, limit: number): number {
  assert(count >= 0 && limit > 0, 'runs are counted, and some are kept');
  return count > limit + Math.ceil(limit / 100) ? count - limit : 0;
}
