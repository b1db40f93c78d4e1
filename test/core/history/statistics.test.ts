/** Figures over runs. */
import { describe, expect, it } from 'vitest';
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import { RUN_STATES, type RunState } from '../../../core/domain/run.ts';
import { Samples } from '../../../core/history/samples.ts';
import {
  type RunFigures,
  type RunSample,
  type StatisticsQuestion,
  StatisticsTally,
} from '../../../core/history/statistics.ts';

const HOUR = 3_600_000;
/** A Monday. */
const MONDAY = Date.UTC(2026, 5, 1);

function question(fields: Partial<StatisticsQuestion> = {}): StatisticsQuestion {
  return {
    since: MONDAY,
    until: MONDAY + 24 * HOUR,
    bucketStarts: [MONDAY],
    offsets: [{ from: MONDAY, offsetMs: 0 }],
    order: 'failing',
    taskLimit: 200,
    ...fields,
  };
}

function sample(fields: Partial<RunSample<string>> = {}): RunSample<string> {
  const nominalAt = fields.nominalAt ?? MONDAY;
  return {
    task: 'backup',
    machine: 'nas',
    state: 'succeeded',
    nominalAt,
    dueAt: nominalAt,
    startedAfterMs: undefined,
    tookMs: undefined,
    ...fields,
  };
}

function figuresOf(
  samples: readonly Partial<RunSample<string>>[],
  fields: Partial<StatisticsQuestion> = {},
): RunFigures {
  const tally = new StatisticsTally<string>(question(fields));
  for (const each of samples) tally.add(sample(each));
  return tally.figures((id) => id);
}

describe('samples', () => {
  it('say nothing of nothing', () => {
    expect(new Samples().quantiles()).toBeUndefined();
  });

  it('take the nearest rank, and go on after they were asked', () => {
    const samples = new Samples();
    for (let value = 100; value > 0; value -= 1) samples.add(value);
    expect(samples.quantiles()).toEqual({ medianMs: 50, p95Ms: 95, maxMs: 100, count: 100 });
    samples.add(1000);
    expect(samples.quantiles()).toEqual({ medianMs: 51, p95Ms: 96, maxMs: 1000, count: 101 });
  });

  it('hold a month, count what is longer than they can tell as their longest, and a start too early as none', () => {
    const samples = new Samples();
    samples.add(30 * 24 * HOUR);
    expect(samples.quantiles()?.maxMs).toBe(30 * 24 * HOUR);
    samples.add(1000 * 24 * HOUR);
    samples.add(-5);
    expect(samples.quantiles()).toMatchObject({ maxMs: 2 ** 32 - 1, count: 3 });
    expect(new Samples().quantiles()).toBeUndefined();
  });
});

