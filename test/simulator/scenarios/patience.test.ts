/** No false alarms and no dead ends: loss, pauses, machines that die at the worst moment, everybody restarting. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

describe('a healthy cluster', () => {
  test('declares nobody dead in ten minutes at 20 % loss and 200 ms delay', async () => {
    const deaths: string[] = [];
    const trace = (line: string): void => {
      if (line.includes('machine dead')) deaths.push(line);
    };
    const cluster = new SimCluster({ machines: 5, trace });
    await cluster.form();
    Object.assign(cluster.network.faults, { lossRate: 0.2, maxDelayMs: 200 });
    await cluster.run(600_000);
    expect(deaths).toEqual([]);
  });

  test('a machine that stood still for five seconds blames nobody, and is back at once', async () => {
    const cluster = new SimCluster({ machines: 4 });
    await cluster.form();
    await cluster.run(5000);
    const sleeper = cluster.machine(2);
    sleeper.pause(5000);
    await cluster.run(5000);
    await cluster.run(50);
    expect(sleeper.peer.view.machines().map((machine) => machine.state)).toEqual(Array(4).fill('alive'));
    await cluster.run(3000);
    for (const { peer } of cluster.machines) {
      expect(peer.view.machines().map((machine) => machine.state)).toEqual(Array(4).fill('alive'));
    }
  });

  test('goes on after all three machines lost power at once', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('sure', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } });
    await cluster.put(0, task);
    await cluster.run(15_000);
    for (const machine of cluster.machines) machine.losePower();
    await cluster.run(5000);
    for (const machine of cluster.machines) await machine.boot();
    await cluster.run(15_000);
    const from = cluster.time.now;
    await cluster.run(30_000);
    expect(cluster.startsOf(task).filter((start) => start.atMs > from)).toHaveLength(3);
  });
});

describe('a claimant that dies', () => {
  test.for([1, 2, 3, 4])('%i ms after it asked keeps no occurrence from running', async (afterMs) => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    cluster.network.faults.minDelayMs = 2;
    cluster.network.faults.maxDelayMs = 2.5;
    const task = simTask('tick', '*/30 * * * * *');
    await cluster.put(0, task);
    await cluster.run(30_000 - (cluster.time.now % 30_000) + afterMs);
    const owner = cluster.ownerOf(task);
    owner.losePower();
    await cluster.run(10_000);
    const elsewhere = cluster.startsOf(task).filter((start) => start.machine !== owner.id);
    const begun = cluster.startsOf(task).some((start) => start.machine === owner.id);
    expect(elsewhere.length + Number(begun)).toBeGreaterThanOrEqual(1);
  });

  test('and comes back drained gives back what it had asked for', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('by-hand', undefined, { policy: { guarantee: 'at-most-once' } });
    await cluster.put(0, task);
    const owner = cluster.ownerOf(task);
    const other = cluster.machines.findIndex((machine) => machine !== owner);
    cluster.network.faults.minDelayMs = 20;
    cluster.network.faults.maxDelayMs = 21;
    void cluster.machine(other).peer.execute({ kind: 'run-task', id: task.id });
    await cluster.run(50);
    owner.losePower();
    await cluster.command(other, { kind: 'drain-machine', id: owner.id, drained: true });
    await owner.boot();
    await cluster.run(60_000);
    expect(cluster.startsOf(task)).toHaveLength(1);
    expect(cluster.startsOf(task)[0]?.machine).not.toBe(owner.id);
  });
});

describe('a claimant that has not heard of a run', () => {
  test('is told by a third machine that another occurrence is active', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 5000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('exclusive', undefined, { policy: { overlap: 'queue-all' } });
    await cluster.put(0, task);
    const [a, b] = cluster.machines.map((machine) => machine.id) as [never, never];
    cluster.network.split([a], [b]);
    await cluster.run(100);
    await cluster.command(0, { kind: 'run-task', id: task.id, machine: a });
    await cluster.command(1, { kind: 'run-task', id: task.id, machine: b });
    await cluster.run(20_000);
    const [first, second] = cluster.startsOf(task);
    expect([first?.machine, second?.machine]).toEqual([a, b]);
    expect(second?.atMs).toBeGreaterThanOrEqual(first?.endedAtMs ?? Infinity);
  });
});

describe('a claimant that sleeps', () => {
  test('uses no claim that it won in its sleep', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 30_000, exitCode: 0 }) });
    await cluster.form();
    cluster.network.faults.minDelayMs = 5;
    cluster.network.faults.maxDelayMs = 6;
    const task = simTask('lone', '*/20 * * * * *', { policy: { guarantee: 'at-most-once' } });
    await cluster.put(0, task);
    await cluster.run(20_000 - (cluster.time.now % 20_000) + 3);
    const owner = cluster.ownerOf(task);
    owner.pause(60_000);
    await cluster.run(120_000);
    const starts = cluster.startsOf(task).sort((a, b) => a.atMs - b.atMs);
    expect(starts.length).toBeGreaterThanOrEqual(2);
    for (const [index, start] of starts.entries()) {
      const next = starts[index + 1];
      if (next !== undefined) expect(next.atMs).toBeGreaterThanOrEqual(start.endedAtMs ?? Infinity);
    }
  });
});

describe('after a split', () => {
  test('what ran on both sides is marked as duplicate on every machine', async () => {
    const cluster = new SimCluster({ machines: 4 });
    await cluster.form();
    const task = simTask('both', '0 * * * * *');
    await cluster.put(0, task);
    const ids = cluster.machines.map((machine) => machine.id);
    cluster.network.split(ids.slice(0, 2), ids.slice(2));
    await cluster.run(90_000);
    cluster.network.heal();
    await cluster.run(30_000);
    const doubled = new Set(cluster.startsOf(task).map((start) => start.occurrenceId));
    expect(cluster.startsOf(task).length).toBeGreaterThan(doubled.size);
    for (const index of cluster.machines.keys()) {
      const flagged = (await cluster.runs(index, task)).filter((run) => run.duplicate);
      expect(flagged.length).toBeGreaterThanOrEqual(2);
    }
  });

  test('a run that several saw die at different times has exactly one second attempt', async () => {
    const cluster = new SimCluster({ machines: 5, behaviour: () => ({ durationMs: 20_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('again', undefined, { policy: { rerunAfterMs: 4000 } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const first = cluster.startsOf(task)[0]?.machine as never;
    const [a, b] = cluster.machines.map((machine) => machine.id).filter((id) => id !== first) as [never, never];
    cluster.network.split([first], [a]);
    await cluster.run(900);
    cluster.network.split([first], [b]);
    await cluster.run(900);
    cluster.byId(first).losePower();
    await cluster.run(60_000);
    expect(cluster.startsOf(task).map((start) => start.attempt)).toEqual([1, 2]);
  });
});
