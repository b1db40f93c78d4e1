/** Clocks that leap, edits, and nights when everybody is away: what was due runs once, or is recorded with a reason. */
import { describe, expect, test } from 'vitest';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { SimCluster, simTask } from '../sim-cluster.ts';

async function reasons(cluster: SimCluster, task: TaskDefinition): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const run of await cluster.runs(0, task)) {
    const key = run.state === 'skipped' ? (run.reason?.code ?? '') : run.state;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe('clocks', () => {
  test('that leap an hour ahead make up for the newest only, and record the others', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('minutely', '0 * * * * *', { policy: { catchUp: { mode: 'latest' } } });
    await cluster.put(0, task);
    await cluster.run(65_000);
    const before = cluster.startsOf(task).length;
    for (const machine of cluster.machines) machine.clockOffsetMs += 3_600_000;
    await cluster.run(70_000);
    const starts = cluster.startsOf(task).length - before;
    expect(starts).toBeGreaterThanOrEqual(1);
    expect(starts).toBeLessThanOrEqual(3);
    expect((await reasons(cluster, task))['MISSED']).toBeGreaterThanOrEqual(20);
  });

  test('that leap back repeat nothing', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('often', '*/10 * * * * *');
    await cluster.put(0, task);
    await cluster.run(61_000);
    for (const machine of cluster.machines) machine.clockOffsetMs -= 40_000;
    await cluster.run(100_000);
    const ids = cluster.startsOf(task).map((start) => start.occurrenceId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(11);
  });

  test('of an author that is ahead silence no task', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    cluster.machine(1).clockOffsetMs = 1_800_000;
    const task = simTask('soon', '*/10 * * * * *', { placement: { labels: { name: 'm0' } } });
    await cluster.put(1, task);
    await cluster.run(60_000);
    expect(cluster.startsOf(task).length).toBeGreaterThanOrEqual(5);
  });
});

describe('edits', () => {
  test('of the name alone lose nothing that was due', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('named', '*/10 * * * * *');
    await cluster.put(0, task);
    for (let count = 0; count < 6; count += 1) {
      await cluster.put(count % 3, { ...task, about: { ...task.about, name: `Name ${count}` } });
      await cluster.run(9800);
    }
    expect(new Set(cluster.startsOf(task).map((start) => start.occurrenceId)).size).toBeGreaterThanOrEqual(6);
  });

  test('a suspended task runs not, runs again when resumed, and makes up for nothing', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('sleepy', '*/10 * * * * *', { policy: { catchUp: { mode: 'all' } } });
    await cluster.put(0, task);
    await cluster.run(30_000);
    await cluster.command(1, { kind: 'suspend-task', id: task.id, suspended: true });
    const before = cluster.startsOf(task).length;
    await cluster.run(120_000);
    expect(cluster.startsOf(task)).toHaveLength(before);
    await cluster.command(2, { kind: 'suspend-task', id: task.id, suspended: false });
    // Everybody restarts before it has run again: what came due while it was suspended is recorded, not made up for.
    await cluster.stopAll();
    for (const machine of cluster.machines) await machine.boot();
    await cluster.run(35_000);
    const starts = cluster.startsOf(task).length - before;
    expect(starts).toBeGreaterThanOrEqual(3);
    expect(starts).toBeLessThanOrEqual(5);
    expect((await reasons(cluster, task))['EDITED']).toBeGreaterThanOrEqual(10);
  });

  test('a deleted task that waited in a queue is recorded as such', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 600_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('gone', '*/10 * * * * *', { policy: { overlap: 'queue-all' } });
    await cluster.put(0, task);
    await cluster.run(31_000);
    await cluster.command(1, { kind: 'delete-task', id: task.id });
    await cluster.run(180_000);
    const found = await reasons(cluster, task);
    expect(found['DELETED']).toBeGreaterThanOrEqual(2);
    expect(found['queued']).toBeUndefined();
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
    expect((await reasons(cluster, task))['QUEUE_FULL']).toBeGreaterThanOrEqual(40);
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
    const found = await reasons(cluster, task);
    expect(found['cancelled']).toBeUndefined();
    expect(found['REPLACED']).toBe(1);
    expect(cluster.startsOf(task)).toHaveLength(2);
  });
});
