/** iCalendar files: what they become, and what is said of the rest. */
import { describe, expect, test } from 'vitest';
import { calendarFromIcal } from '../../../core/formats/ical.ts';

const TODAY = '2026-06-01';

function file(...events: string[][]): string {
  const bodies = events.map((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].join('\r\n'));
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:test', ...bodies, 'END:VCALENDAR', ''].join('\r\n');
}

function read(...events: string[][]) {
  const result = calendarFromIcal(file(...events), TODAY);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('an iCalendar file', () => {
  test('gives whole days, with the end excluded as it is there, and leaves out what is over', () => {
    const { calendar, skippedCount } = read(
      ['SUMMARY:Over', 'DTSTART;VALUE=DATE:20250501', 'DTEND;VALUE=DATE:20250502'],
      ['SUMMARY:German Unity', 'DTSTART;VALUE=DATE:20261003', 'DTEND;VALUE=DATE:20261004'],
      ['SUMMARY:Autumn term', 'DTSTART;VALUE=DATE:20261019', 'DTEND;VALUE=DATE:20261031'],
      ['SUMMARY:Without end', 'DTSTART;VALUE=DATE:20261118'],
      ['SUMMARY:By duration', 'DTSTART;VALUE=DATE:20261201', 'DURATION:P3D'],
    );
    expect(calendar.days).toEqual([
      { from: '2026-10-03', name: 'German Unity' },
      { from: '2026-10-19', to: '2026-10-30', name: 'Autumn term' },
      { from: '2026-11-18', name: 'Without end' },
      { from: '2026-12-01', to: '2026-12-03', name: 'By duration' },
    ]);
    expect(skippedCount).toBe(0);
  });

  test('gives days of every year and days of every week', () => {
    const { calendar } = read(
      ['SUMMARY:Christmas', 'DTSTART;VALUE=DATE:20201225', 'DTEND;VALUE=DATE:20201227', 'RRULE:FREQ=YEARLY'],
      ['SUMMARY:New Year', 'DTSTART;VALUE=DATE:20200101', 'RRULE:FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1'],
      ['SUMMARY:Weekend', 'DTSTART;VALUE=DATE:20200104', 'RRULE:FREQ=WEEKLY;BYDAY=SA,SU'],
      ['SUMMARY:Mondays', 'DTSTART;VALUE=DATE:20200106', 'RRULE:FREQ=WEEKLY'],
    );
    expect(calendar.days).toEqual([
      { from: '2020-01-01', yearly: true, name: 'New Year' },
      { from: '2020-12-25', to: '2020-12-26', yearly: true, name: 'Christmas' },
    ]);
    expect(calendar.windows).toEqual([
      { weekdays: ['sat', 'sun'], from: '00:00', to: '24:00' },
      { weekdays: ['mon'], from: '00:00', to: '24:00' },
    ]);
  });

  test('writes down ten years of a day that moves within its month', () => {
    const thanksgiving = [
      'SUMMARY:Thanksgiving',
      'DTSTART;VALUE=DATE:20201126',
      'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
    ];
    const { days } = read(thanksgiving).calendar;
    expect(days.map(({ from }) => from).slice(0, 3)).toEqual(['2026-11-26', '2027-11-25', '2028-11-23']);
    expect(days).toHaveLength(11);
  });

  test('names what a calendar cannot say, and does not hang on a day that never comes', () => {
    const { calendar, skipped, skippedCount } = read(
      ['SUMMARY:Meeting', 'DTSTART:20261003T100000Z', 'DTEND:20261003T110000Z'],
      ['SUMMARY:Never', 'DTSTART;VALUE=DATE:20261003', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31'],
      ['SUMMARY:Leap day', 'DTSTART;VALUE=DATE:20240229', 'RRULE:FREQ=YEARLY'],
      ['SUMMARY:Cancelled', 'DTSTART;VALUE=DATE:20261003', 'STATUS:CANCELLED'],
      ['SUMMARY:Nothing'],
    );
    expect(calendar.days).toEqual([]);
    expect(skippedCount).toBe(5);
    expect(skipped.map(({ name }) => name)).toContain('Never');
    expect(skipped[0]).toEqual({ name: 'Meeting', reason: 'it has a time of day; only whole days are taken' });
  });

  test.each([
    ['nothing', ''],
    ['a page', '<html><body>Sign in</body></html>'],
    ['a file with a month that does not exist', file(['DTSTART;VALUE=DATE:20261003', 'RRULE:FREQ=YEARLY;BYMONTH=13'])],
    ['half a file', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:2026'],
  ])('is refused when it is %s', (_, text) => {
    expect(calendarFromIcal(text, TODAY)).toMatchObject({ ok: false, error: { code: 'INVALID_ICAL' } });
  });

  test('names events that stand for other days than they say, and those that are longer than a year', () => {
    const { calendar, skipped, skippedCount } = read(
      ['SUMMARY:Further days', 'DTSTART;VALUE=DATE:20261001', 'RDATE;VALUE=DATE:20261101,20261201'],
      ['SUMMARY:Christmas', 'UID:a', 'DTSTART;VALUE=DATE:20201225', 'RRULE:FREQ=YEARLY'],
      ['SUMMARY:Moved', 'UID:a', 'DTSTART;VALUE=DATE:20261227', 'RECURRENCE-ID;VALUE=DATE:20261225'],
      ['SUMMARY:Twice', 'DTSTART;VALUE=DATE:20261001', 'RRULE:FREQ=YEARLY', 'RRULE:FREQ=WEEKLY'],
      ['SUMMARY:Sabbatical', 'DTSTART;VALUE=DATE:20261001', 'DTEND;VALUE=DATE:20280101'],
      ['SUMMARY:Forever', 'DTSTART;VALUE=DATE:20261001', 'DURATION:P99999999999D'],
      ['SUMMARY:Long ago', 'DTSTART;VALUE=DATE:20201001', 'DTEND;VALUE=DATE:20240101'],
      ['SUMMARY:A whole leap year', 'DTSTART;VALUE=DATE:20280101', 'DTEND;VALUE=DATE:20290101'],
    );
    expect(calendar.days).toEqual([
      { from: '2020-12-25', yearly: true, name: 'Christmas' },
      { from: '2028-01-01', to: '2028-12-31', name: 'A whole leap year' },
    ]);
    expect(skippedCount).toBe(5);
    expect(Object.fromEntries(skipped.map(({ name, reason }) => [name, reason]))).toEqual({
      'Further days': expect.stringContaining('RDATE'),
      Moved: expect.stringContaining('RECURRENCE-ID'),
      Twice: 'it has more than one recurrence',
      Sabbatical: 'it lasts longer than 366 days',
      Forever: 'it lasts longer than 366 days',
    });
  });

  test('writes down so many recurring days, and names the events beyond', () => {
    const events = Array.from({ length: 400 }, (_, index) => [
      `SUMMARY:${index}`,
      'DTSTART;VALUE=DATE:20201126',
      'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
    ]);
    const { calendar, skipped, skippedCount } = read(...events);
    expect(calendar.days).toHaveLength(11);
    expect(skippedCount).toBeGreaterThan(100);
    expect(skipped.at(-1)?.reason).toBe('the file has too many days that recur');
  });

  test('does not take a day of every month for a day of the year', () => {
    const { calendar, skippedCount } = read(['DTSTART;VALUE=DATE:20261225', 'RRULE:FREQ=YEARLY;BYMONTHDAY=25']);
    expect({ days: calendar.days, skippedCount }).toEqual({ days: [], skippedCount: 1 });
  });

  test('with more days than a calendar has is refused', () => {
    const events = Array.from({ length: 1001 }, (_, index) => {
      const date = new Date(Date.parse('2026-07-01') + index * 86_400_000)
        .toISOString()
        .slice(0, 10)
        .replaceAll('-', '');
      return [`SUMMARY:${index}`, `DTSTART;VALUE=DATE:${date}`];
    });
    expect(calendarFromIcal(file(...events), TODAY)).toMatchObject({ ok: false, error: { code: 'LIMIT_EXCEEDED' } });
  });
});
