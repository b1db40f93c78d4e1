/** Clocks that were wrong for a while and are set right: what they said meanwhile silences nothing. */
import { describe, expect, test } from 'vitest';
import type { LaunchSpec } from '../../../core/ports/process-runner.ts';
import { SimCluster, simTask } from '../sim-cluster.ts';
import type { ProgramBehaviour } from '../sim-processes.ts';
import { formed, formedWith, idsOf, until } from './lab.ts';

const HOUR = 3_600_000;

describe('a clock that was hours ahead and is set right', () => {
  test('of one machine: it goes on with its tasks at once', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('pinned', '*/10 * * * * *', { placement: { mode: 'pin', machine: cluster.machine(1).id } });
    await cluster.put(0, task);
    await cluster.run(30_000);
    cluster.machine(1).clock.offsetMs += 6 * HOUR;
    await cluster.run(120_000);
    cluster.machine(1).clock.setRight();
    await cluster.run(70_000);
    const before = cluster.startsOf(task).length;
    await cluster.run(60_000);
    expect(cluster.startsOf(task).length - before).toBeGreaterThanOrEqual(5);
  });

  test('of all machines: everything comes due again as it should, and nothing is run twice', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('often', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } });
    await cluster.put(0, task);
    await cluster.run(30_000);
    for (const { clock } of cluster.machines) clock.offsetMs += 6 * HOUR;
    await cluster.run(120_000);
    for (const { clock } of cluster.machines) clock.setRight();
    await cluster.run(70_000);
    const before = cluster.startsOf(task).length;
    await cluster.run(60_000);
    expect(cluster.startsOf(task).length - before).toBeGreaterThanOrEqual(5);
    const ids = cluster.startsOf(task).map((start) => start.occurrenceId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('in the moment after it has begun to take part, or a task was edited: it goes on with its tasks too', async () => {
    const cluster = await formed({ machines: 3 });
    const machine = cluster.machine(1);
    const task = simTask('pinned', '*/10 * * * * *', { placement: { mode: 'pin', machine: machine.id } });
    await cluster.put(0, task);
    await cluster.run(30_000);
    const expectStarts = async (): Promise<void> => {
      await cluster.run(10_000);
      const before = cluster.startsOf(task).length;
      await cluster.run(60_000);
      expect(cluster.startsOf(task).length - before).toBeGreaterThanOrEqual(5);
    };
    machine.kill();
    machine.clock.offsetMs += 6 * HOUR;
    await machine.boot();
    await until(cluster, 20_000, () => machine.peer.view.phase === 'active', 10);
    machine.clock.setRight();
    await expectStarts();
    machine.clock.offsetMs += 6 * HOUR;
    await cluster.put(1, { ...task, schedule: { ...task.schedule, jitterMs: 1 } });
    machine.clock.setRight();
    await expectStarts();
  });

  test('a task that has nothing ahead by the wrong clock is planned again by the right one', async () => {
    const cluster = new SimCluster({ machines: 2 });
    await cluster.form();
    const endAt = cluster.epochMs + cluster.time.now + HOUR;
    const task = simTask('until', undefined, {
      schedule: { triggers: [{ kind: 'cron', expression: '*/10 * * * * *' }], endAt },
    });
    await cluster.put(0, task);
    await cluster.run(30_000);
    for (const { clock } of cluster.machines) clock.offsetMs += 6 * HOUR;
    await cluster.run(30_000);
    for (const { clock } of cluster.machines) clock.setRight();
    await cluster.run(130_000);
    const before = cluster.startsOf(task).length;
    await cluster.run(60_000);
    expect(cluster.startsOf(task).length - before).toBeGreaterThanOrEqual(5);
  });
});

describe('a machine whose clock is days off', () => {
  test.for([8, -8])('leaves none of what it alone may run without a word (%i days)', async (days) => {
    const cluster = await formed({ machines: 3 });
    const machine = cluster.machine(1);
    const policy = { catchUp: { mode: 'latest' } };
    const task = simTask('pinned', '*/10 * * * * *', { placement: { mode: 'pin', machine: machine.id }, policy });
    await cluster.put(0, task);
    await cluster.run(35_000 - (cluster.time.now % 10_000));
    const from = cluster.time.now;
    machine.clock.offsetMs += days * 24 * HOUR;
    await cluster.run(60_000);
    machine.clock.setRight();
    await cluster.run(120_000);
    const known = new Set((await cluster.runs(0, task)).map(({ nominalAt }) => nominalAt - cluster.epochMs));
    const due = Array.from({ length: 6 }, (_, count) => Math.ceil(from / 10_000) * 10_000 + count * 10_000);
    expect(due.filter((atMs) => !known.has(atMs))).toEqual([]);
    expect(machine.peer.sizes().openOccurrences).toBeLessThan(3);
    expect(cluster.machine(0).peer.sizes().openOccurrences).toBeLessThan(3);
  });
});

