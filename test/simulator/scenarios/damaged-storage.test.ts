/** What was stored is gone or damaged: it comes back from what is left, or from the other machines. */
import { describe, expect, test } from 'vitest';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { SeededRandom } from '../seeded-random.ts';
import { type SimCluster, simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, firstStart, formedWith, statesOf, until } from './lab.ts';

const tick = simTask('tick', '*/10 * * * * *');
const invoice = simTask('invoice', '*/10 * * * * *', {
  policy: { guarantee: 'at-most-once', catchUp: { mode: 'all' } },
});

/** Tasks so large that a snapshot is due: their text does not compress. */
function largeTasks(count: number): TaskDefinition[] {
  const random = new SeededRandom(7);
  return Array.from({ length: count }, (_, index) => {
    const script = Buffer.from(random.bytes(90_000)).toString('base64');
    return simTask(`large-${index}`, undefined, { action: { type: 'shell', script } });
  });
}

async function withSnapshot(): Promise<SimCluster> {
  const cluster = await formedWith({ machines: 3 }, tick);
  for (const task of largeTasks(12)) await cluster.put(1, task);
  await until(cluster, 30_000, () => cluster.machines.every(({ disk }) => disk.tables.snapshot !== undefined));
  await cluster.put(2, simTask('after', undefined));
  await cluster.run(2000);
  return cluster;
}

describe('a snapshot of the document', () => {
  test.for(['loseSnapshot', 'spoilSnapshot'] as const)(
    'that is damaged (%s) is made up for by the changes, alone',
    async (how) => {
      const cluster = await withSnapshot();
      const digest = cluster.machine(0).peer.view.documentDigest;
      for (const machine of cluster.machines) machine.losePower();
      const machine = cluster.machine(0);
      machine.disk[how]();
      await machine.boot();
      await cluster.run(5000);
      expect(machine.peer.view.documentDigest).toBe(digest);
      expect(machine.peer.view.task(simTask('after', undefined).id)).toBeDefined();
      for (const index of [1, 2]) await cluster.machine(index).boot();
      await cluster.run(AGREE_MS);
      await expectAgreement(cluster, tick);
    },
  );

  test('that could not be read is written anew, so that the next start is as quick as ever', async () => {
    const cluster = await withSnapshot();
    const machine = cluster.machine(0);
    machine.losePower();
    machine.disk.spoilSnapshot();
    const spoilt = machine.disk.tables.snapshot?.bytes;
    await machine.boot();
    await cluster.run(10_000);
    const { snapshot } = machine.disk.tables;
    expect(snapshot?.bytes).not.toEqual(spoilt);
    expect(Object.values(snapshot?.vector ?? {}).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(12);
    await cluster.put(0, simTask('edited-there', undefined));
    await cluster.run(5000);
    await expectAgreement(cluster, tick);
  });
});

describe('a destroyed database', () => {
  test('does not keep a machine from closing what it had begun, though others have given that up', async () => {
    const long = simTask('long', undefined, { policy: { rerunAfterMs: 1000 } });
    const cluster = await formedWith({ machines: 3, behaviour: () => ({ durationMs: 15_000, exitCode: 0 }) }, long);
    await cluster.command(0, { kind: 'run-task', id: long.id });
    await cluster.run(1000);
    const executor = cluster.byId(firstStart(cluster, long).machine);
    executor.losePower();
    executor.disk.destroy(Math.floor(executor.wallMs()));
    // It hears of the loss, and of the attempt that followed, together with its own log.
    await until(cluster, 30_000, () => cluster.startsOf(long).length === 2);
    await executor.boot();
    await cluster.run(2 * AGREE_MS);
    const own = executor.disk.tables.logs.get(executor.id)?.records.filter(({ taskId }) => taskId === long.id);
    expect(own?.filter(({ claimedAt }) => claimedAt !== undefined).at(-1)?.state).toBe('lost');
    await expectAgreement(cluster, long);
    expect(await statesOf(cluster, 0, long)).toEqual({ lost: 1, succeeded: 1 });
  });

  test('is filled again by the others: tasks, history, and the machine’s own log, which goes on', async () => {
    const cluster = await formedWith({ machines: 3 }, tick, invoice);
    await cluster.run(60_000);
    const owner = cluster.ownerOf(tick);
    const earlier = (await cluster.runs(0, tick)).map((run) => run.id);
    owner.losePower();
    owner.disk.destroy(owner.wallMs());
    await cluster.run(1000);
    await owner.boot();
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, tick, invoice);
    const index = cluster.machines.indexOf(owner);
    const ids = new Set((await cluster.runs(index, tick)).map((run) => run.id));
    expect(earlier.filter((id) => !ids.has(id))).toEqual([]);
    await cluster.run(60_000);
    await expectAgreement(cluster, tick, invoice);
    expectOneStartPerAttempt(cluster, invoice);
    expect(cluster.startsOf(tick).some((start) => start.machine === owner.id && start.atMs > 90_000)).toBe(true);
  });

  test('is filled again record for record, also where its machine had noted what follows what', async () => {
    const often = simTask('often', '*/5 * * * * *', { placement: { labels: { name: 'm1' } } });
    const schedule = { triggers: [{ kind: 'after', task: 'often', outcome: 'any' }] };
    const then = simTask('then', undefined, { schedule, placement: { labels: { name: 'm1' } } });
    const cluster = await formedWith({ machines: 3 }, often, then);
    await cluster.run(60_000);
    const machine = cluster.machine(1);
    machine.losePower();
    machine.disk.destroy(machine.wallMs());
    await machine.boot();
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, often, then);
    const logs = cluster.machines.map(({ disk }) => disk.tables.logs.get(machine.id)?.records);
    expect(logs[0]?.length).toBeGreaterThan(100);
    for (const log of logs) expect(log).toEqual(logs[0]);
  });

  test.for([0, 1, 2])('forgets no grant to anybody’s harm: machine %i is destroyed again and again', async (index) => {
    const cluster = await formedWith({ machines: 3, seed: 40 + index }, invoice);
    for (let round = 0; round < 6; round += 1) {
      await cluster.run(10_000 - (cluster.time.now % 10_000) + round);
      const machine = cluster.machine(index);
      machine.losePower();
      machine.disk.destroy(machine.wallMs());
      await machine.boot();
    }
    await cluster.run(2 * AGREE_MS);
    expectOneStartPerAttempt(cluster, invoice);
    await expectAgreement(cluster, invoice);
  });
});

