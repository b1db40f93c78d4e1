/**
 * Calendars as the scheduler reads them: whether a schedule is open at an instant, and until when it is closed. All is
 * local time in the zone of the schedule, walked span by span (one offset each), so that both passes of a repeated hour
 * count alike and a skipped one never comes.
 *
 *   open  =  (no `only`, or in one of them)  and  in none of `except`
 */
import {
  type Calendar,
  type CalendarBook,
  type CalendarUse,
  type CalendarWindow,
  WEEKDAYS,
} from '../domain/calendar.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';
import { spanAt } from './zone-spans.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday; weekdays count from Monday here. */
const EPOCH_WEEKDAY = 3;

/** From (included) to (excluded), in milliseconds of the day. */
type Stretch = readonly [fromMs: number, toMs: number];

interface CompiledCalendar {
  /** Days since 1970, first and last of each; ascending, apart from each other. */
  readonly days: readonly (readonly [first: number, last: number])[];
  /** Days of every year as month × 100 + day, first and last; the last may be in the next year. */
  readonly yearly: readonly (readonly [first: number, last: number])[];
  /** By the day of the week, from Monday. */
  readonly stretches: readonly (readonly Stretch[])[];
}

/** Thousands of tasks may name the same calendar: it is prepared once, and shared. One that changes is another object. */
const compiledCalendars = new WeakMap<Calendar, CompiledCalendar>();

/** When a schedule is open. */
export interface OpenTimes {
  readonly timeZone: string;
  readonly only: readonly CompiledCalendar[];
  readonly except: readonly CompiledCalendar[];
  /** Where something may change within a day, in milliseconds of the day, ascending; by the day of the week. */
  readonly edges: readonly (readonly number[])[];
}

/**
 * Prepares the calendars that a schedule names.
 * @param timeZone a checked name
 * @returns undefined when it names none; CALENDAR_NOT_FOUND with the field concerned
 */
export function compileOpenTimes(
  use: CalendarUse | undefined,
  book: CalendarBook,
  timeZone: string,
): Result<OpenTimes | undefined> {
  if (use === undefined || (use.only.length === 0 && use.except.length === 0)) return ok(undefined);
  const sides: { only: CompiledCalendar[]; except: CompiledCalendar[] } = { only: [], except: [] };
  for (const side of ['only', 'except'] as const) {
    for (const name of use[side]) {
      const calendar = book.get(name);
      if (calendar === undefined) {
        const message = `There is no calendar "${name}".`;
        return err(appError('CALENDAR_NOT_FOUND', message, { field: `schedule.calendars.${side}` }));
      }
      sides[side].push(compiledOf(calendar));
    }
  }
  const all = [...sides.only, ...sides.except];
  const edges = WEEKDAYS.map((_, weekday) => {
    const found = new Set(all.flatMap(({ stretches }) => (stretches[weekday] ?? []).flat()));
    return [...found].sort((a, b) => a - b);
  });
  return ok({ timeZone, ...sides, edges });
}

/** Whether a schedule is open at an instant. */
export function isOpenAt(times: OpenTimes, instant: number): boolean {
  const localMs = instant + spanAt(times.timeZone, instant).offsetMs;
  const isIn = (calendar: CompiledCalendar): boolean => contains(calendar, localMs);
  return (times.only.length === 0 || times.only.some(isIn)) && !times.except.some(isIn);
}

/** The first instant after `instant` at which it may be otherwise than then: never later than it is, perhaps earlier. */
export function changesAfter(times: OpenTimes, instant: number): number {
  const { offsetMs, endAt } = spanAt(times.timeZone, instant);
  const { dayMs, ofDayMs, weekday } = partsOf(instant + offsetMs);
  const edge = times.edges[weekday]?.find((at) => at > ofDayMs) ?? DAY_MS;
  return Math.min(endAt, dayMs + edge - offsetMs);
}

