/** Machines that are removed, drained or stopped while things are under way. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

describe('a machine that is removed', () => {
  test('learns of it and starts nothing more, and the others take over', async () => {
    const cluster = new SimCluster({ machines: 4 });
    await cluster.form();
    const tasks = Array.from({ length: 8 }, (_, index) => simTask(`t${index}`, '*/10 * * * * *'));
    await cluster.put(0, ...tasks);
    await cluster.run(11_000);
    const removed = cluster.machine(3);
    await cluster.command(0, { kind: 'remove-machine', id: removed.id });
    const from = cluster.time.now;
    await cluster.run(60_000);
    const later = cluster.starts.filter((start) => start.atMs > from + 1000);
    expect(later.filter((start) => start.machine === removed.id)).toEqual([]);
    expect(later).toHaveLength(8 * 6);
  });

  test('while it runs something: the run is given up at once and run again elsewhere', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 40_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('long', undefined, { policy: { rerunAfterMs: 3000 } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const first = cluster.startsOf(task)[0];
    const by = cluster.machines.findIndex((machine) => machine.id !== first?.machine);
    await cluster.command(by, { kind: 'remove-machine', id: first?.machine as never });
    await cluster.run(10_000);
    const starts = cluster.startsOf(task);
    expect(starts).toHaveLength(2);
    expect(starts[1]?.machine).not.toBe(first?.machine);
    expect(starts[1]?.fencingToken).toBeGreaterThan(first?.fencingToken ?? Infinity);
  });
});

describe('an owner that is drained or stopped in order', () => {
  test('runs nothing new, and nothing is missed or done twice', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('tick', '*/5 * * * * *');
    await cluster.put(0, task);
    await cluster.run(12_000);
    const owner = cluster.ownerOf(task);
    await cluster.command(0, { kind: 'drain-machine', id: owner.id, drained: true });
    const from = cluster.time.now;
    await cluster.run(20_000);
    const second = cluster.ownerOf(
      task,
      cluster.machines.findIndex((machine) => machine !== owner),
    );
    const stopping = second.stop();
    await cluster.run(100);
    await stopping;
    await cluster.run(20_000);
    const starts = cluster.startsOf(task).filter((start) => start.atMs > from);
    expect(starts.filter((start) => start.machine === owner.id)).toEqual([]);
    expect(starts).toHaveLength(8);
    expect(new Set(starts.map((start) => start.occurrenceId)).size).toBe(8);
  });
});
