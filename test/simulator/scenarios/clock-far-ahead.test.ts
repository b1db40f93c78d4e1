/** A clock that is years ahead for a moment: nothing is forgotten by it that others still remember. */
import { expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

const YEAR = 366 * 86_400_000;

async function withHistory(): Promise<{ cluster: SimCluster; runsOn: (index: number) => Promise<number> }> {
  const cluster = new SimCluster({ machines: 3 });
  await cluster.form();
  const task = simTask('tick', '0 * * * * *', { policy: { guarantee: 'at-most-once' } });
  await cluster.put(0, task);
  await cluster.run(900_000);
  const known = new Set((await cluster.runs(0, task)).map((run) => run.id));
  const runsOn = async (index: number): Promise<number> =>
    (await cluster.runs(index, task)).filter((run) => known.has(run.id)).length;
  return { cluster, runsOn };
}

test('a machine whose clock leaps a year ahead and is set right keeps its history and its grants', async () => {
  const { cluster, runsOn } = await withHistory();
  const { disk, clock } = cluster.machine(1);
  const before = await runsOn(1);
  const grants = disk.tables.grants.size;
  clock.offsetMs += YEAR;
  await cluster.run(120_000);
  clock.setRight();
  await cluster.run(10_000);
  expect(await runsOn(1)).toBe(before);
  expect(disk.tables.grants.size).toBeGreaterThanOrEqual(grants);
});

test('one whose clock stays ahead of all others forgets nothing either', async () => {
  const { cluster, runsOn } = await withHistory();
  const before = await runsOn(1);
  cluster.machine(1).clock.offsetMs += YEAR;
  await cluster.run(2 * 3_600_000);
  expect(await runsOn(1)).toBe(before);
});

test('when time has really gone by, all of them prune', async () => {
  const { cluster, runsOn } = await withHistory();
  for (const { clock } of cluster.machines) clock.offsetMs += YEAR;
  await cluster.run(2 * 3_600_000);
  expect([await runsOn(0), await runsOn(1), await runsOn(2)]).toEqual([0, 0, 0]);
});
