/** A forecast against the plain list of each task, and what a busy task leaves to others. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskId } from '../../../core/domain/ids.ts';
import { scheduleSchema } from '../../../core/domain/schedule.ts';
import { Forecast } from '../../../core/scheduling/forecast.ts';
import { type CompiledSchedule, compileSchedule, occurrencesBetween } from '../../../core/scheduling/occurrence.ts';

function compiled(triggers: unknown): CompiledSchedule {
  const result = compileSchedule(scheduleSchema.parse({ triggers, timeZone: 'Europe/Berlin' }));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const DAY_MS = 86_400_000;
const FROM = Date.UTC(2026, 2, 28, 12);
const every = (everyMs: number) => compiled([{ kind: 'interval', everyMs }]);

describe('a forecast', () => {
  it('lists what each task lists by itself, in the order of the instants', () => {
    const step = fc.integer({ min: 60_000, max: DAY_MS });
    const property = fc.property(
      fc.array(step, { maxLength: 8 }),
      fc.integer({ min: 1, max: 2 * DAY_MS }),
      (steps, length) => {
        const to = FROM + length;
        const forecast = new Forecast({ from: FROM, to, limit: 100_000, perTask: 100_000 });
        const expected: { taskId: string; nominalAt: number }[] = [];
        for (const [index, everyMs] of steps.entries()) {
          const schedule = every(everyMs);
          const taskId = `task-${index}` as TaskId;
          forecast.add(taskId, schedule);
          const { instants } = occurrencesBetween(schedule, FROM - 1, to - 1, 100_000);
          expected.push(...instants.map((nominalAt) => ({ taskId, nominalAt })));
          expect(forecast.counts.get(taskId) ?? 0).toBe(instants.length);
        }
        expected.sort((a, b) => a.nominalAt - b.nominalAt || (a.taskId < b.taskId ? -1 : 1));
        expect(forecast.take()).toEqual({ occurrences: expected, truncated: false });
      },
    );
    fc.assert(property, { numRuns: 40 });
  });

  it('a task that is due every second does not crowd out the others, and is counted in full', () => {
    const forecast = new Forecast({ from: FROM, to: FROM + DAY_MS, limit: 150, perTask: 100 });
    forecast.add('busy' as TaskId, every(1000));
    forecast.add('daily' as TaskId, compiled([{ kind: 'cron', expression: '30 2 * * *' }]));
    const { occurrences, truncated } = forecast.take();
    expect(occurrences.filter(({ taskId }) => taskId === 'busy')).toHaveLength(100);
    expect(occurrences.at(-1)).toEqual({ taskId: 'daily', nominalAt: Date.UTC(2026, 2, 29, 1) });
    expect(truncated).toBe(true);
    expect([...forecast.counts]).toEqual([
      ['busy', 86_400],
      ['daily', 1],
    ]);
  });

  it('the beginning belongs to it, the end does not', () => {
    const forecast = new Forecast({ from: FROM, to: FROM + 3_600_000, limit: 10, perTask: 10 });
    forecast.add('hourly' as TaskId, every(3_600_000));
    expect(forecast.take()).toEqual({ occurrences: [{ taskId: 'hourly', nominalAt: FROM }], truncated: false });
  });

  it('exactly as many as the limit is all there is; one more is told', () => {
    const take = (limit: number) => {
      const forecast = new Forecast({ from: FROM, to: FROM + 3 * 3_600_000, limit, perTask: 100 });
      forecast.add('hourly' as TaskId, every(3_600_000));
      return forecast.take();
    };
    expect(take(3)).toMatchObject({ truncated: false });
    expect(take(2)).toMatchObject({ truncated: true, occurrences: [{ nominalAt: FROM }, {}] });
  });
});
