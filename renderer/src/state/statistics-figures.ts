/** What is worked out of statistics for showing them. */
import type { StatisticsOutput } from '../../../core/api/statistics-schemas.ts';

export interface RunCounts {
  /** All that ran, or was to. */
  readonly runs: number;
  readonly succeeded: number;
  /** Failed, timed out or lost. */
  readonly failed: number;
}

export function countsOf({ totals }: StatisticsOutput): RunCounts {
  const runs = Object.values(totals).reduce((sum, count) => sum + count, 0);
  return { runs, succeeded: totals.succeeded, failed: totals.failed + totals['timed-out'] + totals.lost };
}

/** How dark an hour of the heat map is: 0 for none, else 1 to 4 by its share of the busiest. */
export function heatOf(count: number, most: number): 0 | 1 | 2 | 3 | 4 {
  if (count <= 0 || most <= 0) return 0;
  return Math.min(4, Math.max(1, Math.ceil((4 * count) / most))) as 1 | 2 | 3 | 4;
}

/** How many runs of a machine went on at once, on average over the time. */
export function concurrencyOf(busyMs: number, { since, until }: Pick<StatisticsOutput, 'since' | 'until'>): number {
  const lengthMs = Date.parse(until) - Date.parse(since);
  return lengthMs <= 0 ? 0 : busyMs / lengthMs;
}
