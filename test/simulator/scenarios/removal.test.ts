/** Machines that are removed, drained or stopped while things are under way. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import {
  AGREE_MS,
  expectAgreement,
  expectOneStartPerAttempt,
  firstStart,
  formed,
  formedWith,
  idsOf,
  statesOf,
} from './lab.ts';

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

describe('a machine that is removed while it is cut off', () => {
  test('starts nothing that needs a majority, and nothing at all once it has heard of it', async () => {
    const invoice = simTask('invoice', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } });
    const tick = simTask('tick', '*/10 * * * * *');
    const cluster = await formedWith({ machines: 4 }, invoice, tick);
    const owner = cluster.ownerOf(invoice);
    const others = idsOf(cluster).filter((id) => id !== owner.id);
    const by = cluster.machines.findIndex(({ id }) => id === others[0]);
    cluster.network.split([owner.id], others);
    await cluster.run(5000);
    await cluster.command(by, { kind: 'remove-machine', id: owner.id });
    const from = cluster.time.now;
    await cluster.run(60_000);
    expect(cluster.startsOf(invoice).filter((start) => start.machine === owner.id && start.atMs > from)).toEqual([]);
    expect(cluster.startsOf(invoice).filter((start) => start.atMs > from).length).toBeGreaterThanOrEqual(5);
    cluster.network.heal();
    // It dials again within this.
    await cluster.run(40_000);
    const heard = cluster.time.now;
    await cluster.run(60_000);
    expect(cluster.starts.filter((start) => start.machine === owner.id && start.atMs > heard)).toEqual([]);
    expectOneStartPerAttempt(cluster, invoice);
    expect(owner.peer.view.warnings.map(({ code }) => code)).toContain('MACHINE_REMOVED');
    // After a restart it knows no more than before, and asks before it starts anything.
    owner.kill();
    await owner.boot();
    await cluster.run(60_000);
    expect(cluster.starts.filter((start) => start.machine === owner.id && start.atMs > heard)).toEqual([]);
  });

  test('leaves nothing open for ever of what it noted after that, and nothing of it is run', async () => {
    const cluster = await formed({ machines: 4 });
    const [keeper, , witness, removed] = cluster.machines as [SimMachine, SimMachine, SimMachine, SimMachine];
    const report = simTask('report', undefined, { placement: { mode: 'pin', machine: keeper.id, labels: {} } });
    await cluster.put(0, report);
    await cluster.run(1000);
    cluster.network.split([witness.id, removed.id], idsOf(cluster).slice(0, 2));
    await cluster.run(5000);
    await cluster.command(0, { kind: 'remove-machine', id: removed.id });
    // The others hear of it through the one that had not heard of the removal.
    await cluster.command(3, { kind: 'run-task', id: report.id });
    await cluster.run(20_000);
    expect(await statesOf(cluster, 2, report)).toEqual({ withheld: 1 });
    cluster.network.heal();
    await cluster.run(2 * AGREE_MS);
    for (const index of [0, 1, 2]) expect(await statesOf(cluster, index, report)).toEqual({ MACHINE_REMOVED: 1 });
    expect(cluster.startsOf(report)).toEqual([]);
  });

  test('with a run under way: at most once means no second start, whatever becomes of the first', async () => {
    const invoice = simTask('invoice', undefined, { policy: { guarantee: 'at-most-once' } });
    const cluster = await formedWith({ machines: 4, behaviour: () => ({ durationMs: 40_000, exitCode: 0 }) }, invoice);
    await cluster.command(0, { kind: 'run-task', id: invoice.id });
    await cluster.run(1000);
    const { machine } = firstStart(cluster, invoice);
    const others = idsOf(cluster).filter((id) => id !== machine);
    const by = cluster.machines.findIndex(({ id }) => id === others[0]);
    cluster.network.split([machine], others);
    await cluster.run(3000);
    await cluster.command(by, { kind: 'remove-machine', id: machine });
    await cluster.run(60_000);
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    expect(cluster.startsOf(invoice)).toHaveLength(1);
    for (const id of others) {
      const runs = await cluster.runs(
        cluster.machines.findIndex((other) => other.id === id),
        invoice,
      );
      expect(runs.map((run) => run.state).filter((state) => state !== 'due')).not.toContain('running');
    }
    cluster.byId(machine).kill();
    await expectAgreement(cluster, invoice);
  });
});
