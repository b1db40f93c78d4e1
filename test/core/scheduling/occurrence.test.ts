/** All triggers of a task together: order, bounds, looking back, counting. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Schedule, scheduleSchema } from '../../../core/domain/schedule.ts';
import {
  type CompiledSchedule,
  compileSchedule,
  countOccurrences,
  latestOccurrences,
  nextOccurrence,
  occurrencesBetween,
  previousOccurrence,
} from '../../../core/scheduling/occurrence.ts';
import { validateSchedule } from '../../../core/scheduling/schedule-validation.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function compiled(input: unknown): CompiledSchedule {
  const result = compileSchedule(scheduleSchema.parse(input));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const everySecond = compiled({ triggers: [{ kind: 'cron', expression: '* * * * * *' }] });

describe('triggers', () => {
  it('an interval keeps to its grid, before and after its anchor', () => {
    const schedule = compiled({ triggers: [{ kind: 'interval', everyMs: 90_000, anchorAt: NOON + 5000 }] });
    expect(nextOccurrence(schedule, NOON)).toBe(NOON + 5000);
    expect(nextOccurrence(schedule, NOON + 5000)).toBe(NOON + 95_000);
    expect(nextOccurrence(schedule, NOON - 90_000)).toBe(NOON - 85_000);
    expect(previousOccurrence(schedule, NOON + 5000)).toBe(NOON - 85_000);
  });

  it('a single instant comes due once', () => {
    const schedule = compiled({ triggers: [{ kind: 'once', at: NOON }] });
    expect(nextOccurrence(schedule, NOON - 1)).toBe(NOON);
    expect(nextOccurrence(schedule, NOON)).toBeUndefined();
    expect(previousOccurrence(schedule, NOON)).toBeUndefined();
    expect(countOccurrences(schedule, 0, NOON)).toBe(1);
  });

  it('a task without triggers never comes due', () => {
    expect(nextOccurrence(compiled({}), 0)).toBeUndefined();
    expect(previousOccurrence(compiled({}), NOON)).toBeUndefined();
  });

  it('an instant that two triggers name is one occurrence', () => {
    const schedule = compiled({
      triggers: [
        { kind: 'cron', expression: '0 * * * *' },
        { kind: 'interval', everyMs: 30 * MINUTE_MS },
        { kind: 'once', at: NOON + 7 },
      ],
    });
    const { instants } = occurrencesBetween(schedule, NOON - 1, NOON + 60 * MINUTE_MS, 100);
    expect(instants.map((instant) => instant - NOON)).toEqual([0, 7, 30 * MINUTE_MS, 60 * MINUTE_MS]);
    expect(countOccurrences(schedule, NOON - 1, NOON + 60 * MINUTE_MS)).toBe(4);
  });

  it('uses the time zone of the schedule', () => {
    const schedule = compiled({ timeZone: 'europe/berlin', triggers: [{ kind: 'cron', expression: '0 13 * * *' }] });
    expect(nextOccurrence(schedule, NOON - 1)).toBe(NOON);
    expect(schedule.timeZone).toBe('Europe/Berlin');
  });
});

describe('bounds', () => {
  it('the start counts, the end does not', () => {
    const schedule = compiled({
      triggers: [{ kind: 'interval', everyMs: MINUTE_MS }],
      startAt: NOON,
      endAt: NOON + 2 * MINUTE_MS,
    });
    expect(occurrencesBetween(schedule, 0, Infinity, 10)).toEqual({
      instants: [NOON, NOON + MINUTE_MS],
      truncated: false,
    });
    expect(previousOccurrence(schedule, NOON + DAY_MS)).toBe(NOON + MINUTE_MS);
    expect(previousOccurrence(schedule, NOON)).toBeUndefined();
    expect(countOccurrences(schedule, 0, NOON + DAY_MS)).toBe(2);
  });

  it('a list excludes where it begins, includes where it ends, and says when it was cut', () => {
    expect(occurrencesBetween(everySecond, NOON, NOON + 3000, 3)).toEqual({
      instants: [NOON + 1000, NOON + 2000, NOON + 3000],
      truncated: false,
    });
    expect(occurrencesBetween(everySecond, NOON, NOON + 3000, 2)).toEqual({
      instants: [NOON + 1000, NOON + 2000],
      truncated: true,
    });
  });
});

describe('long absences', () => {
  it('the newest of 2.7 million occurrences are found, and all are counted, without listing them', () => {
    const startedAt = performance.now();
    const latest = latestOccurrences(everySecond, NOON - 31 * DAY_MS, NOON, 100);
    const count = countOccurrences(everySecond, NOON - 31 * DAY_MS, NOON);
    expect([latest.length, latest[0], latest.at(-1)]).toEqual([100, NOON - 99_000, NOON]);
    expect(count).toBe(31 * 86_400);
    // Listing them takes seconds.
    expect(performance.now() - startedAt).toBeLessThan(300);
  });

  it('stops at what was asked for', () => {
    expect(latestOccurrences(everySecond, NOON - 2000, NOON, 100)).toEqual([NOON - 1000, NOON]);
    expect(latestOccurrences(everySecond, NOON, NOON, 100)).toEqual([]);
    expect(latestOccurrences(everySecond, 0, NOON, 0)).toEqual([]);
  });

  it('the list forward, the list backward and the count agree for any schedule', () => {
    const trigger = fc.oneof(
      fc.constantFrom('0 * * * *', '*/7 1-4 * * *', '30 2 * * *', '15 3 L * 1').map((expression) => ({
        kind: 'cron' as const,
        expression,
      })),
      fc.record({
        kind: fc.constant('interval' as const),
        everyMs: fc.integer({ min: 60_000, max: DAY_MS }),
        anchorAt: fc.integer({ min: 0, max: NOON }),
      }),
      fc.record({ kind: fc.constant('once' as const), at: fc.integer({ min: NOON - DAY_MS, max: NOON + DAY_MS }) }),
    );
    const property = fc.property(
      fc.array(trigger, { maxLength: 4 }),
      fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
      fc.constantFrom(NOON, Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25), Date.UTC(2026, 10, 1)),
      fc.tuple(fc.integer({ min: -DAY_MS, max: DAY_MS }), fc.integer({ min: -DAY_MS, max: DAY_MS })),
      (triggers, timeZone, around, [startShift, length]) => {
        const schedule = compiled({
          triggers,
          timeZone,
          startAt: around + startShift,
          endAt: around + startShift + DAY_MS,
        });
        const after = around - DAY_MS;
        const until = around + length;
        const { instants } = occurrencesBetween(schedule, after, until, 10_000);
        expect(latestOccurrences(schedule, after, until, 10_000)).toEqual(instants);
        expect(countOccurrences(schedule, after, until)).toBe(instants.length);
      },
    );
    fc.assert(property, { numRuns: 150, endOnFailure: true });
  });
});

