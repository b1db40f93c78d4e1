/** An owner or an executor that dies: somebody else takes over, once, with a higher fencing token. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

describe('when the owner dies', () => {
  test('the next occurrence runs elsewhere, less than two seconds late', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('tick', '*/10 * * * * *');
    await cluster.put(0, task);
    await cluster.run(15_000);
    const owner = cluster.ownerOf(task);
    const before = cluster.startsOf(task).length;
    owner.kill();
    await cluster.run(30_000);
    const after = cluster.startsOf(task).slice(before);
    expect(after.length).toBeGreaterThanOrEqual(2);
    for (const start of after) {
      expect(start.machine).not.toBe(owner.id);
      expect(start.atMs % 10_000).toBeLessThan(2000);
    }
  });

  test('killed at the due instant, before it could claim: a standby runs it less than two seconds late', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('tick', '*/30 * * * * *');
    await cluster.put(0, task);
    const untilDue = 30_000 - (cluster.time.now % 30_000);
    await cluster.run(untilDue - 5);
    const owner = cluster.ownerOf(task);
    owner.kill();
    await cluster.run(3000);
    const starts = cluster.startsOf(task);
    expect(starts).toHaveLength(1);
    expect(starts[0]?.machine).not.toBe(owner.id);
    expect((starts[0]?.atMs ?? 0) % 30_000).toBeLessThan(2000);
  });

  test('its run is closed as lost and run again elsewhere, with a higher fencing token', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 20_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('long', undefined, { policy: { onLost: 'rerun', rerunAfterMs: 5000 } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const first = cluster.startsOf(task)[0];
    if (first === undefined) throw new Error('it did not start');
    cluster.byId(first.machine).losePower();
    const survivor = cluster.machines.findIndex((machine) => machine.id !== first.machine);
    await cluster.run(30_000);
    const [, second] = cluster.startsOf(task);
    expect(second?.machine).not.toBe(first.machine);
    expect(second?.fencingToken).toBeGreaterThan(first.fencingToken);
    expect(cluster.startsOf(task)).toHaveLength(2);
    const states = (await cluster.runs(survivor, task)).map((run) => `${run.attempt} ${run.state}`);
    expect(states).toContain('1 lost');
    expect(states).toContain('2 succeeded');
  });

  test('at-most-once is reported as lost and never run again', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 20_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('invoice', undefined, { policy: { guarantee: 'at-most-once' } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const first = cluster.startsOf(task)[0];
    if (first === undefined) throw new Error('it did not start');
    cluster.byId(first.machine).losePower();
    const survivor = cluster.machines.findIndex((machine) => machine.id !== first.machine);
    await cluster.run(180_000);
    expect(cluster.startsOf(task)).toHaveLength(1);
    expect((await cluster.runs(survivor, task)).map((run) => run.state)).toContain('lost');
  });
});
