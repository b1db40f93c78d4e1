/** A cluster without faults: what is due runs once, where and when it should, and never over itself. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

describe('a cluster without faults', () => {
  test('runs each occurrence once, on its owner, on time', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('tick', '*/10 * * * * *');
    await cluster.put(1, task);
    const owner = cluster.ownerOf(task);
    await cluster.run(60_000);
    const starts = cluster.startsOf(task);
    expect(starts).toHaveLength(6);
    expect(new Set(starts.map((start) => start.machine))).toEqual(new Set([owner.id]));
    expect(new Set(starts.map((start) => start.occurrenceId)).size).toBe(6);
    for (let index = 0; index < 3; index += 1) {
      const runs = await cluster.runs(index, task);
      expect(runs.map((run) => run.state)).toEqual(Array(6).fill('succeeded'));
    }
  });

  test('a task placed on all machines runs on each of them', async () => {
    const cluster = new SimCluster({ machines: 4 });
    await cluster.form();
    const task = simTask('everywhere', '0 * * * * *', { placement: { mode: 'all' } });
    await cluster.put(0, task);
    await cluster.run(60_000);
    expect(new Set(cluster.startsOf(task).map((start) => start.machine)).size).toBe(4);
    expect(cluster.startsOf(task)).toHaveLength(4);
  });

  test('the same seed gives the same trace', async () => {
    const trace = async (): Promise<string[]> => {
      const lines: string[] = [];
      const cluster = new SimCluster({ machines: 3, seed: 7, trace: (line) => lines.push(line) });
      await cluster.form();
      await cluster.put(0, simTask('tick', '*/5 * * * * *'));
      await cluster.run(30_000);
      lines.push(JSON.stringify(cluster.starts));
      return lines;
    };
    expect(await trace()).toEqual(await trace());
  });
});

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
