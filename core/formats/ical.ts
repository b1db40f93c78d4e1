/**
 * Calendars from iCalendar files (RFC 5545), as public holidays and school terms are published: whole days, single, several
 * in a row, or recurring in a way that a calendar of ours can say. What it cannot say is left out and named, never guessed.
 *
 * The file is parsed by `ical.js`. Its recurrence iterator does not end for a rule that no day fits, so only rules that have
 * a day in every year are given to it.
 */
import ICAL from 'ical.js';
import { LIMITS } from '../config/constants.ts';
import { type Calendar, type CalendarDay, calendarSchema, type CalendarWindow, WEEKDAYS } from '../domain/calendar.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';

/** What a file became. */
export interface ImportedCalendar {
  readonly calendar: Calendar;
  /** Events that were left out, with the reason; the first hundred. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** How many were left out in all; those that are over already are not counted. */
  readonly skippedCount: number;
}

const SKIPPED_LISTED = 100;
/** Years ahead for which a recurrence is written down day by day. */
const YEARS_AHEAD = 10;
/** Days that all recurrences of a file are written down as, those that are over included. */
const EXPANDED_DAYS = 3000;
/** No event that is longer is a holiday or a term; most are mistakes. */
const LONGEST_DAYS = 366;
const DAY_MS = 86_400_000;
const ICAL_WEEKDAYS: Readonly<Record<string, (typeof WEEKDAYS)[number]>> = {
  MO: 'mon',
  TU: 'tue',
  WE: 'wed',
  TH: 'thu',
  FR: 'fri',
  SA: 'sat',
  SU: 'sun',
};
/** Such as `4TH` or `-1MO`: every month has one of it. */
const NTH_WEEKDAY = /^[+-]?[1-4](?:MO|TU|WE|TH|FR|SA|SU)$/;

type Converted =
  { readonly days: CalendarDay[] } | { readonly windows: CalendarWindow[] } | { readonly reason: string };

/**
 * Reads an iCalendar file.
 * @param today a date (`2026-12-24`): what was over before that day is left out
 * @returns INVALID_ICAL when it is none, LIMIT_EXCEEDED when it names more days than a calendar has
 */
export function calendarFromIcal(text: string, today: string): Result<ImportedCalendar> {
  const root = parse(text);
  if (!root.ok) return root;
  const days = new Map<string, CalendarDay>();
  const windows: CalendarWindow[] = [];
  const skipped: { name: string; reason: string }[] = [];
  let skippedCount = 0;
  const budget = { days: EXPANDED_DAYS };
  for (const component of root.value.getAllSubcomponents('vevent')) {
    const name = nameOf(component);
    const converted = convert(component, name, today, budget);
    if ('reason' in converted) {
      skippedCount += 1;
      if (skipped.length < SKIPPED_LISTED) skipped.push({ name, reason: converted.reason });
    } else if ('windows' in converted) windows.push(...converted.windows);
    else for (const day of converted.days) days.set(`${day.from} ${day.to ?? ''} ${String(day.yearly)}`, day);
  }
  if (days.size > LIMITS.daysPerCalendar || windows.length > LIMITS.windowsPerCalendar) {
    const message = `The file has ${days.size} days and ${windows.length} weekly days; a calendar has at most ${LIMITS.daysPerCalendar} and ${LIMITS.windowsPerCalendar}.`;
    return err(appError('LIMIT_EXCEEDED', message));
  }
  const ordered = [...days.values()].sort((a, b) => (a.from < b.from ? -1 : 1));
  const about = textOf(root.value.getFirstPropertyValue('x-wr-calname'), LIMITS.descriptionLength);
  const calendar = calendarSchema.safeParse({ about, days: ordered, windows });
  if (!calendar.success) return invalid('it has a date that a calendar cannot hold');
  return ok({ calendar: calendar.data, skipped, skippedCount });
}

function invalid(why: string): Result<never> {
  return err(appError('INVALID_ICAL', `This is no iCalendar file: ${why}.`));
}

