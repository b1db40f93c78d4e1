/** The figures of the first screen without a browser: what is usual, how far a run is, and how the day went. */
import { describe, expect, it } from 'vitest';
import type { Signal } from '../../core/api/event-schemas.ts';
import { shareText } from '../../renderer/src/format/share.ts';
import { progressOf } from '../../renderer/src/state/expected-progress.ts';
import { OverviewFigures } from '../../renderer/src/state/overview-figures.svelte.ts';
import { UsualTimes } from '../../renderer/src/state/usual-times.svelte.ts';
import { FakeScheduler, NOW, liveAccess, runRecord, settle } from './fake-host.ts';

const DAY_MS = 86_400_000;
const USUAL = { medianMs: 60_000, p95Ms: 120_000, count: 20 };

describe('how far a run is', () => {
  it('is what its process says, whatever is usual', () => {
    expect(progressOf(0.62, 500_000, USUAL)).toEqual({ kind: 'reported', share: 0.62 });
    expect(progressOf(7, undefined, undefined)).toEqual({ kind: 'reported', share: 1 });
  });

  it('is expected by the newest runs, full only when 95 of 100 have ended, and told as longer from then on', () => {
    expect(progressOf(null, 60_000, USUAL)).toEqual({ kind: 'expected', share: 0.5, medianShare: 0.5 });
    expect(progressOf(null, 120_000, USUAL)).toMatchObject({ kind: 'expected', share: 1 });
    expect(progressOf(null, 150_000, USUAL)).toEqual({ kind: 'over', overMs: 30_000 });
  });

  it('is not known before the start, nor by one or two runs', () => {
    expect(progressOf(null, undefined, USUAL)).toBeUndefined();
    expect(progressOf(null, 10, { ...USUAL, count: 2 })).toBeUndefined();
    expect(progressOf(null, 10, undefined)).toBeUndefined();
  });
});

describe('what is usual', () => {
  it('is asked once for all tasks that are shown, and again when a run of one has ended', async () => {
    const asked: string[][] = [];
    const access = liveAccess({
      statistics: {
        usual: async ({ tasks }: { tasks: string[] }) => {
          asked.push(tasks);
          return { backup: { ...USUAL, count: asked.length } };
        },
      },
    });
    const scheduler = new FakeScheduler();
    const usual = new UsualTimes(access, scheduler);
    usual.want(['backup', 'index']);
    usual.want(['backup', 'index']);
    await settle();
    expect([usual.of('backup')?.count, usual.of('index')]).toEqual([1, undefined]);
    usual.note([runRecord('r', { state: 'running' })]);
    await scheduler.advance(5000);
    expect(asked).toEqual([['backup', 'index']]);
    usual.note([runRecord('r')]);
    await scheduler.advance(5000);
    expect(asked).toEqual([['backup', 'index'], ['backup']]);
    expect(usual.of('backup')?.count).toBe(2);
  });
});

describe('the figures of the day', () => {
  it('stand beside the seven days before, which are counted less often', async () => {
    const asked: { since: number; until?: number }[] = [];
    const access = liveAccess({
      statistics: {
        show: async (input: { since: number; until?: number }) => {
          asked.push(input);
          const lateness = { medianMs: 40, p95Ms: 900 };
          return { successRate: input.until === undefined ? 0.9 : 1, lateness };
        },
      },
    });
    const scheduler = new FakeScheduler();
    const figures = new OverviewFigures(access, scheduler);
    let hear: (signal: Signal) => void = () => undefined;
    const stop = figures.start((listener) => {
      hear = listener;
      return () => undefined;
    });
    await settle();
    expect(figures.day).toEqual({ successRate: 0.9, medianMs: 40, p95Ms: 900 });
    expect(figures.before?.successRate).toBe(1);
    expect(asked).toMatchObject([{ since: NOW - DAY_MS }, { since: NOW - 8 * DAY_MS, until: NOW - DAY_MS }]);
    hear({ kind: 'run', runs: [runRecord('r')] });
    await scheduler.advance(20_000);
    expect(asked).toHaveLength(3);
    stop();
    await scheduler.advance(DAY_MS);
    expect(asked).toHaveLength(3);
  });
});

it('a share is never rounded to all or to nothing', () => {
  expect(shareText(1, 'en')).toBe('100%');
  expect(shareText(0.99999, 'en')).toBe('99.9%');
  expect(shareText(0.00001, 'en')).toBe('0.1%');
  expect(shareText(0, 'en')).toBe('0%');
});