describe('statistics', () => {
  it('say nothing of nothing, but tell every state, bucket and hour', () => {
    const figures = figuresOf([]);
    expect(figures.totals).toEqual(Object.fromEntries(RUN_STATES.map((state) => [state, 0])));
    expect(figures).toMatchObject({ successRate: undefined, durations: undefined, lateness: undefined, taskCount: 0 });
    expect(figures.buckets).toEqual([{ from: MONDAY, succeeded: 0, failed: 0, other: 0, durations: undefined }]);
    expect(figures.busyHours.map((hours) => hours.length)).toEqual([24, 24, 24, 24, 24, 24, 24]);
  });

  it('count a lost run and one that timed out as failed, and a skipped one not at all', () => {
    const states: RunState[] = ['succeeded', 'succeeded', 'failed', 'lost', 'timed-out', 'skipped', 'running'];
    const figures = figuresOf(states.map((state) => ({ state })));
    expect(figures.totals).toMatchObject({ succeeded: 2, lost: 1, skipped: 1, queued: 0 });
    expect(figures.successRate).toBeCloseTo(0.4);
    expect(figures.buckets).toMatchObject([{ succeeded: 2, failed: 3, other: 2 }]);
    expect(figures.tasks).toMatchObject([{ id: 'backup', runs: 6, failed: 3 }]);
    expect(figures.machines).toMatchObject([{ id: 'nas', runs: 6, failed: 3 }]);
  });

  it('measure how long runs take that end by themselves, and how long a machine was busy with the cancelled too', () => {
    const figures = figuresOf([
      { tookMs: 20 },
      { tookMs: 40, state: 'failed' },
      { tookMs: 1000, state: 'cancelled' },
      { tookMs: 9000, state: 'lost' },
    ]);
    expect(figures.durations).toEqual({ medianMs: 20, p95Ms: 40, maxMs: 40, count: 2 });
    expect(figures.machines).toMatchObject([{ busyMs: 1060 }]);
  });

  it('measure lateness against the due instant, whatever became of the run', () => {
    const figures = figuresOf([{ startedAfterMs: 5, state: 'lost' }, { startedAfterMs: -5 }, {}]);
    expect(figures.lateness).toEqual({ medianMs: 0, p95Ms: 5, maxMs: 5, count: 2 });
  });

  it('put the task first whose runs start the latest, and tell how late those of each are', () => {
    const figures = figuresOf(
      [
        { startedAfterMs: 5 },
        { task: 'report', startedAfterMs: 900 },
        { task: 'report', startedAfterMs: 100 },
        { task: 'never', state: 'skipped' },
      ],
      { order: 'latest' },
    );
    expect(figures.tasks.map(({ id, lateness }) => [id, lateness?.p95Ms, lateness?.count])).toEqual([
      ['report', 900, 2],
      ['backup', 5, 1],
      ['never', undefined, undefined],
    ]);
  });

  it('put each run into the bucket of its nominal instant', () => {
    const bucketStarts = [MONDAY - 10, MONDAY + HOUR, MONDAY + 2 * HOUR];
    const instants = [0, HOUR - 1, HOUR, 2 * HOUR, 24 * HOUR - 1].map((afterMs) => MONDAY + afterMs);
    const { buckets } = figuresOf(
      instants.map((nominalAt) => ({ nominalAt, tookMs: nominalAt - MONDAY })),
      { bucketStarts },
    );
    expect(buckets.map(({ from, succeeded }) => [from, succeeded])).toEqual([
      [MONDAY - 10, 2],
      [MONDAY + HOUR, 1],
      [MONDAY + 2 * HOUR, 2],
    ]);
    expect(buckets[2]?.durations).toMatchObject({ medianMs: 2 * HOUR, count: 2 });
  });

  it('count starts by weekday and local hour, by the offset that held then', () => {
    const offsets = [
      { from: MONDAY, offsetMs: -HOUR },
      { from: MONDAY + 6 * HOUR, offsetMs: 2 * HOUR },
    ];
    const starts = [MONDAY, MONDAY + 6 * HOUR, MONDAY + 23 * HOUR];
    const { busyHours } = figuresOf(
      starts.map((nominalAt) => ({ nominalAt, startedAfterMs: 0 })),
      { offsets },
    );
    expect([busyHours[6]?.[23], busyHours[0]?.[8], busyHours[1]?.[1]]).toEqual([1, 1, 1]);
    expect(busyHours.flat().reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  it('count a start, not a due instant, when a run started in another hour than it was due', () => {
    const { busyHours } = figuresOf([{ startedAfterMs: 2 * HOUR }]);
    expect([busyHours[0]?.[0], busyHours[0]?.[2]]).toEqual([0, 1]);
  });

  it('name no machine for attempts that nobody started', () => {
    expect(figuresOf([{ state: 'skipped' }, { state: 'due' }]).machines).toEqual([]);
  });

  it.each([
    ['failing', ['flaky', 'broken', 'slow', 'steady']],
    ['slowest', ['slow', 'flaky', 'broken', 'steady']],
    ['busiest', ['steady', 'flaky', 'broken', 'slow']],
  ] as const)('list tasks by %s', (order, ids) => {
    const samples = [
      ...times(5, { task: 'steady', tookMs: 1 }),
      ...times(2, { task: 'flaky', tookMs: 30, state: 'failed' }),
      ...times(2, { task: 'flaky', tookMs: 30 }),
      ...times(1, { task: 'broken', tookMs: 20, state: 'failed' }),
      ...times(1, { task: 'broken', tookMs: 20, state: 'running' }),
      ...times(1, { task: 'slow', tookMs: 500 }),
    ];
    expect(figuresOf(samples, { order }).tasks.map((each) => each.id)).toEqual(ids);
    const few = figuresOf(samples, { order, taskLimit: 2 });
    expect(few.tasks.map((each) => each.id)).toEqual(ids.slice(0, 2));
    expect(few.taskCount).toBe(4);
  });

  it('tell ids by what their keys stand for', () => {
    const tally = new StatisticsTally<number>(question());
    tally.add({ ...sample(), task: 3, machine: 4 });
    const figures = tally.figures((number) => `id-${number}`);
    expect([figures.tasks[0]?.id, figures.machines[0]?.id]).toEqual(['id-3' as TaskId, 'id-4' as MachineId]);
  });
});

function times(count: number, fields: Partial<RunSample<string>>): Partial<RunSample<string>>[] {
  return Array.from({ length: count }, () => fields);
}
