/** Streams that are dead while both machines live: a third vouches for them, and the streams are made anew. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

describe('a stream on which nothing arrives', () => {
  test('is made anew, and works soon after the network does', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const [a, b] = [cluster.machine(0), cluster.machine(1)];
    // One direction for two minutes: TCP would wait about as long again before it sends.
    cluster.network.cut(a.id, b.id, { forMs: 120_000, wholeForMs: 0 });
    await cluster.run(20_000);
    expect(b.peer.view.machines().find(({ entry }) => entry.id === a.id)?.state).toBe('alive');
    expect(cluster.network.node(a.id)?.isConnected(b.id)).toBe(false);
    await cluster.run(100_000);
    await cluster.run(45_000);
    expect(cluster.network.node(a.id)?.isConnected(b.id)).toBe(true);
    const task = simTask('pinned', undefined, { placement: { mode: 'pin', machine: b.id } });
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(2000);
    expect(cluster.startsOf(task)).toHaveLength(1);
  });

  test('is kept when everybody stood still, as on a host that was busy', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const [a, b] = [cluster.machine(0), cluster.machine(1)];
    let missed = 0;
    b.peer.subscribe(() => {
      if (cluster.network.node(a.id)?.isConnected(b.id) !== true) missed += 1;
    });
    for (const machine of cluster.machines) machine.pause(30_000);
    await cluster.run(60_000);
    expect(missed).toBe(0);
  });

  test('costs nobody its life when packets are lost and late: it is made anew before anybody is given up', async () => {
    const deaths: string[] = [];
    const trace = (line: string): void => {
      if (line.includes('machine dead')) deaths.push(line);
    };
    const cluster = new SimCluster({ machines: 3, trace });
    await cluster.form();
    cluster.network.faults.lossRate = 0.2;
    cluster.network.faults.maxDelayMs = 400;
    for (let minute = 0; minute < 5; minute += 1) {
      cluster.network.breakStream(cluster.machine(minute % 3).id, cluster.machine((minute + 1) % 3).id);
      await cluster.run(60_000);
    }
    expect(deaths).toEqual([]);
  });
});

describe('a split that has healed', () => {
  test('after minutes: all are connected again, each with each, within 15 seconds', async () => {
    const cluster = new SimCluster({ machines: 5 });
    await cluster.form();
    const ids = cluster.machines.map((machine) => machine.id);
    cluster.network.split(ids.slice(0, 2), ids.slice(2), { forMs: 600_000, wholeForMs: 0 });
    await cluster.run(615_000);
    for (const a of ids) {
      for (const b of ids) if (a !== b) expect(cluster.network.node(a)?.isConnected(b)).toBe(true);
    }
  });
});

describe('an agent that stands still', () => {
  test('is dead for the others, and stays so until it moves: nobody takes its system for it', async () => {
    const lines: string[] = [];
    const cluster = new SimCluster({ machines: 3, trace: (line) => lines.push(line) });
    await cluster.form();
    const still = cluster.machine(1);
    still.pause(60_000);
    await cluster.run(10_000);
    const from = lines.length;
    await cluster.run(49_000);
    expect(lines.slice(from).filter((line) => line.includes(`alive machine=${still.id}`))).toEqual([]);
    await cluster.run(15_000);
    expect(
      cluster
        .machine(0)
        .peer.view.machines()
        .every(({ state }) => state === 'alive'),
    ).toBe(true);
  });
});
