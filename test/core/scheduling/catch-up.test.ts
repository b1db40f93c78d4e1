/** What is made up for after an absence, and what is told as missed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { scheduleSchema } from '../../../core/domain/schedule.ts';
import { planCatchUp } from '../../../core/scheduling/catch-up.ts';
import { type CompiledSchedule, compileSchedule, occurrencesBetween } from '../../../core/scheduling/occurrence.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOON = Date.UTC(2026, 0, 1, 12);

function cron(expression: string): CompiledSchedule {
  const result = compileSchedule(scheduleSchema.parse({ triggers: [{ kind: 'cron', expression }] }));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const hourly = {
  compiled: cron('0 * * * *'),
  accountedUntil: NOON - 5 * HOUR_MS,
  now: NOON + 30_000,
  onTimeMs: MINUTE_MS,
};

function hours(instants: readonly number[]): number[] {
  return instants.map((instant) => (instant - NOON) / HOUR_MS);
}

describe('planCatchUp', () => {
  it('skip runs only what is still on time', () => {
    const plan = planCatchUp({ ...hourly, catchUp: { mode: 'skip', windowMs: 24 * HOUR_MS } });
    expect(hours(plan.run)).toEqual([0]);
    expect(hours(plan.missed.listed)).toEqual([-4, -3, -2, -1]);
    expect(plan.missed).toMatchObject({ count: 4, oldest: NOON - 4 * HOUR_MS, newest: NOON - HOUR_MS });
  });

  it('latest runs the newest late one too', () => {
    const plan = planCatchUp({ ...hourly, catchUp: { mode: 'latest', windowMs: 24 * HOUR_MS } });
    expect(hours(plan.run)).toEqual([-1, 0]);
    expect(plan.missed.count).toBe(3);
  });

  it('latest runs one when nothing is on time', () => {
    const plan = planCatchUp({
      ...hourly,
      now: NOON + 30 * MINUTE_MS,
      catchUp: { mode: 'latest', windowMs: 24 * HOUR_MS },
    });
    expect(hours(plan.run)).toEqual([0]);
    expect(plan.missed.count).toBe(4);
  });

  it('all runs every one within the window, oldest first', () => {
    const plan = planCatchUp({ ...hourly, catchUp: { mode: 'all', windowMs: 2.5 * HOUR_MS } });
    expect(hours(plan.run)).toEqual([-2, -1, 0]);
    expect(hours(plan.missed.listed)).toEqual([-4, -3]);
  });

  it('a window of nothing makes up for nothing, and yet what is on time runs', () => {
    for (const mode of ['skip', 'latest', 'all'] as const) {
      const plan = planCatchUp({ ...hourly, catchUp: { mode, windowMs: 0 } });
      expect(hours(plan.run)).toEqual([0]);
      expect(plan.missed.count).toBe(4);
    }
  });

  it('nothing came due: nothing runs and nothing is missed', () => {
    const plan = planCatchUp({ ...hourly, accountedUntil: NOON, catchUp: { mode: 'all', windowMs: HOUR_MS } });
    expect(plan).toEqual({ run: [], missed: { count: 0, listed: [] } });
  });

  it('a month of a schedule by the second is bounded, counted and quick', () => {
    const startedAt = performance.now();
    const plan = planCatchUp({
      compiled: cron('* * * * * *'),
      accountedUntil: NOON - 31 * 24 * HOUR_MS,
      now: NOON,
      onTimeMs: MINUTE_MS,
      catchUp: { mode: 'all', windowMs: 31 * 24 * HOUR_MS },
    });
    expect(plan.run).toHaveLength(LIMITS.catchUpOccurrences);
    expect(plan.missed.listed).toHaveLength(LIMITS.catchUpOccurrences);
    expect(plan.missed.count).toBe(31 * 86_400 - LIMITS.catchUpOccurrences);
    expect(performance.now() - startedAt).toBeLessThan(300);
  });

  it('loses nothing: each occurrence either runs or is missed, whatever the mode', () => {
    const property = fc.property(
      fc.constantFrom('skip' as const, 'latest' as const, 'all' as const),
      fc.integer({ min: 0, max: 48 * 60 }),
      fc.integer({ min: 0, max: 48 * 60 }),
      fc.integer({ min: 0, max: 90 }),
      (mode, absentMinutes, windowMinutes, onTimeMinutes) => {
        const compiled = cron('*/17 * * * *');
        const accountedUntil = NOON - absentMinutes * MINUTE_MS;
        const plan = planCatchUp({
          compiled,
          accountedUntil,
          now: NOON,
          onTimeMs: onTimeMinutes * MINUTE_MS,
          catchUp: { mode, windowMs: windowMinutes * MINUTE_MS },
        });
        const all = occurrencesBetween(compiled, accountedUntil, NOON, 10_000).instants;
        expect(plan.missed.count + plan.run.length).toBe(all.length);
        expect(all.slice(plan.missed.count)).toEqual(plan.run);
        expect(plan.missed.listed).toEqual(all.slice(0, plan.missed.count).slice(-LIMITS.catchUpOccurrences));
        expect(plan.missed.oldest).toBe(plan.missed.count > 0 ? all[0] : undefined);
      },
    );
    fc.assert(property, { numRuns: 200, endOnFailure: true });
  });
});
