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

describe('a machine whose database was destroyed while its task was due', () => {
  test('records what it cannot be sure of as skipped, and runs what comes due from then on', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const machine = cluster.machine(1);
    const task = simTask('sure', '*/10 * * * * *', {
      placement: { mode: 'pin', machine: machine.id },
      policy: { guarantee: 'at-most-once', catchUp: { mode: 'all' }, overlap: 'queue-all' },
    });
    await cluster.put(0, task);
    await cluster.run(30_000);
    machine.losePower();
    await cluster.run(60_000);
    machine.disk.destroy(machine.wallMs());
    const before = cluster.startsOf(task).length;
    await machine.boot();
    await cluster.run(120_000);
    expect(cluster.startsOf(task).length - before).toBeGreaterThan(6);
    const runs = await cluster.runs(0, task);
    const skipped = runs.filter((run) => run.state === 'skipped' && run.reason?.code === 'TOO_OLD');
    expect(skipped.length).toBeGreaterThanOrEqual(5);
    const open = runs.filter((run) => run.state === 'withheld' && machine.wallMs() - run.dueAt > 30_000);
    expect(open.map((run) => run.occurrenceId).filter((id) => !skipped.some((run) => run.occurrenceId === id))).toEqual(
      [],
    );
  });
});