describe('two databases that are destroyed at once', () => {
  test.for([0, 1, 2])('are filled again by those who are left (apart from each other by %i s)', async (apartS) => {
    const cluster = await formedWith({ machines: 4, seed: 50 + apartS }, tick, invoice);
    const destroyed: { readonly machine: string; readonly atMs: number }[] = [];
    for (let round = 0; round < 4; round += 1) {
      await cluster.run(10_000 - (cluster.time.now % 10_000) + round);
      const both = [cluster.machine(round % 4), cluster.machine((round + 1) % 4)];
      for (const machine of both) {
        machine.losePower();
        machine.disk.destroy(machine.wallMs());
        destroyed.push({ machine: machine.id, atMs: cluster.time.now });
      }
      for (const machine of both) {
        await machine.boot();
        await cluster.run(1000 * apartS);
      }
      await until(cluster, AGREE_MS, () => both.every(({ peer }) => peer.view.phase === 'active'));
    }
    await cluster.run(AGREE_MS);
    expectOneStartPerAttempt(cluster, invoice);
    // What was started in the last moment before the disk that knew of it was gone is not known to anybody: at least once.
    const known = cluster
      .startsOf(tick)
      .filter(
        (start) => !destroyed.some(({ machine, atMs }) => machine === start.machine && isJustBefore(start, atMs)),
      );
    const attempts = known.map((start) => `${start.occurrenceId}/${start.attempt}`);
    expect(attempts.length - new Set(attempts).size, 'known attempts that started twice').toBe(0);
    await expectAgreement(cluster, tick, invoice);
  });

  /** So short a time before that its record may not have left the machine. */
  function isJustBefore(start: { readonly atMs: number }, atMs: number): boolean {
    return start.atMs <= atMs && start.atMs > atMs - 10;
  }
});

describe('a destroyed database, and the only machine that knew of its newest records is off', () => {
  const byHand = simTask('by-hand', undefined, { placement: { labels: { name: 'm0' } } });

  /** The first machine runs something that only the last one hears of; then both are off, and the first is destroyed. */
  const parted = async (): Promise<SimCluster> => {
    const cluster = await formedWith({ machines: 3 }, tick, byHand);
    await cluster.run(30_000);
    const [first, second, third] = [cluster.machine(0), cluster.machine(1), cluster.machine(2)];
    second.losePower();
    await cluster.command(0, { kind: 'run-task', id: byHand.id });
    await cluster.run(5000);
    third.losePower();
    first.losePower();
    first.disk.destroy(first.wallMs());
    await second.boot();
    await first.boot();
    await cluster.run(60_000);
    return cluster;
  };

  test('writes nothing until that one is back, and has all then; the others run things meanwhile', async () => {
    const cluster = await parted();
    const { view } = cluster.machine(0).peer;
    expect(view.phase).toBe('settling');
    expect(view.warnings[0]?.text).toContain('m2');
    const before = cluster.startsOf(tick).length;
    await cluster.run(30_000);
    expect(cluster.startsOf(tick).length).toBeGreaterThanOrEqual(before + 3);
    await cluster.machine(2).boot();
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, tick, byHand);
    expect((await cluster.runs(1, byHand)).map((run) => run.state)).toContain('succeeded');
    await cluster.command(0, { kind: 'run-task', id: byHand.id });
    await cluster.run(5000);
    await expectAgreement(cluster, tick, byHand);
  });

  test('goes on behind a gap when that one stays away: no number has two meanings afterwards', async () => {
    const cluster = await parted();
    await cluster.run(3_600_000);
    const first = cluster.machine(0);
    expect(first.peer.view.phase).toBe('active');
    await cluster.command(0, { kind: 'run-task', id: byHand.id });
    await cluster.run(5000);
    await cluster.machine(2).boot();
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, tick);
    const logs = cluster.machines.map(({ disk }) => JSON.stringify(disk.tables.logs.get(first.id)));
    expect(new Set(logs).size).toBe(1);
  });
});

test('a machine whose disk has lost a high incarnation is heard all the same', async () => {
  const cluster = await formedWith({ machines: 3 }, simTask('each', '*/3 * * * * *', { placement: { mode: 'all' } }));
  const machine = cluster.machine(2);
  machine.losePower();
  machine.clockOffsetMs = 3_600_000;
  await machine.boot();
  await cluster.run(10_000);
  machine.losePower();
  machine.clockOffsetMs = 0;
  machine.disk.tables.meta.delete('incarnation');
  await machine.boot();
  await cluster.run(10_000);
  machine.disk.full = true;
  const seen = () =>
    cluster
      .machine(0)
      .peer.view.machines()
      .find(({ entry }) => entry.id === machine.id);
  await until(cluster, 20_000, () => seen()?.load?.notAccepting === 'STORAGE_FULL');
  machine.disk.full = false;
  await until(cluster, 20_000, () => seen()?.load?.notAccepting === undefined);
});
