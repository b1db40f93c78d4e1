/** Calendars: which times are open, across midnight, years and clock changes, and what a schedule makes of it. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { type Calendar, calendarSchema } from '../../../core/domain/calendar.ts';
import { scheduleSchema } from '../../../core/domain/schedule.ts';
import {
  type CompiledSchedule,
  compileSchedule,
  countOccurrences,
  latestOccurrences,
  nextOccurrence,
  occurrencesBetween,
  previousOccurrence,
} from '../../../core/scheduling/occurrence.ts';
import { formatZoned } from '../../../core/scheduling/time-zone.ts';

const ZONE = 'Europe/Berlin';
const DAY_MS = 86_400_000;
const WORKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;

function book(calendars: Record<string, object>): Map<string, Calendar> {
  return new Map(Object.entries(calendars).map(([name, calendar]) => [name, calendarSchema.parse(calendar)]));
}

function compile(cron: string, use: { only?: string[]; except?: string[] }, calendars: Record<string, object>) {
  const schedule = scheduleSchema.parse({
    triggers: [{ kind: 'cron', expression: cron }],
    timeZone: ZONE,
    calendars: use,
  });
  return compileSchedule(schedule, book(calendars));
}

function compiled(...parts: Parameters<typeof compile>): CompiledSchedule {
  const made = compile(...parts);
  if (!made.ok) throw new Error(made.error.message);
  return made.value;
}

/** The next occurrences after a local time of the zone, in local time. */
function upcoming(schedule: CompiledSchedule, after: string, count: number): string[] {
  return occurrencesBetween(schedule, Date.parse(after), Infinity, count).instants.map((at) =>
    formatZoned(at, ZONE).slice(0, 16),
  );
}

describe('a calendar', () => {
  test('keeps a task to its windows', () => {
    const office = { windows: [{ weekdays: WORKDAYS, from: '09:00', to: '17:00' }] };
    const schedule = compiled('0 */4 * * *', { only: ['office'] }, { office });
    // A Friday.
    expect(upcoming(schedule, '2026-11-27T10:00:00Z', 4)).toEqual([
      '2026-11-27T12:00',
      '2026-11-27T16:00',
      '2026-11-30T12:00',
      '2026-11-30T16:00',
    ]);
  });

  test('keeps a task clear of its days: single, several in a row, and every year', () => {
    const holidays = {
      days: [
        { from: '2020-12-25', to: '2020-12-26', yearly: true },
        { from: '2020-12-31', to: '2021-01-01', yearly: true },
        { from: '2026-12-28' },
      ],
    };
    const schedule = compiled('30 2 * * *', { except: ['holidays'] }, { holidays });
    expect(upcoming(schedule, '2026-12-24T00:00:00Z', 5)).toEqual([
      '2026-12-24T02:30',
      '2026-12-27T02:30',
      '2026-12-29T02:30',
      '2026-12-30T02:30',
      '2027-01-02T02:30',
    ]);
    const back = latestOccurrences(schedule, 0, Date.parse('2027-01-02T12:00:00Z'), 3);
    expect(back.map((at) => formatZoned(at, ZONE).slice(0, 10))).toEqual(['2026-12-29', '2026-12-30', '2027-01-02']);
  });

  test('may have windows across midnight, and windows of whole days', () => {
    const night = { windows: [{ weekdays: ['fri'], from: '22:00', to: '06:00' }] };
    const schedule = compiled('0 */4 * * *', { only: ['night'] }, { night });
    expect(upcoming(schedule, '2026-11-26T00:00:00Z', 2)).toEqual(['2026-11-28T00:00', '2026-11-28T04:00']);
    const sundays = { windows: [{ weekdays: ['sun'], from: '00:00', to: '24:00' }] };
    const never = compiled('0 12 * * *', { except: ['sundays'] }, { sundays });
    expect(upcoming(never, '2026-11-28T00:00:00Z', 2)).toEqual(['2026-11-28T12:00', '2026-11-30T12:00']);
  });

  test('is read in local time on both sides of a clock change', () => {
    const small = { windows: [{ weekdays: ['sun'], from: '02:00', to: '03:00' }] };
    const schedule = compiled('*/30 * * * *', { only: ['small'] }, { small });
    // 25 October 2026: the hour from 02:00 comes twice; 28 March 2027: not at all.
    expect(
      occurrencesBetween(schedule, Date.parse('2026-10-24T12:00Z'), Date.parse('2026-10-26Z'), 9).instants,
    ).toEqual(['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-25T01:00Z', '2026-10-25T01:30Z'].map(Date.parse));
    expect(countOccurrences(schedule, Date.parse('2027-03-27T12:00Z'), Date.parse('2027-03-29Z'))).toBe(0);
  });

  test('that lets nothing through leaves nothing due, and that is found out soon', () => {
    const always = { windows: [{ weekdays: [...WORKDAYS, 'sat', 'sun'], from: '00:00', to: '24:00' }] };
    const schedule = compiled('* * * * * *', { except: ['always'] }, { always });
    expect(nextOccurrence(schedule, 0)).toBeUndefined();
    expect(previousOccurrence(schedule, DAY_MS)).toBeUndefined();
    const past = compiled('0 3 * * *', { only: ['past'] }, { past: { days: [{ from: '2020-01-01' }] } });
    expect(nextOccurrence(past, Date.parse('2026-01-01Z'))).toBeUndefined();
  });

  test('that does not exist is refused by name; where calendars are not known it is not looked at', () => {
    const made = compile('0 3 * * *', { except: ['holidys'] }, { holidays: {} });
    expect(made).toMatchObject({
      ok: false,
      error: { code: 'CALENDAR_NOT_FOUND', field: 'schedule.calendars.except' },
    });
    const schedule = scheduleSchema.parse({ triggers: [], calendars: { only: ['anything'] } });
    expect(compileSchedule(schedule)).toMatchObject({ ok: true });
  });
});

