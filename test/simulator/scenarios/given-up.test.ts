/** Runs that are given up by machines beyond a split, and go on: what is done about them when the sides meet again. */
import { describe, expect, test } from 'vitest';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { SimCluster } from '../sim-cluster.ts';
import { simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import { formedWith, until } from './lab.ts';

const RUN_MS = 60_000;
/** Too short to be taken for dead. */
const STANDSTILL_MS = 1800;

interface Sides {
  readonly cluster: SimCluster;
  /** Runs the task; on the side of the greater number. */
  readonly executor: SimMachine;
  readonly near: readonly SimMachine[];
  readonly far: readonly SimMachine[];
}

/** Five machines of which one runs the task for a minute, so far in touch. */
async function sides(task: TaskDefinition): Promise<Sides> {
  const cluster = await formedWith({ machines: 5, behaviour: () => ({ durationMs: RUN_MS, exitCode: 0 }) }, task);
  const executor = cluster.ownerOf(task);
  const others = cluster.machines.filter((machine) => machine !== executor);
  return { cluster, executor, near: others.slice(0, 2), far: others.slice(2) };
}

function split({ cluster, executor, near, far }: Sides): void {
  cluster.network.split(idsOf([executor, ...near]), idsOf(far));
}

/** Makes the links whole between each of two groups. */
function heal({ network }: SimCluster, left: readonly SimMachine[], right: readonly SimMachine[]): void {
  for (const a of idsOf(left)) {
    for (const b of idsOf(right)) {
      network.link(a, b).heal();
      network.link(b, a).heal();
    }
  }
}

function idsOf(machines: readonly SimMachine[]): MachineId[] {
  return machines.map(({ id }) => id);
}

/** Records in all logs that say that a run was lost. */
function losses(machine: SimMachine): number {
  const records = [...machine.disk.tables.logs.values()].flatMap((log) => log.records);
  return records.filter(({ state }) => state === 'lost').length;
}

test('what waits for a run does not start on the word of machines that only lost touch with it', async () => {
  const task = simTask('long', undefined, { policy: { overlap: 'queue-all', guarantee: 'at-most-once' } });
  const scene = await sides(task);
  const { cluster, executor, near, far } = scene;
  await cluster.command(cluster.machines.indexOf(executor), { kind: 'run-task', id: task.id });
  await cluster.run(2000);
  split(scene);
  await until(cluster, 10_000, () => far.every((machine) => losses(machine) > 0));
  await cluster.command(cluster.machines.indexOf(executor), { kind: 'run-task', id: task.id });
  const [first, other] = near as [SimMachine, SimMachine];
  heal(cluster, [first], far);
  await until(cluster, 20_000, () => losses(first) > 0, 1);
  // Those who know better take a moment to say so; the three who have heard of the loss are a majority.
  executor.pause(STANDSTILL_MS);
  other.pause(STANDSTILL_MS);
  await cluster.run(STANDSTILL_MS);
  expect(cluster.startsOf(task)).toHaveLength(1);
  cluster.network.heal();
  await cluster.run(2 * RUN_MS);
  const [before, after] = cluster.startsOf(task);
  expect(after?.atMs).toBeGreaterThanOrEqual(before?.endedAtMs ?? Infinity);
});

test('who cannot write that its run goes on is waited for until it is gone', async () => {
  const task = simTask('long', undefined, { policy: { overlap: 'queue-all', guarantee: 'at-most-once' } });
  const scene = await sides(task);
  const { cluster, executor, near, far } = scene;
  await cluster.command(cluster.machines.indexOf(executor), { kind: 'run-task', id: task.id });
  await cluster.run(2000);
  split(scene);
  await until(cluster, 10_000, () => far.every((machine) => losses(machine) > 0));
  await cluster.command(cluster.machines.indexOf(executor), { kind: 'run-task', id: task.id });
  executor.disk.full = true;
  await cluster.run(6000);
  cluster.network.heal();
  await cluster.run(30_000);
  expect(near.every((machine) => losses(machine) > 0)).toBe(true);
  expect(cluster.startsOf(task)).toHaveLength(1);
  executor.losePower();
  await until(cluster, 15_000, () => cluster.startsOf(task).length === 2);
});

describe('a run that others gave up by clocks that are ahead, while its agent was not there', () => {
  const queued = simTask('long', undefined, { policy: { overlap: 'queue-all', guarantee: 'at-most-once' } });

  test.each([1, 2])(
    'is in the way again once the agent has taken it over (starts of the agent: %i)',
    async (starts) => {
      const cluster = await formedWith({ machines: 3, behaviour: () => ({ durationMs: RUN_MS, exitCode: 0 }) }, queued);
      const executor = cluster.ownerOf(queued);
      const others = cluster.machines.filter((machine) => machine !== executor);
      await cluster.command(0, { kind: 'run-task', id: queued.id });
      await cluster.run(1000);
      for (const machine of others) machine.clockOffsetMs = 100_000;
      executor.kill();
      await until(cluster, 20_000, () => others.every((machine) => losses(machine) > 0));
      for (let count = 0; count < starts; count += 1) {
        executor.kill();
        await executor.boot();
        await cluster.run(8000);
      }
      await cluster.command(cluster.machines.indexOf(others[0] as SimMachine), { kind: 'run-task', id: queued.id });
      await cluster.run(5000);
      expect(cluster.startsOf(queued)).toHaveLength(1);
      await cluster.run(2 * RUN_MS);
      const [before, after] = cluster.startsOf(queued);
      expect(after?.atMs).toBeGreaterThanOrEqual(before?.endedAtMs ?? Infinity);
    },
  );

  test('is so too when the agent had heard of that before it was killed once more', async () => {
    const cluster = await formedWith({ machines: 3, behaviour: () => ({ durationMs: RUN_MS, exitCode: 0 }) }, queued);
    const executor = cluster.ownerOf(queued);
    const others = cluster.machines.filter((machine) => machine !== executor);
    await cluster.command(0, { kind: 'run-task', id: queued.id });
    await cluster.run(1000);
    for (const machine of others) machine.clockOffsetMs = 100_000;
    executor.kill();
    await until(cluster, 20_000, () => others.every((machine) => losses(machine) > 0));
    await executor.boot();
    await until(cluster, 5000, () => losses(executor) > 0, 1);
    expect(executor.peer.view.phase).toBe('settling');
    executor.kill();
    await executor.boot();
    await cluster.run(8000);
    expect(executor.peer.view.activeRuns()).toHaveLength(1);
    for (const { peer } of others) expect(peer.view.activeRuns()).toHaveLength(1);
  });
});

test('a run that began beyond a split is not given up in the moment in which the sides meet', async () => {
  const task = simTask('long', undefined);
  const scene = await sides(task);
  const { cluster, executor, near, far } = scene;
  split(scene);
  await cluster.run(10_000);
  await cluster.command(cluster.machines.indexOf(executor), { kind: 'run-task', id: task.id });
  await cluster.run(2000);
  heal(cluster, near, far);
  const [teller] = near as [SimMachine];
  await until(cluster, 20_000, () => far.every(({ peer }) => peer.view.activeRuns().length > 0), 1);
  expect(teller.peer.view.activeRuns()).toHaveLength(1);
  await cluster.run(1000);
  cluster.network.heal();
  await cluster.run(20_000);
  expect(cluster.machines.map(losses)).toEqual([0, 0, 0, 0, 0]);
});
