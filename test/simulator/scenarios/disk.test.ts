/** Disks that are full, broken, slow, or lose what they held: nothing acknowledged is lost, and order returns. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

describe('a full disk', () => {
  test('the machine takes no runs, others do, nothing is lost, and it comes back', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('tick', '*/10 * * * * *');
    await cluster.put(0, task);
    await cluster.run(12_000);
    const owner = cluster.ownerOf(task);
    owner.disk.full = true;
    const before = cluster.startsOf(task).length;
    await cluster.run(40_000);
    const during = cluster.startsOf(task).slice(before);
    expect(during.length).toBeGreaterThanOrEqual(3);
    expect(during.filter((start) => start.machine === owner.id)).toEqual([]);
    expect(owner.peer.view.warnings.map((warning) => warning.code)).toContain('STORAGE_FULL');
    owner.disk.full = false;
    await cluster.run(30_000);
    expect(owner.peer.view.warnings.map((warning) => warning.code)).not.toContain('STORAGE_FULL');
    const lists = await Promise.all(
      cluster.machines.map(async (_, index) => JSON.stringify(await cluster.runs(index, task))),
    );
    expect(new Set(lists).size).toBe(1);
  });
});
