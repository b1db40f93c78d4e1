/** The place of statistics without a browser: what its address asks, what is shown of the answers, and their export. */
import { describe, expect, it } from 'vitest';
import type { StatisticsOutput } from '../../core/api/statistics-schemas.ts';
import { stacked } from '../../renderer/src/components/chart/chart-series.ts';
import { csvOf } from '../../renderer/src/format/csv.ts';
import { type Addresses, Router } from '../../renderer/src/state/router.svelte.ts';
import { concurrencyOf, countsOf, heatOf } from '../../renderer/src/state/statistics-figures.ts';
import { dayOf, spanBefore, spanOf, statisticsFilterOf } from '../../renderer/src/state/statistics-question.ts';
import { StatisticsState } from '../../renderer/src/state/statistics.svelte.ts';
import { type FakeApi, FakeScheduler, NOW, liveAccess, refusal, settle } from './fake-host.ts';

const DAY_MS = 86_400_000;

describe('the question of an address', () => {
  it('is the last week when it says nothing, or says what is none', () => {
    const filter = statisticsFilterOf({ period: '5y', sort: 'ugliest', from: '2026-02-30' }, NOW);
    expect(filter).toMatchObject({ period: '7d', sort: 'failing', task: undefined });
    expect(spanOf(filter, NOW)).toEqual({ since: NOW - 7 * DAY_MS, until: NOW });
  });

  it('is of whole local days when it names them, the last one included', () => {
    const filter = statisticsFilterOf({ period: 'custom', from: '2026-03-28', to: '2026-03-30' }, NOW);
    const span = spanOf(filter, NOW);
    expect([span?.since, (span?.until ?? 0) - 1].map((instant) => dayOf(instant ?? 0))).toEqual([
      '2026-03-28',
      '2026-03-30',
    ]);
    expect(new Date(span?.until ?? 0).getHours()).toBe(0);
  });

  it('is none when it ends before it begins, or is longer than a year', () => {
    const asked = (from: string, to: string) => spanOf(statisticsFilterOf({ period: 'custom', from, to }, NOW), NOW);
    expect(asked('2026-03-02', '2026-03-01')).toBeUndefined();
    expect(asked('2024-03-01', '2026-03-01')).toBeUndefined();
    expect(asked('2026-03-01', '2026-03-01')).toBeDefined();
  });

  it('is set beside the time before, of the same length', () => {
    expect(spanBefore({ since: 100, until: 130 })).toEqual({ since: 70, until: 100 });
  });
});

describe('the figures', () => {
  function setUp(show: (input: Record<string, unknown>) => unknown) {
    const asked: Record<string, unknown>[] = [];
    const api: FakeApi = {
      statistics: {
        show: async (input: Record<string, unknown>) => {
          asked.push(input);
          return show(input);
        },
      },
    };
    let hash = '#/statistics';
    const addresses: Addresses = {
      hash: () => hash,
      set: (next) => (hash = next),
      listen: () => () => undefined,
    };
    const router = new Router(addresses);
    const scheduler = new FakeScheduler();
    const parts = { access: liveAccess(api), scheduler, onSignal: () => () => undefined };
    return { asked, router, scheduler, statistics: new StatisticsState(parts, router, 'Europe/Berlin') };
  }

  it('are asked with the filter, and of the time before', async () => {
    const { asked, router, statistics } = setUp(() => ({ taskCount: 1 }));
    router.refine({ period: '24h', machine: 'm1', tag: 'night', sort: 'latest' });
    statistics.ask();
    expect(statistics.busy).toBe(true);
    await settle();
    const common = { timeZone: 'Europe/Berlin', machine: 'm1', tag: 'night', sort: 'latest' };
    expect(asked).toEqual([
      { ...common, since: NOW - DAY_MS, until: NOW },
      { ...common, since: NOW - 2 * DAY_MS, until: NOW - DAY_MS, limit: 1 },
    ]);
    expect([statistics.busy, statistics.figures?.taskCount]).toEqual([false, 1]);
  });

  it('of a question that is not asked any more are let go', async () => {
    const answers: (() => void)[] = [];
    const { router, scheduler, statistics } = setUp(
      ({ sort }) => new Promise((resolve) => answers.push(() => resolve({ order: sort }))),
    );
    statistics.ask();
    await settle();
    router.refine({ sort: 'slowest' });
    statistics.ask();
    for (const answer of answers.splice(0)) answer();
    await settle();
    expect([statistics.figures, statistics.busy]).toEqual([undefined, true]);
    await scheduler.advance(1000);
    for (const answer of answers.splice(0)) answer();
    await settle();
    expect([statistics.figures, statistics.busy]).toEqual([{ order: 'slowest' }, false]);
  });

  it('stay when they cannot be counted again, beside the reason', async () => {
    let broken = false;
    const { scheduler, statistics } = setUp(() => {
      if (broken) throw refusal('PEER_TIMEOUT', 'no answer');
      return { taskCount: 3 };
    });
    const stop = statistics.start();
    statistics.ask();
    await settle();
    broken = true;
    await scheduler.advance(61_000);
    expect([statistics.figures?.taskCount, statistics.refusal?.message]).toEqual([3, 'No answer.']);
    stop();
  });
});

describe('what is worked out', () => {
  it('counts timed-out and lost runs as failed', () => {
    const totals = { succeeded: 5, failed: 2, 'timed-out': 1, lost: 1, skipped: 4 };
    expect(countsOf({ totals } as unknown as StatisticsOutput)).toEqual({ runs: 13, succeeded: 5, failed: 4 });
  });

  it('shades hours by their share of the busiest, and any start is more than none', () => {
    expect([0, 1, 25, 26, 100].map((count) => heatOf(count, 100))).toEqual([0, 1, 1, 2, 4]);
    expect(heatOf(0, 0)).toBe(0);
  });

  it('tells how many runs went on at once', () => {
    const span = { since: new Date(NOW).toISOString(), until: new Date(NOW + 1000).toISOString() };
    expect(concurrencyOf(2500, span)).toBe(2.5);
  });

  it('stands bars upon each other, and leaves lines as they are', () => {
    const bars = { label: '', colour: 'ok', kind: 'bars' } as const;
    const drawn = stacked([
      { ...bars, values: [1, 2] },
      { ...bars, values: [3, null] },
      { ...bars, kind: 'line', values: [7, null] },
    ]);
    expect(drawn).toEqual([
      [1, 2],
      [4, 2],
      [7, null],
    ]);
  });
});

it('a table for spreadsheets is quoted, and holds no formulas of others', () => {
  const text = csvOf(
    ['name', 'runs'],
    [
      ['a "b", c', 3],
      ['=HYPERLINK("x")', null],
      ['line\nbreak', 0.5],
    ],
  );
  expect(text).toBe('\uFEFFname,runs\r\n"a ""b"", c",3\r\n"\'=HYPERLINK(""x"")",\r\n"line\nbreak",0.5\r\n');
});
