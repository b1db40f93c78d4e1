/** Schedules in words. */
import { describe, expect, it } from 'vitest';
import { scheduleSchema } from '../../../core/domain/schedule.ts';
import { daylightSavingNote, describeSchedule } from '../../../core/scheduling/describe.ts';

function wordsOf(expression: string): string {
  return describeSchedule(scheduleSchema.parse({ triggers: [{ kind: 'cron', expression }] }));
}

describe('describeSchedule', () => {
  it.each([
    ['0 3 * * *', 'At 03:00 (UTC)'],
    ['@daily', 'At 00:00 (UTC)'],
    ['*/15 * * * *', 'Every 15 minutes (UTC)'],
    ['*/10 * * * * *', 'Every 10 seconds (UTC)'],
    ['0 3 * * MON-FRI', 'At 03:00, Monday through Friday (UTC)'],
    ['0 3 * * sat,sun', 'At 03:00, on Saturday and Sunday (UTC)'],
    ['0 3 * * 1-6', 'At 03:00, Monday through Saturday (UTC)'],
    ['0 3 * * sat,sun,mon', 'At 03:00, on Monday, Saturday and Sunday (UTC)'],
    ['0 0 L * *', 'At 00:00, on the last day of the month (UTC)'],
    ['0 0 * * FRI#L', 'At 00:00, on the last Friday of the month (UTC)'],
    ['0 0 13 * 5', 'At 00:00, on day 13 of the month or on Friday (UTC)'],
    ['0 0 13 * +5', 'At 00:00, on day 13 of the month, if that is also Friday (UTC)'],
    ['0 0 1 1 *', 'At 00:00, on day 1 of the month, in January (UTC)'],
    ['0 0 1-7/2,L * *', 'At 00:00, on day 1, 3, 5, 7 and the last day of the month (UTC)'],
    ['0 0 * * 0-7', 'At 00:00, on every day of the week (UTC)'],
    ['nonsense', 'Cron "nonsense" (UTC)'],
  ])('%s: %s', (expression, words) => {
    expect(wordsOf(expression)).toBe(words);
  });

  it('one of a unit has no number', () => {
    const every = (everyMs: number): string =>
      describeSchedule(scheduleSchema.parse({ triggers: [{ kind: 'interval', everyMs }] }));
    expect(every(3_600_000)).toBe('Every hour');
    expect(every(11 * 86_400_000)).toBe('Every 11 days');
  });

  it('says everything that a schedule holds', () => {
    const schedule = scheduleSchema.parse({
      triggers: [
        { kind: 'cron', expression: '0 3 * * *' },
        { kind: 'interval', everyMs: 5_400_000 },
        { kind: 'once', at: Date.UTC(2026, 6, 1) },
        { kind: 'after', task: 'backup', outcome: 'failure' },
        { kind: 'machine-start' },
      ],
      timeZone: 'Europe/Berlin',
      startAt: Date.UTC(2026, 0, 1),
      endAt: Date.UTC(2027, 0, 1),
      jitterMs: 60_000,
    });
    expect(describeSchedule(schedule)).toBe(
      'At 03:00; every 90 minutes; once at 2026-07-01T02:00:00+02:00; after backup has failed; when a machine starts (Europe/Berlin), ' +
        'from 2026-01-01T01:00:00+01:00, until 2027-01-01T01:00:00+01:00, spread over 1 minute',
    );
  });

  it('a task without triggers runs by hand only', () => {
    expect(describeSchedule(scheduleSchema.parse({}))).toBe('By hand only');
  });
});

describe('daylightSavingNote', () => {
  const note = (timeZone: string, ...expressions: string[]): string | undefined =>
    daylightSavingNote(
      scheduleSchema.parse({ timeZone, triggers: expressions.map((expression) => ({ kind: 'cron', expression })) }),
    );

  it('says what a schedule does when clocks change', () => {
    expect(note('Europe/Berlin', '30 2 * * *')).toMatch(/a repeated time runs once, the first time\.$/);
    expect(note('Europe/Berlin', '*/5 * * * *')).toMatch(/it goes on by elapsed time\.$/);
    expect(note('Europe/Berlin', '*/5 * * * *', '@daily')).toMatch(/fixed times run once and recurring ones go on/);
  });

  it('says nothing where clocks never change', () => {
    expect(note('UTC', '30 2 * * *')).toBeUndefined();
    expect(note('Europe/Berlin')).toBeUndefined();
  });
});
