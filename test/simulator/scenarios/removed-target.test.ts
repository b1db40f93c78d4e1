/** What was for one machine and no other, when that machine is removed: it ends, with the reason, on every screen. */
import { expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

test('a rerun on a machine that was removed meanwhile waits for nobody', async () => {
  const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 120_000, exitCode: 0 }) });
  await cluster.form();
  const task = simTask('everywhere', undefined, { placement: { mode: 'all' }, policy: { rerunAfterMs: 5000 } });
  await cluster.put(0, task);
  await cluster.command(0, { kind: 'run-task', id: task.id });
  await cluster.run(2000);
  expect(cluster.startsOf(task)).toHaveLength(3);
  const removed = cluster.machine(2);
  removed.losePower();
  await cluster.command(0, { kind: 'remove-machine', id: removed.id });
  await cluster.run(30_000);
  for (const index of [0, 1]) {
    const runs = (await cluster.runs(index, task)).filter((run) => run.slot === removed.id);
    expect(runs.map((run) => `${run.attempt} ${run.state} ${run.reason?.code ?? ''}`).sort()).toEqual([
      '1 lost LOST',
      '2 skipped MACHINE_REMOVED',
    ]);
  }
});
