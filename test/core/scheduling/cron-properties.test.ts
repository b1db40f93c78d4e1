/** The engine against two others: our own slow oracle, in any zone, and the calendar of croner, in UTC. */
import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../core/scheduling/cron.ts';
import {
  countCronOccurrences,
  nextCronOccurrence,
  previousCronOccurrence,
} from '../../../core/scheduling/cron-occurrence.ts';
import type { CronSchedule } from '../../../core/scheduling/cron-schedule.ts';
import { oracleOccurrences } from './cron-oracle.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Zone and an instant near which its clocks change. */
const CHANGES: readonly (readonly [string, string])[] = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Asia/Beirut', '2026-03-28T22:00Z'],
  ['Asia/Beirut', '2026-10-24T21:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2018-02-18T02:00Z'],
  ['Asia/Amman', '2017-03-30T22:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Antarctica/Troll', '2026-03-29T01:00Z'],
  ['Antarctica/Troll', '2026-10-25T01:00Z'],
  ['Asia/Gaza', '2026-03-27T23:00Z'],
  ['America/Boa_Vista', '2000-10-08T04:00Z'],
  ['America/Boa_Vista', '2000-10-15T03:00Z'],
  ['Asia/Kathmandu', '2026-05-01T00:00Z'],
  ['UTC', '2026-02-28T12:00Z'],
];

function plainField(minimum: number, maximum: number): fc.Arbitrary<string> {
  const value = fc.integer({ min: minimum, max: maximum });
  const range = fc.tuple(value, value).map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`);
  const step = fc.integer({ min: 1, max: maximum - minimum + 1 });
  const item = fc.oneof(
    { weight: 5, arbitrary: value.map(String) },
    { weight: 2, arbitrary: range },
    { weight: 1, arbitrary: fc.tuple(range, step).map(([of, by]) => `${of}/${by}`) },
    { weight: 2, arbitrary: step.map((by) => `*/${by}`) },
  );
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('*') },
    { weight: 5, arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(',')) },
  );
}

const hourField = fc.oneof(plainField(0, 23), fc.constantFrom('0', '1', '2', '3', '1,2', '2-3', '0,23', '*/2'));
const dayField = fc.oneof(
  { weight: 4, arbitrary: fc.constant('*') },
  { weight: 2, arbitrary: plainField(1, 31) },
  { weight: 1, arbitrary: fc.constantFrom('L', 'LW', '1,L', '?') },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`) },
);
const weekdayField = fc.oneof(
  { weight: 4, arbitrary: fc.constant('*') },
  { weight: 2, arbitrary: plainField(0, 6) },
  { weight: 1, arbitrary: fc.constantFrom('MON-FRI', 'sun', '7', 'FRI-SUN', '+5-7', '+MON', '0L', 'FRI#L', '?') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 5 }))
      .map(([day, nth]) => `${day}#${nth}`),
  },
);
const monthField = fc.oneof({ weight: 6, arbitrary: fc.constant('*') }, { weight: 1, arbitrary: plainField(1, 12) });
const fiveFields = fc
  .tuple(plainField(0, 59), hourField, dayField, monthField, weekdayField)
  .map((fields) => fields.join(' '));
const sixFields = fc
  .tuple(plainField(0, 59), plainField(0, 59), hourField, dayField, fc.constant('*'), weekdayField)
  .map((fields) => fields.join(' '));

function forward(cron: CronSchedule, zone: string, after: number, until: number): number[] {
  const found: number[] = [];
  for (let next = nextCronOccurrence(cron, zone, after); next !== undefined && next <= until;) {
    found.push(next);
    next = nextCronOccurrence(cron, zone, next);
  }
  return found;
}

function backward(cron: CronSchedule, zone: string, after: number, until: number): number[] {
  const found: number[] = [];
  for (let last = previousCronOccurrence(cron, zone, until + 1); last !== undefined && last > after;) {
    found.push(last);
    last = previousCronOccurrence(cron, zone, last);
  }
  return found.reverse();
}

function expectAsOracle(expression: string, zone: string, after: number, until: number, stepMs: number): void {
  const cron = parseCron(expression);
  // The few random expressions without any date are another test's matter.
  fc.pre(cron.ok);
  const expected = oracleOccurrences(expression, zone, after, until, stepMs);
  expect(forward(cron.value, zone, after, until)).toEqual(expected);
  expect(backward(cron.value, zone, after, until)).toEqual(expected);
  expect(countCronOccurrences(cron.value, zone, after, until)).toBe(expected.length);
}

describe('the engine agrees with a slow oracle', () => {
  it('minute by minute, around changes of the clocks', () => {
    const property = fc.property(
      fiveFields,
      fc.constantFrom(...CHANGES),
      fc.integer({ min: -30, max: 2 }),
      fc.integer({ min: 1, max: 40 }),
      (expression, [zone, near], startHours, lengthHours) => {
        const after = Date.parse(near) + startHours * HOUR_MS;
        expectAsOracle(expression, zone, after, after + lengthHours * HOUR_MS, 60_000);
      },
    );
    fc.assert(property, { numRuns: 150, endOnFailure: true, interruptAfterTimeLimit: 6000 });
  });

  it('minute by minute, in any zone at any time', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    const property = fc.property(
      fiveFields,
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(1975, 0, 1) / 60_000, max: Date.UTC(2050, 0, 1) / 60_000 }),
      (expression, zone, startMinutes) => {
        const after = startMinutes * 60_000;
        expectAsOracle(expression, zone, after, after + 3 * DAY_MS, 60_000);
      },
    );
    fc.assert(property, { numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: 6000 });
  });

  it('second by second, around changes of the clocks', () => {
    const property = fc.property(
      sixFields,
      fc.constantFrom(...CHANGES.slice(0, 8)),
      fc.integer({ min: -5400, max: 1800 }),
      (expression, [zone, near], startSeconds) => {
        const after = Date.parse(near) + startSeconds * 1000;
        expectAsOracle(expression, zone, after, after + 1800_000, 1000);
      },
    );
    fc.assert(property, { numRuns: 6, endOnFailure: true, interruptAfterTimeLimit: 6000 });
  });
});

describe('the engine agrees with croner in UTC', () => {
  it('over long distances', () => {
    const property = fc.property(fiveFields, fc.integer({ min: 0, max: 4_000_000_000 }), (expression, startSeconds) => {
      const cron = parseCron(expression);
      fc.pre(cron.ok);
      const reference = new Cron(expression, { utcOffset: 0, paused: true });
      let after = startSeconds * 1000;
      for (let step = 0; step < 20; step += 1) {
        const expected = reference.nextRun(new Date(after))?.getTime();
        const next = nextCronOccurrence(cron.value, 'UTC', after);
        expect(next).toBe(expected);
        if (next === undefined) return;
        expect(previousCronOccurrence(cron.value, 'UTC', next + 1)).toBe(next);
        after = next;
      }
    });
    fc.assert(property, { numRuns: 300, endOnFailure: true, interruptAfterTimeLimit: 6000 });
  });
});
