/** Occurrences that come due while another runs: skipped, queued in order, or in place of it, cluster-wide. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';
import { statesOf } from './lab.ts';

describe('overlap across machines', () => {
  test('skip: a task never runs twice at a time, wherever its occurrences land', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 25_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('slow', '*/10 * * * * *');
    await cluster.put(0, task);
    await cluster.run(120_000);
    const starts = cluster.startsOf(task).sort((a, b) => a.atMs - b.atMs);
    expect(starts.length).toBeGreaterThanOrEqual(3);
    for (const [index, start] of starts.entries()) {
      const next = starts[index + 1];
      if (next !== undefined) expect(next.atMs).toBeGreaterThanOrEqual(start.endedAtMs ?? Infinity);
    }
    const skipped = (await cluster.runs(1, task)).filter((run) => run.state === 'skipped');
    expect(skipped.length).toBeGreaterThanOrEqual(3);
    expect(skipped[0]?.reason?.code).toBe('OVERLAP');
  });

  test('queue-all: every occurrence runs, one after the other', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 4000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('queued', undefined, { policy: { overlap: 'queue-all' } });
    await cluster.put(0, task);
    for (let count = 0; count < 4; count += 1) await cluster.command(count % 3, { kind: 'run-task', id: task.id });
    await cluster.run(60_000);
    const starts = cluster.startsOf(task).sort((a, b) => a.atMs - b.atMs);
    expect(starts).toHaveLength(4);
    for (const [index, start] of starts.entries()) {
      const next = starts[index + 1];
      if (next !== undefined) expect(next.atMs).toBeGreaterThanOrEqual(start.endedAtMs ?? Infinity);
    }
  });

  test('replace: the older run is cancelled, then the new one starts', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 60_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('replaced', undefined, { policy: { overlap: 'replace' } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(2000);
    await cluster.command(1, { kind: 'run-task', id: task.id });
    await cluster.run(5000);
    const states = (await cluster.runs(2, task)).map((run) => run.state).filter((state) => state !== 'due');
    expect(states.sort()).toEqual(['cancelled', 'running']);
  });
});

describe('a queue', () => {
  test('keeps the order in which its occurrences came due', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 3000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('line', undefined, { policy: { overlap: 'queue-all' } });
    await cluster.put(0, task);
    const asked: string[] = [];
    for (let count = 0; count < 8; count += 1) {
      const { occurrenceIds } = await cluster.command(count % 3, { kind: 'run-task', id: task.id });
      asked.push(...occurrenceIds);
    }
    await cluster.run(60_000);
    expect(cluster.startsOf(task).map((start) => start.occurrenceId)).toEqual(asked);
  });

  test('that is full records what it does not take', async () => {
    const cluster = new SimCluster({ machines: 2, behaviour: () => ({ durationMs: 3_600_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('flood', '* * * * * *', { policy: { overlap: 'queue-all' } });
    await cluster.put(0, task);
    await cluster.run(260_000);
    expect((await statesOf(cluster, 0, task))['QUEUE_FULL']).toBeGreaterThanOrEqual(40);
  });
});

describe('replace', () => {
  test('a late attempt of an older occurrence never ends a newer run', async () => {
    let count = 0;
    const cluster = new SimCluster({
      machines: 3,
      behaviour: () => ({ durationMs: (count += 1) === 1 ? 100 : 60_000, exitCode: count === 1 ? 1 : 0 }),
    });
    await cluster.form();
    const retry = { maxAttempts: 2, initialMs: 10_000 };
    const task = simTask('newest', undefined, { policy: { overlap: 'replace', retry } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(3000);
    await cluster.command(1, { kind: 'run-task', id: task.id });
    await cluster.run(70_000);
    const found = await statesOf(cluster, 0, task);
    expect(found['cancelled']).toBeUndefined();
    expect(found['REPLACED']).toBe(1);
    expect(cluster.startsOf(task)).toHaveLength(2);
  });
});
