/** A clock that is hours ahead for moments fills lists with what is yet to come: that stands in the way of nothing. */
import { expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { simTask } from '../sim-cluster.ts';
import { formedWith, statesOf, until } from './lab.ts';

const DAY = 86_400_000;

test('what comes due while its only machine is off is run by it, though lists are full of the day to come', async () => {
  const task = simTask('often', '*/30 * * * * *', {
    placement: { labels: { name: 'm0' } },
    policy: { catchUp: { mode: 'all', windowMs: DAY }, overlap: 'queue-all' },
  });
  const cluster = await formedWith({ machines: 3 }, task);
  cluster.machine(0).kill();
  await cluster.run(5000);
  const { clock } = cluster.machine(1);
  for (const days of [0.3, 0.6, 0.9]) {
    clock.offsetMs += days * DAY;
    await cluster.run(60_000);
    clock.setRight();
    await cluster.run(10_000);
  }
  expect(cluster.machine(2).peer.sizes().openOccurrencesOfOneTask).toBe(LIMITS.openOccurrencesPerTask);
  const begin = cluster.epochMs + cluster.time.now;
  await cluster.run(150_000);
  await cluster.machine(0).boot();

  const dueSince = async (): Promise<string[]> => {
    const runs = await cluster.runs(2, task);
    const end = cluster.epochMs + cluster.time.now - 20_000;
    return runs.filter(({ nominalAt }) => nominalAt > begin && nominalAt < end).map(({ state }) => state);
  };
  const startedBefore = cluster.startsOf(task).length;
  await until(cluster, 120_000, () => cluster.startsOf(task).length >= startedBefore + 5);
  await cluster.run(60_000);
  const states = await dueSince();
  expect(states.length).toBeGreaterThanOrEqual(6);
  expect([...new Set(states)]).toEqual(['succeeded']);
  expect(await statesOf(cluster, 2, task)).not.toHaveProperty('QUEUE_FULL');
});
