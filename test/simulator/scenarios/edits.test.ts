/** People who edit, delete and run the same thing at the same time on different machines. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, formedWith, idsOf, statesOf } from './lab.ts';

describe('edits', () => {
  test('made on two sides of a split both survive, and all machines agree', async () => {
    const cluster = new SimCluster({ machines: 4 });
    await cluster.form();
    const task = simTask('shared', undefined);
    await cluster.put(0, task);
    await cluster.run(2000);
    const ids = cluster.machines.map((machine) => machine.id);
    cluster.network.split(ids.slice(0, 2), ids.slice(2));
    await cluster.put(0, { ...task, about: { ...task.about, name: 'Renamed on the left' } });
    await cluster.put(3, { ...task, schedule: { ...task.schedule, timeZone: 'Europe/Berlin' } });
    await cluster.run(20_000);
    cluster.network.heal();
    await cluster.run(30_000);
    for (const machine of cluster.machines) {
      const held = machine.peer.view.task(task.id);
      expect(held?.about.name).toBe('Renamed on the left');
      expect(held?.schedule.timeZone).toBe('Europe/Berlin');
    }
  });
});

/** Two machines, and two tasks’ worth of disagreement between them. */
async function parted(): Promise<SimCluster> {
  const cluster = await formedWith({ machines: 4 }, shared);
  const ids = idsOf(cluster);
  cluster.network.split(ids.slice(0, 2), ids.slice(2));
  await cluster.run(5000);
  return cluster;
}

const shared = simTask('shared', '*/10 * * * * *');

describe('the same facet, edited on two sides', () => {
  test('has one value in force everywhere; the other is kept, shown, and can be chosen', async () => {
    const cluster = await parted();
    await cluster.put(0, { ...shared, about: { ...shared.about, name: 'Left' } });
    await cluster.put(2, { ...shared, about: { ...shared.about, name: 'Right' } });
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster);
    const names = cluster.machines.map(({ peer }) => peer.view.task(shared.id)?.about.name);
    expect(new Set(names).size).toBe(1);
    const asked = cluster.machine(3).peer.conflicts(shared.id, 'about');
    await cluster.run(50);
    const conflict = await asked;
    if (!conflict.ok) throw new Error(conflict.error.message);
    expect(conflict.value.map(({ value }) => (JSON.parse(value) as { name: string }).name).sort()).toEqual([
      'Left',
      'Right',
    ]);
    const loser = conflict.value.find(({ inForce }) => !inForce);
    await cluster.command(1, { kind: 'settle-conflict', id: shared.id, facet: 'about', chosen: loser?.key as string });
    await cluster.run(2000);
    const settled = cluster.machines.map(({ peer }) => peer.view.task(shared.id)?.about.name);
    expect(new Set(settled)).toEqual(new Set([names[0] === 'Left' ? 'Right' : 'Left']));
  });
});

describe('a task that is deleted on one side and edited on the other', () => {
  test('is deleted everywhere, runs no more, and comes back with the edit when the deleting is undone', async () => {
    const cluster = await parted();
    await cluster.command(0, { kind: 'delete-task', id: shared.id });
    await cluster.put(3, { ...shared, about: { ...shared.about, name: 'Edited meanwhile' } });
    await cluster.run(20_000);
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster);
    const shown = cluster.machines.map(({ peer }) => peer.view.task(shared.id));
    expect(shown).toEqual([undefined, undefined, undefined, undefined]);
    const before = cluster.startsOf(shared).length;
    await cluster.run(60_000);
    expect(cluster.startsOf(shared)).toHaveLength(before);
    await cluster.command(2, { kind: 'restore-task', id: shared.id });
    await cluster.run(25_000);
    for (const { peer } of cluster.machines) expect(peer.view.task(shared.id)?.about.name).toBe('Edited meanwhile');
    expect(cluster.startsOf(shared).length).toBeGreaterThanOrEqual(before + 2);
  });

  test('with a run under way on the side that did not know of it: the run ends in peace', async () => {
    const cluster = await formedWith({ machines: 4, behaviour: () => ({ durationMs: 30_000, exitCode: 0 }) }, shared);
    await cluster.run(10_000);
    const owner = cluster.ownerOf(shared);
    const others = idsOf(cluster).filter((id) => id !== owner.id);
    cluster.network.split([owner.id], others);
    await cluster.run(5000);
    const index = cluster.machines.findIndex(({ id }) => id === others[0]);
    await cluster.command(index, { kind: 'delete-task', id: shared.id });
    await cluster.run(1000);
    cluster.network.heal();
    await cluster.run(2 * AGREE_MS);
    await expectAgreement(cluster);
    const states = new Set((await cluster.runs(index, shared)).map((run) => run.state));
    for (const open of ['starting', 'running', 'queued', 'due']) expect([...states]).not.toContain(open);
  });
});

describe('the same new task, made on two sides', () => {
  test('is one task afterwards, with the facets of one or the other, the same on all machines', async () => {
    const cluster = await parted();
    const made = simTask('made-twice', '*/10 * * * * *');
    await cluster.put(1, { ...made, about: { ...made.about, name: 'First' } });
    await cluster.put(2, { ...made, policy: { ...made.policy, priority: 5 } });
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, made);
    const views = cluster.machines.map(({ peer }) => JSON.stringify(peer.view.task(made.id)));
    expect(new Set(views).size).toBe(1);
    const before = cluster.startsOf(made).length;
    await cluster.run(30_000);
    expect(cluster.startsOf(made)).toHaveLength(before + 3);
  });
});

describe('an edit', () => {
  test('of the name alone lose nothing that was due', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('named', '*/10 * * * * *');
    await cluster.put(0, task);
    for (let count = 0; count < 6; count += 1) {
      await cluster.put(count % 3, { ...task, about: { ...task.about, name: `Name ${count}` } });
      await cluster.run(9800);
    }
    expect(new Set(cluster.startsOf(task).map((start) => start.occurrenceId)).size).toBeGreaterThanOrEqual(6);
  });

  test('a suspended task runs not, runs again when resumed, and makes up for nothing', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('sleepy', '*/10 * * * * *', { policy: { catchUp: { mode: 'all' } } });
    await cluster.put(0, task);
    await cluster.run(30_000);
    await cluster.command(1, { kind: 'suspend-task', id: task.id, suspended: true });
    const before = cluster.startsOf(task).length;
    await cluster.run(120_000);
    expect(cluster.startsOf(task)).toHaveLength(before);
    await cluster.command(2, { kind: 'suspend-task', id: task.id, suspended: false });
    // Everybody restarts before it has run again: what came due while it was suspended is recorded, not made up for.
    await cluster.stopAll();
    for (const machine of cluster.machines) await machine.boot();
    await cluster.run(35_000);
    const starts = cluster.startsOf(task).length - before;
    expect(starts).toBeGreaterThanOrEqual(3);
    expect(starts).toBeLessThanOrEqual(5);
    expect((await statesOf(cluster, 0, task))['EDITED']).toBeGreaterThanOrEqual(10);
  });

  test('a deleted task that waited in a queue is recorded as such', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 600_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('gone', '*/10 * * * * *', { policy: { overlap: 'queue-all' } });
    await cluster.put(0, task);
    await cluster.run(31_000);
    await cluster.command(1, { kind: 'delete-task', id: task.id });
    await cluster.run(180_000);
    const found = await statesOf(cluster, 0, task);
    expect(found['DELETED']).toBeGreaterThanOrEqual(2);
    expect(found['queued']).toBeUndefined();
  });
});
