/** Who may do what, and machines that are trusted no more: they run nothing, and what they write counts nowhere. */
import { describe, expect, test } from 'vitest';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { Role } from '../../../core/domain/machine.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { SimCluster, simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import { AGREE_MS, expectAgreement, formedWith, idsOf, indexOf, until } from './lab.ts';

const tick = simTask('tick', '*/10 * * * * *');

function named(task: TaskDefinition, name: string): TaskDefinition {
  return { ...task, about: { ...task.about, name } };
}

/** The name that a machine shows of a task; undefined when it knows no such task. */
function shownBy(machine: SimMachine, task: TaskDefinition): string | undefined {
  return machine.peer.view.task(task.id)?.about.name;
}

function othersThan(cluster: SimCluster, machine: SimMachine): SimMachine[] {
  return cluster.machines.filter((other) => other !== machine);
}

function startsOn(cluster: SimCluster, machine: MachineId, afterMs: number): number {
  return cluster.starts.filter((start) => start.machine === machine && start.atMs > afterMs).length;
}

describe('a viewer', () => {
  const roles = (index: number): readonly Role[] => (index === 2 ? ['viewer'] : ['admin', 'editor', 'executor']);

  test('may look, and nothing that it asks for is done', async () => {
    const cluster = new SimCluster({ machines: 3, roles });
    await cluster.form();
    await cluster.put(0, tick);
    await cluster.run(30_000);
    const viewer = cluster.machine(2);
    expect(shownBy(viewer, tick)).toBe('tick');
    expect((await cluster.runs(2, tick)).length).toBeGreaterThanOrEqual(2);
    const asked = [
      viewer.peer.execute({ kind: 'put-tasks', mode: 'upsert', definitions: [named(tick, 'mine')] }),
      viewer.peer.execute({ kind: 'run-task', id: tick.id }),
      viewer.peer.execute({ kind: 'remove-machine', id: cluster.machine(0).id }),
    ];
    await cluster.run(1000);
    for (const outcome of await Promise.all(asked))
      expect(outcome).toMatchObject({ error: { code: 'NOT_AUTHORIZED' } });
    await cluster.run(30_000);
    expect(cluster.machines.map((machine) => shownBy(machine, tick))).toEqual(['tick', 'tick', 'tick']);
    expect((await cluster.runs(0, tick)).map(({ cause }) => cause.kind)).not.toContain('manual');
    expect(startsOn(cluster, viewer.id, 0)).toBe(0);
  });
});

describe('a machine that is removed', () => {
  test('is disconnected within seconds, ends what it runs, and what it asks for and writes reaches nobody', async () => {
    const long = simTask('long', undefined);
    const cluster = await formedWith({ machines: 4, behaviour: () => ({ durationMs: 300_000, exitCode: 0 }) }, long);
    await cluster.command(0, { kind: 'run-task', id: long.id });
    await cluster.run(1000);
    const removed = cluster.byId(cluster.startsOf(long)[0]?.machine as MachineId);
    const others = othersThan(cluster, removed);
    const [by] = others as [SimMachine];
    await cluster.command(indexOf(cluster, by), { kind: 'remove-machine', id: removed.id });
    await cluster.run(5000);
    expect(removed.processes.living()).toEqual([]);
    expect(await removed.peer.runs.page({ taskId: long.id, states: ['cancelled'] }, 10, undefined)).toMatchObject({
      runs: [{ machineId: removed.id, reason: { code: 'REMOVED' } }],
    });
    for (const other of others)
      expect(other.peer.view.machines().map(({ entry }) => entry.id)).not.toContain(removed.id);
    const asked = removed.peer.execute({ kind: 'put-tasks', mode: 'upsert', definitions: [named(long, 'mine')] });
    await cluster.run(AGREE_MS);
    expect(await asked).toMatchObject({ error: { code: 'NOT_AUTHORIZED' } });
    for (const other of others) {
      expect(shownBy(other, long)).toBe('long');
      // Recorded in its own log alone: for the others the run is lost.
      const runs = await cluster.runs(indexOf(cluster, other), long);
      expect(runs.filter((run) => run.machineId === removed.id && run.state !== 'due')).toMatchObject([
        { state: 'lost' },
      ]);
    }
  });

  test('while it was off learns of it when it comes back, and ends what its launcher had kept', async () => {
    const long = simTask('long', undefined);
    const behaviour = (): { durationMs: number; exitCode: number } => ({ durationMs: 3_600_000, exitCode: 0 });
    const cluster = await formedWith({ machines: 4, behaviour }, long, tick);
    await cluster.command(0, { kind: 'run-task', id: long.id });
    await cluster.run(1000);
    const removed = cluster.byId(cluster.startsOf(long)[0]?.machine as MachineId);
    removed.kill();
    await cluster.run(2000);
    const [by] = othersThan(cluster, removed) as [SimMachine];
    await cluster.command(indexOf(cluster, by), { kind: 'remove-machine', id: removed.id });
    await cluster.run(60_000);
    expect(removed.processes.living().map(({ taskId }) => taskId)).toContain(long.id);
    await removed.boot();
    const fromMs = cluster.time.now;
    await until(cluster, AGREE_MS, () => removed.processes.living().length === 0);
    expect(removed.peer.view.warnings.map(({ code }) => code)).toContain('MACHINE_REMOVED');
    await cluster.run(60_000);
    expect(startsOn(cluster, removed.id, fromMs)).toBe(0);
  });

  test('in the minority of a split, where it goes on writing: that is void once the sides meet, everywhere alike', async () => {
    const cluster = await formedWith({ machines: 5 }, tick, simTask('other', '*/15 * * * * *'));
    const removed = cluster.machine(3);
    const friend = cluster.machine(4);
    const majority = idsOf(cluster).slice(0, 3);
    cluster.network.split([removed.id, friend.id], majority);
    await cluster.run(8000);
    await cluster.command(0, { kind: 'remove-machine', id: removed.id });
    // Its side has not heard of it: there it writes, and its friend writes on top of that.
    await cluster.put(3, named(tick, 'mine'));
    await cluster.put(3, simTask('sneaked', '*/5 * * * * *'));
    await cluster.run(2000);
    expect(shownBy(friend, tick)).toBe('mine');
    await cluster.put(4, { ...named(tick, 'mine'), policy: { ...tick.policy, priority: 3 } });
    await cluster.run(20_000);
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    const healedMs = cluster.time.now;
    const members = othersThan(cluster, removed);
    for (const member of members) {
      expect(shownBy(member, tick)).toBe('tick');
      expect(member.peer.view.task(tick.id)?.policy.priority).toBe(3);
      expect(
        member.peer.view
          .tasks()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(['other', 'tick']);
    }
    await cluster.run(60_000);
    expect(startsOn(cluster, removed.id, healedMs)).toBe(0);
    expect(cluster.starts.filter(({ taskId, atMs }) => taskId === 'sneaked' && atMs > healedMs)).toEqual([]);
    removed.kill();
    await expectAgreement(cluster, tick);
  });
});
