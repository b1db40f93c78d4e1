/** People who edit, delete and run the same thing at the same time on different machines. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

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