describe('validateSchedule', () => {
  const valid: Schedule = { triggers: [{ kind: 'cron', expression: '0 3 * * *' }], timeZone: 'UTC', jitterMs: 0 };

  it('prepares a schedule that makes sense', () => {
    expect(validateSchedule(valid).ok).toBe(true);
  });

  it.each<readonly [string, Partial<Schedule>, string, string]>([
    [
      'a wrong cron field',
      { triggers: [...valid.triggers, { kind: 'cron', expression: '61 * * * *' }] },
      'INVALID_CRON',
      'schedule.triggers.1.expression',
    ],
    [
      'a date that never comes',
      { triggers: [{ kind: 'cron', expression: '0 0 30 2 *' }] },
      'IMPOSSIBLE_CRON',
      'schedule.triggers.0.expression',
    ],
    ['an unknown zone', { timeZone: 'Mars/Olympus' }, 'UNKNOWN_TIME_ZONE', 'schedule.timeZone'],
    ['an end before the start', { startAt: 2, endAt: 1 }, 'INVALID_INPUT', 'schedule.endAt'],
    ['an end at the start', { startAt: 2, endAt: 2 }, 'INVALID_INPUT', 'schedule.endAt'],
    [
      'too many triggers',
      { triggers: Array.from({ length: 17 }, () => ({ kind: 'once', at: 1 })) },
      'LIMIT_EXCEEDED',
      'schedule.triggers',
    ],
  ])('refuses %s and names the field', (_, change, code, field) => {
    expect(validateSchedule({ ...valid, ...change })).toMatchObject({ ok: false, error: { code, field } });
  });

  it('says which of several triggers is wrong', () => {
    const result = validateSchedule({
      ...valid,
      triggers: [...valid.triggers, { kind: 'cron', expression: '* * * *' }],
    });
    expect(result.ok ? '' : result.error.message).toMatch(/^Trigger 2: The expression has 4 fields/);
  });
});
