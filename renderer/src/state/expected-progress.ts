/**
 * How far a run is: what its process reported, else what the newest runs of its task let expect. An expectation never
 * says that a run is done: the bar is full only at the 95th percentile, and what takes longer is told as such.
 */

/** How long the newest runs of a task took that ended by themselves. */
export interface UsualTime {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly count: number;
}

/** Fewer runs than this say nothing of what is usual. */
export const LEAST_RUNS = 3;

export type Progress =
  /** The process said so. `share` is 0 to 1. */
  | { readonly kind: 'reported'; readonly share: number }
  /** Within what is usual. `share` of the 95th percentile; half of the runs end before `medianShare`. */
  | { readonly kind: 'expected'; readonly share: number; readonly medianShare: number }
  /** Longer than 95 of 100 runs took. */
  | { readonly kind: 'over'; readonly overMs: number };

/**
 * @param reported 0 to 1 by the process, null when it says nothing
 * @param elapsedMs since the start; undefined before it
 * @returns undefined when nothing is known
 */
export function progressOf(
  reported: number | null,
  elapsedMs: number | undefined,
  usual: UsualTime | undefined,
): Progress | undefined {
  if (reported !== null) return { kind: 'reported', share: Math.min(1, Math.max(0, reported)) };
  if (elapsedMs === undefined || usual === undefined || usual.count < LEAST_RUNS || usual.p95Ms <= 0) return undefined;
  if (elapsedMs > usual.p95Ms) return { kind: 'over', overMs: elapsedMs - usual.p95Ms };
  return { kind: 'expected', share: elapsedMs / usual.p95Ms, medianShare: usual.medianMs / usual.p95Ms };
}
