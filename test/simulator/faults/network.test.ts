/** Each fault of the network does what it says: who hears whom, how late, how often, and for how long. */
import { describe, expect, test } from 'vitest';
import type { MachineId } from '../../../core/domain/ids.ts';
import { Ledger } from '../checkers/ledger.ts';
import { Observer } from '../observer.ts';
import { SeededRandom } from '../seeded-random.ts';
import { SimCluster, simTask } from '../sim-cluster.ts';
import type { FaultScene } from './fault.ts';
import { NETWORK_FAULTS } from './network.ts';

async function sceneOf(machines: number): Promise<FaultScene> {
  const cluster = new SimCluster({ machines });
  await cluster.form();
  const random = new SeededRandom(5);
  const tasks = { steady: [simTask('steady', undefined)], volatile: [simTask('volatile', undefined)] };
  const ledger = new Ledger(() => cluster.time.now);
  return { cluster, observer: new Observer(cluster), ledger, random, ...tasks, trace: undefined };
}

async function befall(scene: FaultScene, name: string): Promise<void> {
  const fault = NETWORK_FAULTS.find((other) => other.name === name);
  if (fault === undefined) throw new Error(`no fault ${name}`);
  await fault.befall(scene);
}

/** For each machine, how many others hear it. */
function heardBy({ cluster }: FaultScene): number[] {
  const ids = cluster.machines.map((machine) => machine.id);
  return ids.map((from) => ids.filter((to) => to !== from && cluster.network.passes(from, to)).length);
}

/** For each machine, how many others it hears. */
function hears({ cluster }: FaultScene): number[] {
  const ids = cluster.machines.map((machine) => machine.id);
  return ids.map((to) => ids.filter((from) => from !== to && cluster.network.passes(from, to)).length);
}

