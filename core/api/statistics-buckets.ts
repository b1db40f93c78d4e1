/**
 * How statistics divide time: whole hours or days of a time zone, and its offsets. Worked out here, so that whoever
 * counts the runs needs no time zones.
 */
import { LIMITS } from '../config/constants.ts';
import { localTimeToInstants, zoneOffsetMs } from '../scheduling/time-zone.ts';
import { spanAt } from '../scheduling/zone-spans.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';

export type BucketUnit = 'hour' | 'day';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Up to this length hours are told, when nobody says which. */
const HOURS_UP_TO_MS = 3 * DAY_MS;

export function bucketUnitOf(since: number, until: number): BucketUnit {
  return until - since <= HOURS_UP_TO_MS ? 'hour' : 'day';
}

/**
 * Where the buckets from `since` to `until` begin, ascending; the first is the hour or day that `since` is in. A day
 * begins at local midnight (or when the clocks jump over it), so that days are 23 and 25 hours long where clocks change.
 * Refuses more than `LIMITS.statisticsBuckets` with INVALID_INPUT.
 * @param zone a checked name
 */
export function bucketStartsOf(zone: string, unit: BucketUnit, since: number, until: number): Result<number[]> {
  const unitMs = unit === 'hour' ? HOUR_MS : DAY_MS;
  if ((until - since) / unitMs > LIMITS.statisticsBuckets - 2) {
    const message = `from since to until there are more than ${LIMITS.statisticsBuckets} ${unit}s`;
    const advice = unit === 'hour' ? 'Ask for days, or for less time.' : 'Ask for less time.';
    return err(appError('INVALID_INPUT', message, { field: 'since', advice }));
  }
  const offsetMs = zoneOffsetMs(zone, since);
  const localMs = Math.floor((since + offsetMs) / unitMs) * unitMs;
  const starts: number[] = [];
  for (let count = 0; count < LIMITS.statisticsBuckets; count += 1) {
    const start = unit === 'hour' ? localMs - offsetMs + count * HOUR_MS : midnight(zone, localMs + count * DAY_MS);
    if (start >= until) break;
    starts.push(start);
  }
  return ok(starts);
}

/** The offsets of a zone between two instants, as steps. */
export function offsetsBetween(zone: string, since: number, until: number): { from: number; offsetMs: number }[] {
  const offsets: { from: number; offsetMs: number }[] = [];
  for (let from = since; from < until || offsets.length === 0;) {
    const { endAt, offsetMs } = spanAt(zone, from);
    if (offsets.at(-1)?.offsetMs !== offsetMs) offsets.push({ from, offsetMs });
    from = endAt;
  }
  return offsets;
}

function midnight(zone: string, localMs: number): number {
  const [first] = localTimeToInstants(zone, localMs);
  return first ?? localMs - zoneOffsetMs(zone, localMs - DAY_MS);
}
