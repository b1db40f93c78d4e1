/** The agent or its machine ends in the middle of a run. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

describe('when the agent is killed and its process lives on', () => {
  test('a restarted agent adopts it, and the rerun that waited is dropped', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 30_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('long', undefined);
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const start = cluster.startsOf(task)[0];
    if (start === undefined) throw new Error('it did not start');
    const machine = cluster.byId(start.machine);
    machine.kill();
    await cluster.run(5000);
    await machine.boot();
    await cluster.run(120_000);
    expect(cluster.startsOf(task)).toHaveLength(1);
    for (let index = 0; index < 3; index += 1) {
      const runs = await cluster.runs(index, task);
      expect(runs.map((run) => run.state).filter((state) => state !== 'due')).toEqual(['succeeded']);
    }
  });
});