/** The last instant up to `instant` (included) since which it has been as it is then: never earlier than it is. */
export function unchangedSince(times: OpenTimes, instant: number): number {
  const { offsetMs, startAt } = spanAt(times.timeZone, instant);
  const { dayMs, ofDayMs, weekday } = partsOf(instant + offsetMs);
  const edge = times.edges[weekday]?.findLast((at) => at <= ofDayMs) ?? 0;
  return Math.max(startAt, dayMs + edge - offsetMs);
}

function contains({ days, yearly, stretches }: CompiledCalendar, localMs: number): boolean {
  const { dayMs, ofDayMs, weekday } = partsOf(localMs);
  if (stretches[weekday]?.some(([fromMs, toMs]) => ofDayMs >= fromMs && ofDayMs < toMs) === true) return true;
  if (isAmong(days, dayMs / DAY_MS)) return true;
  if (yearly.length === 0) return false;
  const date = new Date(dayMs);
  const ofYear = (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  return yearly.some(([first, last]) =>
    first <= last ? ofYear >= first && ofYear <= last : ofYear >= first || ofYear <= last,
  );
}

/** By bisection: a calendar may have a thousand stretches, and is asked of for every closed time that is gone past. */
function isAmong(stretches: CompiledCalendar['days'], day: number): boolean {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle]?.[1] ?? 0) < day) low = middle + 1;
    else high = middle;
  }
  return (stretches[low]?.[0] ?? Infinity) <= day;
}

/** Stretches of days in order, those that touch as one. */
function merged(stretches: (readonly [number, number])[]): (readonly [number, number])[] {
  const apart: [number, number][] = [];
  for (const [first, last] of stretches.sort((a, b) => a[0] - b[0])) {
    const before = apart.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else apart.push([first, last]);
  }
  return apart;
}

function partsOf(localMs: number): { dayMs: number; ofDayMs: number; weekday: number } {
  const day = Math.floor(localMs / DAY_MS);
  return { dayMs: day * DAY_MS, ofDayMs: localMs - day * DAY_MS, weekday: (((day + EPOCH_WEEKDAY) % 7) + 7) % 7 };
}

function compiledOf(calendar: Calendar): CompiledCalendar {
  const compiled = compiledCalendars.get(calendar) ?? compileCalendar(calendar);
  compiledCalendars.set(calendar, compiled);
  return compiled;
}

function compileCalendar({ days, windows }: Calendar): CompiledCalendar {
  return {
    days: merged(
      days
        .filter(({ yearly }) => yearly !== true)
        .map(({ from, to }) => [Date.parse(from) / DAY_MS, Date.parse(to ?? from) / DAY_MS]),
    ),
    yearly: days
      .filter(({ yearly }) => yearly === true)
      .map(({ from, to }) => [monthDayOf(from), monthDayOf(to ?? from)]),
    stretches: WEEKDAYS.map((_, weekday) => windows.flatMap((window) => stretchesOn(window, weekday))),
  };
}

/** What of a window lies on a day of the week: its beginning, or what reaches into it from the day before. */
function stretchesOn({ weekdays, from, to }: CalendarWindow, weekday: number): Stretch[] {
  const [fromMs, toMs] = [ofDayMsOf(from), ofDayMsOf(to)];
  const startsOn = (day: number): boolean => weekdays.some((name) => WEEKDAYS.indexOf(name) === day);
  const found: Stretch[] = [];
  const endsNextDay = toMs <= fromMs;
  if (startsOn(weekday)) found.push([fromMs, endsNextDay ? DAY_MS : toMs]);
  if (endsNextDay && toMs > 0 && startsOn((weekday + 6) % 7)) found.push([0, toMs]);
  return found;
}

function monthDayOf(date: string): number {
  return Number(date.slice(5, 7)) * 100 + Number(date.slice(8, 10));
}

function ofDayMsOf(time: string): number {
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))) * MINUTE_MS;
}
