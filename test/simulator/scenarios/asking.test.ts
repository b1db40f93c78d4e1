/** A claim that is being asked for holds a slot: whatever comes between, the slot is given back. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

const HOUR = 3_600_000;

/** A cluster whose first machine is cut off and asks in vain for a task of its own; it has one slot. */
async function askingInVain(): Promise<{ cluster: SimCluster; probe: ReturnType<typeof simTask> }> {
  const cluster = new SimCluster({ machines: 3, slots: 1 });
  await cluster.form();
  const placement = { mode: 'pin', machine: cluster.machine(0).id };
  const sure = simTask('sure', undefined, { placement, policy: { guarantee: 'at-most-once' } });
  const probe = simTask('probe', undefined, { placement });
  await cluster.put(0, sure, probe);
  await cluster.run(1000);
  const [first, ...others] = cluster.machines.map(({ id }) => id);
  cluster.network.split(first === undefined ? [] : [first], others);
  await cluster.run(10_000);
  await cluster.command(0, { kind: 'run-task', id: sure.id });
  for (let waited = 0; cluster.machine(0).peer.sizes().asking === 0; waited += 10) {
    if (waited > 5000) throw new Error('it never asked');
    await cluster.run(10);
  }
  return { cluster, probe };
}

describe('the slot of a claim that comes to nothing is free again', () => {
  test('also when the clock is set back by hours meanwhile', async () => {
    const { cluster, probe } = await askingInVain();
    cluster.machine(0).clock.offsetMs -= 2 * HOUR;
    await cluster.run(20_000);
    await cluster.command(0, { kind: 'run-task', id: probe.id });
    await cluster.run(5000);
    expect(cluster.startsOf(probe)).toHaveLength(1);
  });

  test('also when the task is deleted meanwhile', async () => {
    const { cluster, probe } = await askingInVain();
    await cluster.command(0, { kind: 'delete-task', id: 'sure' as typeof probe.id });
    await cluster.run(5000);
    await cluster.command(0, { kind: 'run-task', id: probe.id });
    await cluster.run(5000);
    expect(cluster.startsOf(probe)).toHaveLength(1);
  });
});