describe('partitions', () => {
  test('a ring: each machine reaches its two neighbours and nobody else', async () => {
    const scene = await sceneOf(6);
    await befall(scene, 'ring');
    expect(heardBy(scene)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(hears(scene)).toEqual([2, 2, 2, 2, 2, 2]);
  });

  test('halves: whoever is on one side reaches that side and no other', async () => {
    const scene = await sceneOf(5);
    await befall(scene, 'halves');
    const sizes = heardBy(scene).map((others) => others + 1);
    const left = sizes[0] as number;
    expect(sizes.filter((size) => size === left)).toHaveLength(left);
    expect(left).toBeLessThan(5);
  });

  test('isolation: one machine reaches nobody, the others each other', async () => {
    const scene = await sceneOf(4);
    await befall(scene, 'isolation');
    expect(heardBy(scene).sort()).toEqual([0, 2, 2, 2]);
  });

  test('a bridge: one machine reaches all, the others their half and the bridge', async () => {
    const scene = await sceneOf(5);
    await befall(scene, 'bridge');
    expect(heardBy(scene).sort()).toEqual([2, 2, 2, 2, 4]);
  });

  test('deaf and mute: one direction only', async () => {
    const deaf = await sceneOf(4);
    await befall(deaf, 'deaf');
    expect(hears(deaf).sort()).toEqual([0, 3, 3, 3]);
    const mute = await sceneOf(4);
    await befall(mute, 'mute');
    expect(heardBy(mute).sort()).toEqual([0, 3, 3, 3]);
  });

  test('end by themselves, and all links are whole again when it calms', async () => {
    const scene = await sceneOf(4);
    await befall(scene, 'halves');
    await scene.cluster.run(901_000);
    expect(heardBy(scene)).toEqual([3, 3, 3, 3]);
    await befall(scene, 'isolation');
    await NETWORK_FAULTS[0]?.calm?.(scene);
    expect(heardBy(scene)).toEqual([3, 3, 3, 3]);
  });

  test('flapping: a machine is cut off and back several times, and never again after the calm', async () => {
    const scene = await sceneOf(3);
    let changes = 0;
    scene.cluster.network.watch(() => (changes += 1));
    await befall(scene, 'flapping');
    await scene.cluster.run(600_000);
    expect(changes).toBeGreaterThanOrEqual(2);
    await befall(scene, 'flapping');
    await NETWORK_FAULTS[0]?.calm?.(scene);
    const calmed = changes;
    await scene.cluster.run(600_000);
    expect(changes).toBe(calmed);
  });
});

describe('a link', () => {
  const a = 'a' as MachineId;
  const b = 'b' as MachineId;

  test('that was cut for a while heals by itself, in its own direction', async () => {
    const { cluster } = await sceneOf(2);
    cluster.network.cut(a, b, { forMs: 1000, wholeForMs: 0 });
    expect([cluster.network.passes(a, b), cluster.network.passes(b, a)]).toEqual([false, true]);
    await cluster.run(999);
    expect(cluster.network.passes(a, b)).toBe(false);
    await cluster.run(1);
    expect(cluster.network.passes(a, b)).toBe(true);
  });

  test('that has healed is not cut again before its stable time is over', async () => {
    const { cluster } = await sceneOf(2);
    cluster.network.cut(a, b, { forMs: 1000, wholeForMs: 5000 });
    await cluster.run(2000);
    cluster.network.cut(a, b, { forMs: 1000, wholeForMs: 0 });
    expect(cluster.network.passes(a, b)).toBe(true);
    await cluster.run(4000);
    cluster.network.cut(a, b, { forMs: 1000, wholeForMs: 0 });
    expect(cluster.network.passes(a, b)).toBe(false);
  });

  test('that is slow or lossy is not called good, and is again when its time is over', async () => {
    const { cluster } = await sceneOf(2);
    const { network, time } = cluster;
    network.link(a, b).slowFor(time.now, 1000, { minDelayMs: 300, maxDelayMs: 600 });
    network.link(b, a).loseFor(time.now, 1000, 0.5);
    expect([network.link(a, b), network.link(b, a)].map((link) => network.isGood(link))).toEqual([false, false]);
    const delays = Array.from({ length: 50 }, () => network.delayMs(network.link(a, b)));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(300);
    expect(Math.max(...delays)).toBeLessThanOrEqual(600);
    await cluster.run(1000);
    expect([network.link(a, b), network.link(b, a)].map((link) => network.isGood(link))).toEqual([true, true]);
  });
});

describe('streams', () => {
  test('that break lose what was under way, both sides hear of it, and they are made anew', async () => {
    const scene = await sceneOf(3);
    const { cluster } = scene;
    const [first, second] = [cluster.machine(0), cluster.machine(1)];
    cluster.network.breakStream(first.id, second.id);
    expect(cluster.network.node(first.id)?.isConnected(second.id)).toBe(false);
    expect(cluster.network.node(second.id)?.isConnected(first.id)).toBe(false);
    await cluster.run(3000);
    expect(cluster.network.node(first.id)?.isConnected(second.id)).toBe(true);
    expect(
      cluster.machines.every((machine) => machine.peer.view.machines().every(({ state }) => state === 'alive')),
    ).toBe(true);
  });

  test('into a cut are kept and delivered later, in order', async () => {
    const { cluster } = await sceneOf(2);
    const [from, to] = [cluster.machine(0), cluster.machine(1)];
    const task = simTask('kept', undefined);
    cluster.network.cut(from.id, to.id, { forMs: 700, wholeForMs: 0 });
    void from.peer.execute({ kind: 'put-tasks', mode: 'upsert', definitions: [task] });
    await cluster.run(600);
    expect(to.peer.view.task(task.id)).toBeUndefined();
    await cluster.run(1500);
    expect(to.peer.view.task(task.id)).toBeDefined();
  });

  test('of a machine without power are silent: the others notice by themselves, not at once', async () => {
    const { cluster } = await sceneOf(3);
    const [first, second] = [cluster.machine(0), cluster.machine(1)];
    second.losePower();
    await cluster.run(500);
    expect(cluster.network.node(first.id)?.isConnected(second.id)).toBe(true);
    await cluster.run(5500);
    expect(first.peer.view.machines().find(({ entry }) => entry.id === second.id)?.state).toBe('dead');
  });

  test('of a killed agent are reset: the others notice in less than a second', async () => {
    const { cluster } = await sceneOf(3);
    const [first, second] = [cluster.machine(0), cluster.machine(1)];
    second.kill();
    await cluster.run(1000);
    expect(first.peer.view.machines().find(({ entry }) => entry.id === second.id)?.state).toBe('dead');
  });
});

describe('gossip', () => {
  test('is doubled and overtaken when the network is in disorder, and nobody minds', async () => {
    const scene = await sceneOf(3);
    const { faults } = scene.cluster.network;
    await befall(scene, 'disorder');
    expect(faults.duplicateRate).toBeGreaterThan(0);
    expect(faults.reorderMs).toBeGreaterThan(0);
    faults.duplicateRate = 1;
    faults.reorderRate = 0.5;
    await scene.cluster.run(120_000);
    for (const machine of scene.cluster.machines) {
      expect(machine.peer.view.machines().every(({ state }) => state === 'alive')).toBe(true);
    }
  });
});
