/** A database that was made anew remembers no claims from before: that holds up nobody who need not be sure. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

const HOUR = 3_600_000;

describe('a machine whose database began under a clock that was days ahead', () => {
  test('runs its tasks as soon as the clock is right', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('own', undefined, { placement: { mode: 'pin', machine: cluster.machine(1).id } });
    await cluster.put(0, task);
    await cluster.run(1000);
    const machine = cluster.machine(1);
    machine.losePower();
    machine.clock.offsetMs += 48 * HOUR;
    machine.disk.destroy(machine.wallMs());
    await machine.boot();
    await cluster.run(60_000);
    machine.clock.setRight();
    await cluster.run(10_000);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(10_000);
    expect(cluster.startsOf(task)).toHaveLength(1);
  });
});
