/** An occurrence that is to replace a run which does not end at once: it waits, and that is on record. */
import { expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

test('an occurrence that waits for the end of the run that it replaces is on record meanwhile', async () => {
  const cluster = new SimCluster({
    machines: 3,
    behaviour: () => ({ durationMs: 600_000, exitCode: 0, ignoresTerm: true }),
  });
  await cluster.form();
  const task = simTask('replaced', undefined, { policy: { overlap: 'replace', killGraceMs: 60_000 } });
  await cluster.put(0, task);
  await cluster.command(0, { kind: 'run-task', id: task.id });
  await cluster.run(2000);
  const running = cluster.machines.findIndex((machine) => machine.id === cluster.startsOf(task)[0]?.machine);
  const { occurrenceIds } = await cluster.command((running + 1) % 3, { kind: 'run-task', id: task.id });
  await cluster.run(12_000);
  const waiting = (await cluster.runs(running, task)).find((run) => run.occurrenceId === occurrenceIds[0]);
  expect(`${waiting?.state} ${waiting?.reason?.code}`).toBe('queued OVERLAP');
  await cluster.run(60_000);
  expect(cluster.startsOf(task)).toHaveLength(2);
});
