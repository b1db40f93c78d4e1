/** What happened by a clock that is hours ahead is no reason for others to wait for hours. */
import { expect, test } from 'vitest';
import { simTask } from '../sim-cluster.ts';
import { formedWith } from './lab.ts';

const HOURS = 3 * 3_600_000;

test('what follows a run, noted by a clock that is hours ahead, is run by a machine that was off meanwhile', async () => {
  const first = simTask('first', undefined, { placement: { labels: { name: 'm0' } } });
  const schedule = { triggers: [{ kind: 'after', task: 'first', outcome: 'any' }] };
  const then = simTask('then', undefined, { schedule, placement: { labels: { name: 'm1' } } });
  const cluster = await formedWith({ machines: 3 }, first, then);
  cluster.machine(1).kill();
  cluster.machine(0).clockOffsetMs = HOURS;
  await cluster.command(0, { kind: 'run-task', id: first.id });
  await cluster.run(10_000);
  expect(cluster.startsOf(first)).toHaveLength(1);
  await cluster.machine(1).boot();
  await cluster.run(30_000);
  expect(cluster.startsOf(then)).toHaveLength(1);
});

test('what a person asks for by a clock that is hours ahead is run at once by the machine that it is for', async () => {
  const byHand = simTask('by-hand', undefined, { placement: { labels: { name: 'm1' } } });
  const cluster = await formedWith({ machines: 3 }, byHand);
  cluster.machine(0).clockOffsetMs = HOURS;
  await cluster.command(0, { kind: 'run-task', id: byHand.id });
  await cluster.run(10_000);
  expect(cluster.startsOf(byHand)).toHaveLength(1);
  cluster.machine(1).kill();
  await cluster.run(10_000);
  await cluster.command(0, { kind: 'run-task', id: byHand.id });
  await cluster.machine(1).boot();
  await cluster.run(30_000);
  expect(cluster.startsOf(byHand)).toHaveLength(2);
});
