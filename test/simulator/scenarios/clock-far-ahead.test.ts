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

test('what comes due meanwhile on the one machine that may run it is on record all the same', async () => {
  const cluster = new SimCluster({ machines: 3 });
  await cluster.form();
  const { id, clock } = cluster.machine(1);
  const task = simTask('own', '*/20 * * * * *', { placement: { mode: 'pin', machine: id } });
  await cluster.put(0, task);
  await cluster.run(40_000);
  const begin = cluster.epochMs + cluster.time.now;
  clock.offsetMs += YEAR;
  await cluster.run(60_000);
  clock.setRight();
  await cluster.run(60_000);
  const instants = (await cluster.runs(0, task)).map((run) => run.nominalAt);
  for (let due = Math.ceil(begin / 20_000) * 20_000; due < begin + 100_000; due += 20_000) {
    expect(instants, `due ${due - begin} ms later`).toContain(due);
  }
});

test('what was put on record, and whose task was deleted then, does not stay open', async () => {
  const cluster = new SimCluster({ machines: 3 });
  await cluster.form();
  const { id, clock } = cluster.machine(1);
  clock.offsetMs -= 120_000;
  const task = simTask('own', '0 * * * * *', { placement: { mode: 'pin', machine: id } });
  await cluster.put(0, task);
  // It has come due by the clocks of the others alone.
  await cluster.run(75_000);
  const waiting = (await cluster.runs(0, task)).filter(({ state }) => state === 'due');
  expect(waiting).toHaveLength(1);
  const records = [...cluster.machine(0).disk.tables.logs.values()].flatMap((log) => log.records);
  expect(records.filter(({ reason }) => reason?.code === 'UNANSWERED')).toHaveLength(1);
  await cluster.command(0, { kind: 'delete-task', id: task.id });
  await cluster.run(180_000);
  const became = (await cluster.runs(0, task)).filter((run) => run.occurrenceId === waiting[0]?.occurrenceId);
  expect(became.map((run) => `${run.state} ${run.reason?.code ?? ''}`)).toEqual(['skipped DELETED']);
});
