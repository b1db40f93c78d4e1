/**
 * Cron schedules in a time zone: local times become instants. The daylight-saving rule, which is that of the test table
 * of the Cronos library (HangfireIO) for its two classes of expressions:
 *
 * - A local time that the clocks skip (spring gap) comes due at the first valid instant after the gap, once, however
 *   many local times of the schedule fell into it.
 * - A local time that the clocks show twice (autumn overlap) comes due at the first of the two. A recurring schedule
 *   (`*`, range or step in second, minute or hour) comes due at both, because it follows elapsed time.
 *
 * It holds for every change of offset, whatever its cause or size: half-hour shifts, shifts at midnight, lost days.
 *
 * The zone is walked span by span (one offset each). Within a span the calendar search is plain arithmetic; at its start
 * there may be a gap to make up for, or an overlap to leave out.
 */
import { countLocalSeconds, nextLocalSecond, previousLocalSecond } from './cron-local-time.ts';
import type { CronSchedule } from './cron-schedule.ts';
import { offsetAt, spanAt, type ZoneSpan } from './zone-spans.ts';

/** Longer than any change of offset, the loss or gain of a whole day included. */
const LARGEST_SHIFT_MS = 48 * 3_600_000;

/**
 * The first occurrence strictly after an instant.
 * @param zone a checked time zone name
 * @param after epoch milliseconds
 * @returns epoch milliseconds, or undefined when there is none before the year 10000
 */
export function nextCronOccurrence(schedule: CronSchedule, zone: string, after: number): number | undefined {
  let from = Math.floor(after) + 1;
  for (;;) {
    const span = spanAt(zone, from);
    if (from === span.startAt && isDueAfterGap(schedule, zone, span)) return from;
    const local = nextLocalSecond(schedule, Math.ceil(firstLocalMs(schedule, zone, span, from) / 1000) - 1);
    if (local === undefined) return undefined;
    const found = local * 1000 - span.offsetMs;
    if (found < span.endAt) return found;
    // Nothing here. Spans up to shortly before the local time found cannot hold anything either, unless clocks are set
    // back soon and show again what lies before `from`.
    const skipTo = span.endAt > from + LARGEST_SHIFT_MS ? found - LARGEST_SHIFT_MS : span.endAt;
    from = skipTo > span.endAt ? spanAt(zone, skipTo).startAt : span.endAt;
  }
}

/** The last occurrence strictly before an instant; the mirror of `nextCronOccurrence`. */
export function previousCronOccurrence(schedule: CronSchedule, zone: string, before: number): number | undefined {
  let until = Math.ceil(before);
  for (;;) {
    const span = spanAt(zone, until - 1);
    const local = previousLocalSecond(schedule, Math.ceil((until + span.offsetMs) / 1000));
    if (local !== undefined) {
      const found = local * 1000 - span.offsetMs;
      if (found >= firstLocalMs(schedule, zone, span, span.startAt) - span.offsetMs) return found;
    }
    if (isDueAfterGap(schedule, zone, span)) return span.startAt;
    if (local === undefined) return undefined;
    const mayShowAgain = until - span.startAt <= LARGEST_SHIFT_MS;
    const skipTo = mayShowAgain ? span.startAt : local * 1000 - span.offsetMs + LARGEST_SHIFT_MS;
    until = skipTo < span.startAt ? Math.min(span.startAt, spanAt(zone, skipTo).endAt) : span.startAt;
  }
}

/** How many occurrences there are after `after` (excluded) up to `until` (included). Takes time by months, not by number. */
export function countCronOccurrences(schedule: CronSchedule, zone: string, after: number, until: number): number {
  let total = 0;
  const end = Math.floor(until) + 1;
  for (let from = Math.floor(after) + 1; from < end;) {
    const span = spanAt(zone, from);
    const spanEnd = Math.min(span.endAt, end);
    const firstSecond = Math.ceil(firstLocalMs(schedule, zone, span, from) / 1000);
    total += countLocalSeconds(schedule, firstSecond, Math.ceil((spanEnd + span.offsetMs) / 1000));
    if (from === span.startAt && isDueAfterGap(schedule, zone, span)) {
      const startSecond = (from + span.offsetMs) / 1000;
      if (nextLocalSecond(schedule, startSecond - 1) !== startSecond) total += 1;
    }
    from = spanEnd;
  }
  return total;
}

/** The local time from which a span is searched: fixed times were due already when their local time was first shown. */
function firstLocalMs(schedule: CronSchedule, zone: string, span: ZoneSpan, from: number): number {
  const local = from + span.offsetMs;
  if (schedule.recurring || zone === 'UTC') return local;
  for (let startAt = span.startAt; from - startAt <= LARGEST_SHIFT_MS;) {
    const previous = spanAt(zone, startAt - 1);
    if (previous.offsetMs !== span.offsetMs) return Math.max(local, startAt + previous.offsetMs);
    startAt = previous.startAt;
  }
  return local;
}

/** Whether clocks were set forward at the start of the span over a local time of the schedule. */
function isDueAfterGap(schedule: CronSchedule, zone: string, span: ZoneSpan): boolean {
  const previousMs = offsetAt(zone, span.startAt - 1);
  if (previousMs >= span.offsetMs) return false;
  const local = nextLocalSecond(schedule, (span.startAt + previousMs) / 1000 - 1);
  return local !== undefined && local < (span.startAt + span.offsetMs) / 1000;
}