describe('whatever the calendars', () => {
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 45))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
  const window = fc.record({
    weekdays: fc.uniqueArray(fc.constantFrom('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'), { minLength: 1 }),
    from: time,
    to: fc.oneof(time, fc.constant('24:00')),
  });
  const day = fc.integer({ min: 0, max: 30 }).map((offset) => ({
    from: new Date(Date.parse('2026-10-10') + offset * DAY_MS).toISOString().slice(0, 10),
  }));
  const calendar = fc.record({ windows: fc.array(window, { maxLength: 3 }), days: fc.array(day, { maxLength: 3 }) });

  test('what is due is what is due without them, less what is closed, forwards and backwards', () => {
    fc.assert(
      fc.property(
        calendar,
        calendar,
        fc.constantFrom('*/15 * * * *', '0 2 * * *', '45 */3 * * *'),
        (one, two, cron) => {
          const from = Date.parse('2026-10-20T00:00Z');
          const to = from + 10 * DAY_MS;
          const plain = occurrencesBetween(compiled(cron, {}, {}), from, to, 5000).instants;
          const schedule = compiled(cron, { only: ['one'], except: ['two'] }, { one, two });
          const expected = plain.filter((at) => isIn(one, at) && !isIn(two, at));
          expect(occurrencesBetween(schedule, from, to, 5000).instants).toEqual(expected);
          expect(latestOccurrences(schedule, from, to, 5000)).toEqual(expected);
          expect(countOccurrences(schedule, from, to)).toBe(expected.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** The same by another way: local parts as `Intl` writes them. */
function isIn(
  { windows, days }: { windows: { weekdays: string[]; from: string; to: string }[]; days: { from: string }[] },
  at: number,
): boolean {
  const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const local = formatZoned(at, ZONE);
  const [date, time] = [local.slice(0, 10), local.slice(11, 16)];
  const weekday = new Date(`${date}T00:00Z`).getUTCDay();
  const on = (name: number): string => names[(name + 7) % 7] ?? '';
  const inWindow = windows.some(({ weekdays, from, to }) =>
    from < to
      ? weekdays.includes(on(weekday)) && time >= from && time < to
      : (weekdays.includes(on(weekday)) && time >= from) || (weekdays.includes(on(weekday - 1)) && time < to),
  );
  return inWindow || days.some((day) => day.from === date);
}
