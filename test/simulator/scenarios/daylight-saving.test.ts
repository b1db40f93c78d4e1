/**
 * The nights in which clocks change. A fixed time in the gap runs once, right after it; one in the overlap runs once, at
 * the first of the two. What repeats all day follows elapsed time. Restarts in that very hour repeat nothing.
 */
import { describe, expect, test } from 'vitest';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { type SimCluster, simTask } from '../sim-cluster.ts';
import { expectAgreement, formedWith } from './lab.ts';

const HOUR = 3_600_000;

interface Night {
  readonly what: string;
  readonly zone: string;
  /** The instant at which clocks change. */
  readonly changeAt: number;
  /** A time of day that is skipped, or that comes twice. */
  readonly expression: string;
  /** When that is to run. */
  readonly runsAt: number;
}

const NIGHTS: readonly Night[] = [
  {
    what: 'the gap of spring in Berlin',
    zone: 'Europe/Berlin',
    changeAt: Date.UTC(2026, 2, 29, 1),
    expression: '0 30 2 * * *',
    runsAt: Date.UTC(2026, 2, 29, 1),
  },
  {
    what: 'the gap of spring in New York',
    zone: 'America/New_York',
    changeAt: Date.UTC(2026, 2, 8, 7),
    expression: '0 15 2 * * *',
    runsAt: Date.UTC(2026, 2, 8, 7),
  },
  {
    what: 'the overlap of autumn in Berlin',
    zone: 'Europe/Berlin',
    changeAt: Date.UTC(2026, 9, 25, 1),
    expression: '0 30 2 * * *',
    runsAt: Date.UTC(2026, 9, 25, 0, 30),
  },
  {
    what: 'the overlap of autumn on Lord Howe, half an hour',
    zone: 'Australia/Lord_Howe',
    changeAt: Date.UTC(2026, 3, 4, 15),
    expression: '0 45 1 * * *',
    runsAt: Date.UTC(2026, 3, 4, 14, 45),
  },
];

function inZone(id: string, zone: string, expression: string): TaskDefinition {
  return simTask(id, undefined, {
    schedule: { triggers: [{ kind: 'cron', expression }], timeZone: zone },
    policy: { guarantee: 'at-most-once' },
  });
}

/** When the starts of a task were due, epoch milliseconds, in order. */
async function instantsOf(cluster: SimCluster, task: TaskDefinition): Promise<number[]> {
  const started = new Set(cluster.startsOf(task).map((start) => start.occurrenceId));
  const runs = (await cluster.runs(0, task)).filter((run) => started.has(run.occurrenceId));
  expect(cluster.startsOf(task)).toHaveLength(started.size);
  return [...new Set(runs.map((run) => run.nominalAt))].sort((a, b) => a - b);
}

describe.for(NIGHTS)('$what', ({ zone, changeAt, expression, runsAt }) => {
  const fixed = inZone('fixed', zone, expression);
  const hourly = inZone('hourly', zone, '0 0 * * * *');
  const quarterly = inZone('quarterly', zone, '0 */15 * * * *');
  const epochMs = changeAt - 1.5 * HOUR;

  test('runs a fixed time once, and what repeats by elapsed time', async () => {
    const cluster = await formedWith({ machines: 3, epochMs }, fixed, hourly, quarterly);
    await cluster.run(3 * HOUR);
    expect(await instantsOf(cluster, fixed)).toEqual([runsAt]);
    const hours = await instantsOf(cluster, hourly);
    const quarters = await instantsOf(cluster, quarterly);
    expect(hours.length).toBeGreaterThanOrEqual(2);
    for (const [index, at] of quarters.entries()) {
      if (index > 0) expect(at - (quarters[index - 1] ?? 0)).toBe(HOUR / 4);
    }
    expect(quarters).toHaveLength(12);
    const late = cluster.starts.map((start) => epochMs + start.atMs);
    for (const at of [...hours, ...quarters, runsAt])
      expect(late.some((start) => start >= at && start < at + 2000)).toBe(true);
    await expectAgreement(cluster, fixed, hourly, quarterly);
  });

  test('repeats nothing when every machine restarts again and again', async () => {
    const cluster = await formedWith({ machines: 3, epochMs }, fixed, quarterly);
    for (let round = 0; round < 18; round += 1) {
      const machine = cluster.machine(round % 3);
      if (round % 2 === 0) machine.losePower();
      else machine.kill();
      await cluster.run(2000);
      await machine.boot();
      await cluster.run(HOUR / 6 - 2000);
    }
    expect(await instantsOf(cluster, fixed)).toEqual([runsAt]);
    expect((await instantsOf(cluster, quarterly)).length).toBeGreaterThanOrEqual(11);
  });
});
