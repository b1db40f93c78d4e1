/** Nobody, or somebody, was away for a while: what was missed is made up for as the task says, and recorded. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, formedWith, statesOf } from './lab.ts';

describe('catch-up after everybody was away', () => {
  const away = async (mode: 'skip' | 'latest' | 'all'): Promise<{ starts: number; skipped: number }> => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('regular', '0 */10 * * * *', { policy: { catchUp: { mode }, overlap: 'queue-all' } });
    await cluster.put(0, task);
    await cluster.run(600_000);
    const before = cluster.startsOf(task).length;
    await cluster.stopAll();
    await cluster.run(5 * 600_000 + 300_000);
    for (const machine of cluster.machines) await machine.boot();
    await cluster.run(60_000);
    const skipped = (await cluster.runs(0, task)).filter((run) => run.state === 'skipped').length;
    return { starts: cluster.startsOf(task).length - before, skipped };
  };

  test('skip: none is made up for, and each is recorded', async () => {
    expect(await away('skip')).toEqual({ starts: 0, skipped: 5 });
  });

  test('latest: the newest is made up for, once', async () => {
    expect(await away('latest')).toEqual({ starts: 1, skipped: 4 });
  });

  test('all: each is made up for, once', async () => {
    expect(await away('all')).toEqual({ starts: 5, skipped: 0 });
  });
});

test('latest: what could not be made up for before everybody was away again gives way to what is newer', async () => {
  const cluster = new SimCluster({ machines: 3 });
  await cluster.form();
  const task = simTask('regular', '0 */10 * * * *', {
    placement: { mode: 'pin', machine: cluster.machine(2).id },
    policy: { catchUp: { mode: 'latest', windowMs: 86_400_000 }, overlap: 'queue-all' },
  });
  await cluster.put(0, task);
  await cluster.run(300_000);
  await cluster.stopAll();
  await cluster.run(5 * 600_000);
  // Two come back without the one that it is for, and go again.
  for (const index of [0, 1]) await cluster.machine(index).boot();
  await cluster.run(60_000);
  for (const index of [0, 1]) {
    const stopping = cluster.machine(index).stop();
    await cluster.run(100);
    await stopping;
  }
  await cluster.run(5 * 600_000);
  for (const machine of cluster.machines) await machine.boot();
  await cluster.run(60_000);
  expect(cluster.startsOf(task)).toHaveLength(1);
  expect(await statesOf(cluster, 0, task)).toEqual({ succeeded: 1, MISSED: 9 });
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK = 168 * HOUR;

describe('a machine that was away for a week', () => {
  /** Five minutes of work, and a week in which nobody is there; in between the first two meet once more. */
  const away = async (): Promise<SimCluster> => {
    const cluster = await formedWith({ machines: 3 }, everyMinute, invoice);
    await cluster.run(5 * MINUTE);
    await cluster.stopAll();
    await cluster.run(WEEK / 2);
    for (const index of [0, 1]) await cluster.machine(index).boot();
    await cluster.run(5 * MINUTE);
    await cluster.put(0, { ...everyMinute, about: { ...everyMinute.about, name: 'Renamed meanwhile' } });
    for (let count = 0; count < 20; count += 1) await cluster.put(1, simTask(`new-${count}`, undefined));
    await cluster.run(MINUTE);
    for (const index of [0, 1]) {
      const stopping = cluster.machine(index).stop();
      await cluster.run(100);
      await stopping;
    }
    await cluster.run(WEEK / 2);
    for (const machine of cluster.machines) await machine.boot();
    await cluster.run(MINUTE + AGREE_MS);
    return cluster;
  };

  const everyMinute = simTask('every-minute', '0 * * * * *');
  const invoice = simTask('invoice', '0 */2 * * * *', { policy: { guarantee: 'at-most-once' } });
  /** Every three hours, on the machine that is away only. */
  const pinnedTo = (mode: string): ReturnType<typeof simTask> =>
    simTask('pinned', '0 0 */3 * * *', {
      placement: { labels: { name: 'm2' } },
      policy: { catchUp: { mode, windowMs: 2 * WEEK }, overlap: 'queue-all' },
    });

  test('has the document and all logs of the others, and they have its', async () => {
    const cluster = await away();
    const late = cluster.machine(2).peer.view;
    expect(late.task(everyMinute.id)?.about.name).toBe('Renamed meanwhile');
    for (let count = 0; count < 20; count += 1) expect(late.task(simTask(`new-${count}`, undefined).id)).toBeDefined();
    await expectAgreement(cluster, everyMinute, invoice);
    expectOneStartPerAttempt(cluster, invoice);
  });

  test.for([
    ['skip', 0],
    ['latest', 1],
    ['all', 56],
  ] as const)(
    'makes up for what only it could run as the task says (%s: %i), and says how many were missed',
    async ([mode, made]) => {
      const cluster = await formedWith({ machines: 3 }, pinnedTo(mode));
      await cluster.stopAll();
      // Not at a moment at which one is just due.
      await cluster.run(WEEK + HOUR);
      for (const machine of cluster.machines) await machine.boot();
      await cluster.run(MINUTE + AGREE_MS);
      const task = pinnedTo(mode);
      expect(cluster.startsOf(task)).toHaveLength(made);
      await expectAgreement(cluster, task);
      const { MISSED = 0, succeeded = 0 } = await statesOf(cluster, 1, task);
      expect(succeeded).toBe(made);
      if (mode === 'all') return expect(MISSED).toBe(0);
      const newest = (await cluster.runs(1, task)).find((run) => run.reason?.code === 'MISSED');
      expect(newest?.reason?.text).toContain(`${56 - made} in all`);
    },
  );
});
