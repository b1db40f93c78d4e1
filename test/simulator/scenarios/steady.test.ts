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
