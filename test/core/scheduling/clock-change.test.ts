/** What is said of an occurrence near a change of clocks. */
import { describe, expect, it } from 'vitest';
import { type Schedule, scheduleSchema } from '../../../core/domain/schedule.ts';
import { clockChangeAt } from '../../../core/scheduling/clock-change.ts';
import { compileSchedule, occurrencesBetween } from '../../../core/scheduling/occurrence.ts';
import { shownZoned } from '../../../core/scheduling/time-zone.ts';

/** The occurrences of a day or two, each with what is said of it. */
function told(timeZone: string, triggers: Schedule['triggers'], from: string, hours: number): string[] {
  const compiled = compileSchedule(scheduleSchema.parse({ timeZone, triggers }));
  if (!compiled.ok) throw new Error(compiled.error.message);
  const start = Date.parse(from);
  const { instants } = occurrencesBetween(compiled.value, start, start + hours * 3_600_000, 100);
  return instants.map((at) => {
    const note = clockChangeAt(compiled.value, at);
    return `${shownZoned(at, timeZone)}${note === undefined ? '' : ` ${note.code} ${note.text}`}`;
  });
}

const cron = (expression: string) => ({ kind: 'cron' as const, expression });

describe('clocks go forward', () => {
  const from = '2026-03-28T12:00:00Z';

  it('a fixed time that is skipped is told, and the day after stands at another distance', () => {
    expect(told('Europe/Berlin', [cron('30 2 * * *')], from, 48)).toEqual([
      '2026-03-29 03:00:00 +02:00 DST_GAP clocks go forward: 02:30 does not exist, runs at 03:00',
      '2026-03-30 02:30:00 +02:00',
    ]);
  });

  it('a time outside of the gap is told to be nearer to the one before', () => {
    expect(told('Europe/Berlin', [cron('0 12 * * *')], from, 48)).toEqual([
      '2026-03-29 12:00:00 +02:00 OFFSET_CHANGE clocks have gone forward by 1 hour since the one before',
      '2026-03-30 12:00:00 +02:00',
    ]);
  });

  it('of what follows elapsed time only the change of the clock is told', () => {
    expect(told('Europe/Berlin', [cron('0 * * * *')], '2026-03-29T00:00:00Z', 2)).toEqual([
      '2026-03-29 03:00:00 +02:00 OFFSET_CHANGE clocks have gone forward by 1 hour since the one before',
      '2026-03-29 04:00:00 +02:00',
    ]);
    expect(told('Europe/Berlin', [cron('30 * * * *')], '2026-03-29T00:30:00Z', 1)).toEqual([
      '2026-03-29 03:00:00 +02:00 DST_GAP clocks go forward: 02:30 does not exist, runs at 03:00',
      '2026-03-29 03:30:00 +02:00',
    ]);
  });

  it('one run stands for a fixed time in the gap and one at its end', () => {
    expect(told('Europe/Berlin', [cron('0 2,3 * * *')], from, 24)).toEqual([
      '2026-03-29 03:00:00 +02:00 DST_GAP clocks go forward: 02:00 does not exist, runs at 03:00',
    ]);
  });

  it('of several triggers the first time that is skipped is named, with seconds where it has any', () => {
    const triggers = [cron('30 50 2 * * *'), cron('15 2 * * *')];
    expect(told('Europe/Berlin', triggers, from, 24)).toEqual([
      '2026-03-29 03:00:00 +02:00 DST_GAP clocks go forward: 02:15 does not exist, runs at 03:00',
    ]);
    expect(told('Europe/Berlin', triggers.slice(0, 1), from, 24)).toEqual([
      '2026-03-29 03:00:00 +02:00 DST_GAP clocks go forward: 02:50:30 does not exist, runs at 03:00:00',
    ]);
  });

  it('half an hour is half an hour, and a lost day a day', () => {
    expect(told('Australia/Lord_Howe', [cron('0 12 * * *')], '2026-10-03T12:00:00Z', 24)).toEqual([
      '2026-10-04 12:00:00 +11:00 OFFSET_CHANGE clocks have gone forward by 30 minutes since the one before',
    ]);
    expect(told('Pacific/Apia', [cron('0 9 * * *')], '2011-12-30T00:00:00Z', 12)).toEqual([
      '2011-12-31 00:00:00 +14:00 DST_GAP clocks go forward: 09:00 does not exist, runs at 00:00',
    ]);
  });
});

describe('clocks go back', () => {
  const from = '2026-10-24T12:00:00Z';

  it('a fixed time that comes twice runs once, and the next day is further away', () => {
    expect(told('Europe/Berlin', [cron('30 2 * * *')], from, 48)).toEqual([
      '2026-10-25 02:30:00 +02:00 DST_OVERLAP clocks go back: 02:30 comes twice, runs the first time only',
      '2026-10-26 02:30:00 +01:00 OFFSET_CHANGE clocks have gone back by 1 hour since the one before',
    ]);
  });

  it('what follows elapsed time runs both times', () => {
    expect(told('Europe/Berlin', [cron('30 * * * *')], '2026-10-24T23:59:00Z', 3)).toEqual([
      '2026-10-25 02:30:00 +02:00 DST_OVERLAP clocks go back: 02:30 comes twice, runs both times; this is the first',
      '2026-10-25 02:30:00 +01:00 DST_OVERLAP clocks go back: 02:30 comes twice, runs both times; this is the second',
      '2026-10-25 03:30:00 +01:00',
    ]);
  });

  it('an interval is told that the clock shows another time from then on', () => {
    const interval = { kind: 'interval' as const, everyMs: 86_400_000, anchorAt: Date.parse('2026-10-20T10:00:00Z') };
    expect(told('Europe/Berlin', [interval], from, 48)).toEqual([
      '2026-10-25 11:00:00 +01:00 OFFSET_CHANGE clocks have gone back by 1 hour since the one before',
      '2026-10-26 11:00:00 +01:00',
    ]);
  });
});

it('nothing is said where clocks are never set, nor of the only occurrence there is', () => {
  expect(told('UTC', [cron('30 2 * * *')], '2026-03-28T12:00:00Z', 24)).toEqual(['2026-03-29 02:30:00 +00:00']);
  const once = { kind: 'once' as const, at: Date.parse('2026-10-25T10:00:00Z') };
  expect(told('Europe/Berlin', [once], '2026-10-24T12:00:00Z', 24)).toEqual(['2026-10-25 11:00:00 +01:00']);
});