describe('a claim that came to nothing while all clocks were hours ahead', () => {
  test('holds up nothing once they are right, though nobody heard that it was given back', async () => {
    const sure = simTask('sure', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } });
    const cluster = await formedWith({ machines: 3 }, sure);
    Object.assign(cluster.network.faults, { minDelayMs: 5, maxDelayMs: 6 });
    for (const { clock } of cluster.machines) clock.offsetMs += 6 * HOUR;
    await cluster.run(30_000 - (cluster.time.now % 10_000));
    const owner = cluster.ownerOf(sure);
    // The others have granted the claim, and their answers are lost; so is the word that it is not wanted any more.
    await cluster.run(8);
    const others = idsOf(cluster).filter((id) => id !== owner.id);
    cluster.network.split([owner.id], others);
    for (const other of others) cluster.network.breakStream(owner.id, other);
    await cluster.run(3000);
    for (const { clock } of cluster.machines) clock.setRight();
    cluster.network.heal();
    await cluster.run(20_000);
    const before = cluster.startsOf(sure).length;
    await cluster.run(60_000);
    expect(cluster.startsOf(sure).length - before).toBeGreaterThanOrEqual(5);
  });
});

describe('a standby for whom an occurrence was due already, by a clock that was ahead', () => {
  test.for([1, 2, 3, 4, 5])('waits for its turn again when it is due by the right one (seed %i)', async (seed) => {
    const cluster = await formed({ machines: 4, seed });
    const dueMs = Math.ceil(cluster.time.now) + 180_000;
    const sure = simTask('sure', undefined, {
      schedule: { triggers: [{ kind: 'once', at: cluster.epochMs + dueMs }] },
      policy: { guarantee: 'at-most-once', catchUp: { mode: 'latest' } },
    });
    await cluster.put(0, sure);
    const standby = cluster.machines.find((machine) => machine !== cluster.ownerOf(sure));
    if (standby === undefined) throw new Error('no standby');
    const others = idsOf(cluster).filter((id) => id !== standby.id);
    cluster.network.split([standby.id], others);
    standby.clock.offsetMs += 240_000;
    await cluster.run(90_000);
    standby.clock.setRight();
    cluster.network.heal();
    await cluster.run(dueMs + 5000 - cluster.time.now);
    expect((cluster.startsOf(sure)[0]?.atMs ?? Infinity) - dueMs).toBeLessThan(100);
  });
});

describe('a run that failed on a machine whose clock is hours ahead', () => {
  test('is tried again elsewhere after the delay that its task asks for, when that machine is gone', async () => {
    const behaviour = ({ environment }: LaunchSpec): ProgramBehaviour => ({
      durationMs: 100,
      exitCode: environment['CARILLON_ATTEMPT'] === '1' ? 1 : 0,
    });
    const cluster = await formed({ machines: 4, behaviour });
    const task = simTask('flaky', undefined, { policy: { retry: { maxAttempts: 2, initialMs: 5000 } } });
    await cluster.put(0, task);
    const owner = cluster.ownerOf(task);
    owner.clock.offsetMs += 6 * HOUR;
    await cluster.command(cluster.machines.indexOf(owner), { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    owner.losePower();
    await cluster.run(11_000);
    const [first, second] = cluster.startsOf(task);
    expect([first?.machine, second?.attempt]).toEqual([owner.id, 2]);
    const pauseMs = (second?.atMs ?? Infinity) - (first?.endedAtMs ?? 0);
    expect(pauseMs).toBeGreaterThanOrEqual(4999);
    expect(pauseMs).toBeLessThan(8000);
  });
});

describe('a machine whose clock is a day ahead', () => {
  test('silences no task on the others, also when they restart or somebody edits it', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const liar = cluster.machine(2);
    const task = simTask('shared', '*/10 * * * * *', { placement: { mode: 'all' } });
    await cluster.put(0, task);
    await cluster.run(30_000);
    liar.clock.offsetMs += 24 * HOUR;
    await cluster.run(60_000);
    cluster.machine(0).kill();
    await cluster.machine(0).boot();
    await cluster.run(15_000);
    await cluster.put(1, { ...task, about: { ...task.about, name: 'edited' } });
    const from = cluster.time.now;
    await cluster.run(60_000);
    for (const index of [0, 1]) {
      const { id } = cluster.machine(index);
      const starts = cluster.startsOf(task).filter((start) => start.machine === id && start.atMs > from);
      expect(starts.length).toBeGreaterThanOrEqual(5);
    }
  });
});
