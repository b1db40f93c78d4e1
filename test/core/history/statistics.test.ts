/** Figures over runs. */
import { describe, expect, it } from 'vitest';
import type { Run, RunRecord } from '../../../core/domain/run.ts';
import { quantilesOf, summarizeByTask, summarizeRuns } from '../../../core/history/statistics.ts';
import { NOON, record, task } from '../../fakes/run-records.ts';

const run = (fields: Partial<RunRecord>): Run => ({ ...record(fields), duplicate: false });

describe('statistics', () => {
  it('say nothing of nothing', () => {
    expect(summarizeRuns([])).toEqual({ count: 0, states: {}, finished: 0, duplicates: 0 });
    expect(quantilesOf([])).toBeUndefined();
  });

  it('take the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantilesOf(values)).toEqual({ median: 50, p95: 95, max: 100 });
    expect(quantilesOf([7])).toEqual({ median: 7, p95: 7, max: 7 });
  });

  it('count a lost run as not succeeded, and a skipped one not at all', () => {
    const states = ['succeeded', 'succeeded', 'failed', 'lost', 'skipped', 'running'] as const;
    const summary = summarizeRuns(states.map((state, index) => run({ state, nominalAt: NOON + index })));
    expect(summary).toMatchObject({ count: 6, finished: 3, successRate: 0.5, states: { succeeded: 2, lost: 1 } });
  });

  it('measure duration and lateness', () => {
    const runs = [run({ startedAt: NOON + 5, finishedAt: NOON + 25 }), run({ startedAt: NOON - 5, finishedAt: NOON })];
    expect(summarizeRuns(runs)).toMatchObject({
      durationMs: { median: 5, max: 20 },
      latenessMs: { median: 0, max: 5 },
    });
  });

  it('are kept apart by task', () => {
    const byTask = summarizeByTask([run({}), run({ taskId: task('report') }), run({ taskId: task('report') })]);
    expect([...byTask].map(([id, summary]) => [id, summary.count])).toEqual([
      ['backup', 1],
      ['report', 2],
    ]);
  });
});