function parse(text: string): Result<ICAL.Component> {
  if (!/^\uFEFF?BEGIN:VCALENDAR\r?$/im.test(text.slice(0, 200)))
    return invalid('it does not begin with BEGIN:VCALENDAR');
  try {
    const parsed: unknown = ICAL.parse(text);
    const first: unknown = Array.isArray(parsed) && Array.isArray(parsed[0]) ? parsed[0] : parsed;
    return ok(new ICAL.Component(first as ConstructorParameters<typeof ICAL.Component>[0]));
  } catch (error) {
    return invalid(error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read');
  }
}

function convert(component: ICAL.Component, name: string, today: string, budget: Budget): Converted {
  if (textOf(component.getFirstPropertyValue('status'), 20).toUpperCase() === 'CANCELLED')
    return { reason: 'it is cancelled' };
  const start = component.getFirstPropertyValue('dtstart');
  if (!(start instanceof ICAL.Time)) return { reason: 'it has no beginning' };
  if (!start.isDate) return { reason: 'it has a time of day; only whole days are taken' };
  const from = dateOf(start);
  if (from === undefined) return { reason: 'its date does not exist' };
  const lengthDays = lengthOf(component, start);
  const isOver = !component.hasProperty('rrule') && dayOf(from) + lengthDays <= dayOf(today);
  if (lengthDays > LONGEST_DAYS && isOver) return { days: [] };
  if (lengthDays > LONGEST_DAYS) return { reason: `it lasts longer than ${LONGEST_DAYS} days` };
  const odd = oddityOf(component);
  if (odd !== undefined) return { reason: odd };
  const rule = component.getFirstPropertyValue('rrule');
  if (rule === null) return { days: notOver([spanOf(from, lengthDays, name)], today) };
  if (!(rule instanceof ICAL.Recur)) return { reason: 'its recurrence cannot be read' };
  return recurring(component, rule, { from, lengthDays, name, today, budget });
}

/** Ways in which an event may name further days, or other ones, that are not followed here. */
function oddityOf(component: ICAL.Component): string | undefined {
  if (component.hasProperty('recurrence-id'))
    return 'it stands for one day of an event that recurs (RECURRENCE-ID), which is taken as it was';
  if (component.hasProperty('rdate')) return 'it names further days one by one (RDATE)';
  if (component.getAllProperties('rrule').length > 1) return 'it has more than one recurrence';
  return undefined;
}

/** What the recurrences of one file may still be written down as: the counting takes the agent's time. */
interface Budget {
  days: number;
}

interface Occasion {
  readonly from: string;
  readonly lengthDays: number;
  readonly name: string;
  readonly today: string;
  readonly budget: Budget;
}

function recurring(component: ICAL.Component, rule: ICAL.Recur, occasion: Occasion): Converted {
  const { from, lengthDays, name, today } = occasion;
  const parts = rule.parts as Readonly<Record<string, readonly (string | number)[] | undefined>>;
  const ends = rule.count !== null || rule.until !== null || component.hasProperty('exdate');
  const byDay = (parts['BYDAY'] ?? []).map(String);
  const kinds = Object.keys(parts).sort().join();
  if (rule.interval !== 1) return { reason: 'it does not recur every week or every year' };
  if (rule.freq === 'WEEKLY' && !ends && (kinds === '' || kinds === 'BYDAY') && lengthDays === 1) {
    const weekdays = byDay.length > 0 ? byDay.map((day) => ICAL_WEEKDAYS[day]) : [WEEKDAYS[(dayOf(from) + 3) % 7]];
    if (weekdays.every((day) => day !== undefined)) return { windows: [{ weekdays, from: '00:00', to: '24:00' }] };
  }
  if (rule.freq === 'YEARLY') {
    if (isOnItsOwnDate(parts, from) && !ends) return { days: [{ ...spanOf(from, lengthDays, name), yearly: true }] };
    const month =
      parts['BYMONTH']?.length === 1 && Number(parts['BYMONTH'][0]) >= 1 && Number(parts['BYMONTH'][0]) <= 12;
    const nth = kinds === 'BYDAY,BYMONTH' && month && byDay.length === 1 && NTH_WEEKDAY.test(byDay[0] ?? '');
    if (nth || isOnItsOwnDate(parts, from)) {
      const days = expand(component, occasion);
      return days === undefined ? { reason: 'the file has too many days that recur' } : { days: notOver(days, today) };
    }
  }
  return { reason: 'its recurrence is of a kind that a calendar cannot say' };
}

/** A yearly rule that says no more than the date of the event does; 29 February is not in every year. */
function isOnItsOwnDate(
  parts: Readonly<Record<string, readonly (string | number)[] | undefined>>,
  from: string,
): boolean {
  const { BYMONTH: months = [], BYMONTHDAY: days = [], ...others } = parts;
  const same = (values: readonly (string | number)[], own: string): boolean =>
    values.every((value) => Number(value) === Number(own)) && values.length <= 1;
  const plain = Object.keys(others).length === 0 && same(months, from.slice(5, 7)) && same(days, from.slice(8, 10));
  // A day without its month is that day of every month.
  return plain && days.length <= months.length && from.slice(5) !== '02-29';
}

/** Day by day, for some years ahead; undefined when that is too much. The rule has a day in every year, so this ends. */
function expand(component: ICAL.Component, { lengthDays, name, today, budget }: Occasion): CalendarDay[] | undefined {
  const days: CalendarDay[] = [];
  // Other events of the file are no matter here; without this they are all looked at.
  const iterator = new ICAL.Event(component, { exceptions: [] }).iterator();
  const lastYear = Number(today.slice(0, 4)) + YEARS_AHEAD;
  while (budget.days > 0) {
    budget.days -= 1;
    // What is typed as always there is absent at the end.
    const next = iterator.next() as ICAL.Time | undefined;
    const date = next === undefined ? undefined : dateOf(next);
    if (next === undefined || date === undefined || next.year > lastYear) return days;
    days.push(spanOf(date, lengthDays, name));
  }
  return undefined;
}

function spanOf(from: string, lengthDays: number, name: string): CalendarDay {
  const last = new Date(Date.parse(from) + (lengthDays - 1) * DAY_MS).toISOString().slice(0, 10);
  return { from, ...(lengthDays > 1 ? { to: last } : {}), ...(name === '' ? {} : { name }) };
}

function notOver(days: readonly CalendarDay[], today: string): CalendarDay[] {
  return days.filter(({ from, to }) => (to ?? from) >= today);
}

/** Days that an event takes: to its end, which is excluded, or by its duration; one where neither is told. */
function lengthOf(component: ICAL.Component, start: ICAL.Time): number {
  const end = component.getFirstPropertyValue('dtend');
  const duration = component.getFirstPropertyValue('duration');
  const to = end instanceof ICAL.Time ? dateOf(end) : undefined;
  const from = dateOf(start);
  const days =
    to !== undefined && from !== undefined
      ? (Date.parse(to) - Date.parse(from)) / DAY_MS
      : duration instanceof ICAL.Duration
        ? Math.floor(duration.toSeconds() / 86_400)
        : 1;
  return Math.max(1, days);
}

/** Undefined when there is no such day. */
function dateOf(time: ICAL.Time): string | undefined {
  const text = `${String(time.year).padStart(4, '0')}-${String(time.month).padStart(2, '0')}-${String(time.day).padStart(2, '0')}`;
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? text : undefined;
}

function dayOf(date: string): number {
  return Date.parse(date) / DAY_MS;
}

function nameOf(component: ICAL.Component): string {
  return textOf(component.getFirstPropertyValue('summary'), LIMITS.nameLength);
}

function textOf(value: unknown, length: number): string {
  return typeof value === 'string' ? value.trim().slice(0, length) : '';
}
