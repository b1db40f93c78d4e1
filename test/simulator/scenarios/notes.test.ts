/**
 * What the logs say of an occurrence that waits: the latest word is in force, whoever wrote it and by whatever clock, and
 * nothing is said again and again.
 */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';
import { formedWith, idsOf, statesOf } from './lab.ts';

describe('an occurrence that nobody could run', () => {
  test.for([0, 60_000])(
    'is shown as queued once somebody can, also when it was noted by a clock that is %i ms ahead',
    async (aheadMs) => {
      const long = simTask('long', '*/10 * * * * *', {
        placement: { labels: { rack: 'right' } },
        policy: { overlap: 'queue-all' },
      });
      const cluster = new SimCluster({
        machines: 2,
        behaviour: ({ taskId }) => ({ durationMs: taskId === long.id ? 300_000 : 50, exitCode: 0 }),
      });
      await cluster.form();
      const [left, right] = [cluster.machine(0), cluster.machine(1)];
      left.clock.offsetMs += aheadMs;
      // The log of the one that stays grows longer than that of the other will be.
      const chatter = simTask('chatter', '* * * * * *', { placement: { mode: 'pin', machine: left.id } });
      await cluster.put(0, long, chatter);
      right.losePower();
      await cluster.run(60_000);
      expect((await statesOf(cluster, 0, long))['withheld']).toBeGreaterThanOrEqual(4);
      await right.boot();
      await cluster.run(100_000);
      for (const index of [0, 1]) {
        const states = await statesOf(cluster, index, long);
        expect(states['running']).toBe(1);
        expect(states['queued']).toBeGreaterThanOrEqual(4);
        expect(states['withheld']).toBeUndefined();
      }
    },
  );
});

describe('occurrences that wait in turn for a majority', () => {
  test('each have their reason recorded once, however long the network is split', async () => {
    const policy = { guarantee: 'at-most-once', catchUp: { mode: 'all' }, overlap: 'queue-all' };
    const queue = simTask('queue', '0 * * * * *', { policy });
    const cluster = await formedWith({ machines: 5 }, queue);
    const ids = idsOf(cluster);
    cluster.network.split(ids.slice(0, 2), ids.slice(2));
    cluster.network.split(ids.slice(2, 4), ids.slice(4));
    await cluster.run(600_000);
    const told = [...cluster.machine(0).disk.tables.logs.values()].flatMap(({ records }) => records);
    const waiting = told.filter(({ taskId, dueAt }) => taskId === queue.id && dueAt > cluster.epochMs + 60_000);
    expect(new Set(waiting.map(({ occurrenceId }) => occurrenceId)).size).toBeGreaterThanOrEqual(8);
    // That it waits behind another, and that none of them finds a majority.
    const most = Math.max(...waiting.map(({ id }) => waiting.filter((other) => other.id === id).length));
    expect(most).toBeLessThanOrEqual(2);
  });
});
