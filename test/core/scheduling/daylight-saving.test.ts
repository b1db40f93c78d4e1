/** The daylight-saving rule, case by case. */
import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../core/scheduling/cron.ts';
import {
  countCronOccurrences,
  nextCronOccurrence,
  previousCronOccurrence,
} from '../../../core/scheduling/cron-occurrence.ts';
import type { CronSchedule } from '../../../core/scheduling/cron-schedule.ts';
import { formatZoned } from '../../../core/scheduling/time-zone.ts';
import { NEXT_OVER_CLOCK_CHANGES } from './daylight-saving-cases.ts';
import { CLOCK_CHANGES } from './daylight-saving-days.ts';

function cronOf(expression: string): CronSchedule {
  const parsed = parseCron(expression);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

describe.each(Object.entries(NEXT_OVER_CLOCK_CHANGES))('single steps over the clock changes of %s', (zone, lines) => {
  it.each(lines)('%s', (line) => {
    const [expression = '', after = '', expected = ''] = line.split(' ; ');
    const next = nextCronOccurrence(cronOf(expression), zone, Date.parse(after));
    expect(next === undefined ? undefined : formatZoned(next, zone)).toBe(expected);
  });
});

describe.each(CLOCK_CHANGES)('$zone: $what', ({ zone, after, until, lines }) => {
  const from = Date.parse(after);
  const end = Date.parse(until);

  it.each(lines)('%s', (line) => {
    const [expression = '', expected = ''] = line.split(' ; ');
    const cron = cronOf(expression);
    const forward: number[] = [];
    for (let next = nextCronOccurrence(cron, zone, from); next !== undefined && next <= end;) {
      forward.push(next);
      next = nextCronOccurrence(cron, zone, next);
    }
    const shown = forward.map((instant) => formatZoned(instant, zone).slice(11));
    expect(shown.join(' ')).toBe(expected.trim());
    const backward: number[] = [];
    for (let last = previousCronOccurrence(cron, zone, end + 1); last !== undefined && last > from;) {
      backward.push(last);
      last = previousCronOccurrence(cron, zone, last);
    }
    expect(backward.reverse()).toEqual(forward);
    expect(countCronOccurrences(cron, zone, from, end)).toBe(forward.length);
  });
});

describe('far from any clock change', () => {
  it('a daily schedule comes due every day of ten years, once a day', () => {
    const cron = cronOf('30 2 * * *');
    const from = Date.parse('2020-01-01T00:00:00Z');
    const days = new Set<string>();
    let count = 0;
    for (let next = nextCronOccurrence(cron, 'Europe/Berlin', from); next !== undefined;) {
      if (next >= Date.parse('2030-01-01T00:00:00Z')) break;
      days.add(formatZoned(next, 'Europe/Berlin').slice(0, 10));
      count += 1;
      next = nextCronOccurrence(cron, 'Europe/Berlin', next);
    }
    expect([days.size, count]).toEqual([3653, 3653]);
  });
});
