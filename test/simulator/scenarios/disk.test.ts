/** Disks that are full, broken or slow: the machine says so, others take over, nothing is lost, and order returns. */
import { describe, expect, test } from 'vitest';
import { simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, firstStart, formedWith, until } from './lab.ts';

const tick = simTask('tick', '*/10 * * * * *');
const invoice = simTask('invoice', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } });

describe('a disk that cannot be written', () => {
  test.for(['full', 'failsWrites'] as const)(
    '(%s): others take the runs, and all is as before afterwards',
    async (how) => {
      const cluster = await formedWith({ machines: 3 }, tick);
      await cluster.run(12_000);
      const owner = cluster.ownerOf(tick);
      owner.disk[how] = true;
      const before = cluster.startsOf(tick).length;
      await cluster.run(40_000);
      const during = cluster.startsOf(tick).slice(before);
      expect(during.length).toBeGreaterThanOrEqual(3);
      expect(during.filter((start) => start.machine === owner.id)).toEqual([]);
      const code = how === 'full' ? 'STORAGE_FULL' : 'STORAGE_FAILED';
      expect(owner.peer.view.warnings.map((warning) => warning.code)).toContain(code);
      owner.disk[how] = false;
      await cluster.run(AGREE_MS);
      expect(owner.peer.view.warnings.map((warning) => warning.code)).not.toContain(code);
      await expectAgreement(cluster, tick);
      expect(cluster.ownerOf(tick)).toBe(owner);
    },
  );

  test('of one of two machines keeps the other one from nothing', async () => {
    const cluster = await formedWith({ machines: 2 }, tick);
    await cluster.run(12_000);
    const owner = cluster.ownerOf(tick);
    owner.disk.full = true;
    await cluster.run(10_000);
    const before = cluster.startsOf(tick).length;
    await cluster.run(60_000);
    const during = cluster.startsOf(tick).slice(before);
    expect(during).toHaveLength(6);
    expect(during.filter((start) => start.machine === owner.id)).toEqual([]);
  });

  test('still records how the runs end that it had begun', async () => {
    const long = simTask('long', undefined, { policy: { onLost: 'report' } });
    const cluster = await formedWith({ machines: 3, behaviour: () => ({ durationMs: 8000, exitCode: 0 }) }, long);
    await cluster.command(0, { kind: 'run-task', id: long.id });
    await cluster.run(1000);
    const { machine } = firstStart(cluster, long);
    cluster.byId(machine).disk.full = true;
    await cluster.run(60_000);
    cluster.byId(machine).disk.full = false;
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, long);
    expect((await cluster.runs(0, long)).map((run) => run.state)).toEqual(['succeeded']);
    expect(cluster.startsOf(long)).toHaveLength(1);
  });

  test('and works again: what ran meanwhile is heard of before anything is started', async () => {
    const cluster = await formedWith({ machines: 2 }, simTask('minutely', '0 * * * * *'));
    // Each writes something every few seconds, so that it notices what its disk does.
    const pings = cluster.machines.map(({ id }, index) =>
      simTask(`ping${index}`, '*/3 * * * * *', { placement: { mode: 'pin', machine: id } }),
    );
    await cluster.put(0, ...pings);
    const task = simTask('minutely', undefined);
    const owner = cluster.ownerOf(task);
    const other = cluster.machine(cluster.machine(0) === owner ? 1 : 0);
    const warns = (machine: SimMachine, code: string) =>
      machine.peer.view.warnings.some((warning) => warning.code === code);
    other.disk.full = true;
    await until(cluster, 10_000, () => warns(other, 'STORAGE_FULL'));
    await until(cluster, 70_000, () => cluster.startsOf(task).length > 0, 100);
    await cluster.run(1000);
    owner.disk.failsWrites = true;
    await until(cluster, 10_000, () => warns(owner, 'STORAGE_FAILED'));
    other.disk.full = false;
    await until(cluster, 10_000, () => !warns(other, 'STORAGE_FULL'), 100);
    await cluster.run(15_000);
    expect(cluster.startsOf(task).map(({ machine }) => machine)).toEqual([owner.id]);
    owner.disk.failsWrites = false;
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, task);
  });

  test('refuses edits with a reason, and an edit that was refused is nowhere', async () => {
    const cluster = await formedWith({ machines: 3 }, tick);
    const { disk, peer } = cluster.machine(1);
    disk.full = true;
    const refused = peer.execute({ kind: 'put-tasks', mode: 'upsert', definitions: [simTask('never', undefined)] });
    await cluster.run(3000);
    expect(await refused).toMatchObject({ ok: false, error: { code: 'STORAGE_FULL' } });
    cluster.machine(1).losePower();
    disk.full = false;
    await cluster.machine(1).boot();
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, tick);
    for (const other of cluster.machines) expect(other.peer.view.task(simTask('never', undefined).id)).toBeUndefined();
  });
});

describe('a disk that cannot be read', () => {
  test('for a few reads ends no agent and grants nothing unsure; then all is well again', async () => {
    const cluster = await formedWith({ machines: 3 }, tick, invoice);
    for (let round = 0; round < 6; round += 1) {
      cluster.machine(round % 3).disk.failingReads = 3;
      await cluster.run(10_000);
    }
    for (const { disk } of cluster.machines) disk.failingReads = 0;
    await cluster.run(AGREE_MS);
    expectOneStartPerAttempt(cluster, invoice);
    expect(cluster.startsOf(tick).length).toBeGreaterThanOrEqual(5);
    await expectAgreement(cluster, tick, invoice);
    for (const { peer } of cluster.machines) expect(peer.view.warnings).toEqual([]);
  });

  test('when the agent starts keeps it from starting, and it is there as soon as it reads', async () => {
    const cluster = await formedWith({ machines: 3 }, tick);
    const machine = cluster.machine(2);
    machine.losePower();
    machine.disk.failingReads = 4;
    await machine.boot();
    expect(machine.running).toBe(false);
    await until(cluster, 60_000, () => machine.running && machine.peer.view.phase === 'active');
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, tick);
  });
});

describe('a slow disk', () => {
  test.for([200, 1000, 4000])(
    'whose commits take up to %i ms starts nothing twice, and is no dead end',
    async (maxMs) => {
      const cluster = await formedWith({ machines: 3, seed: maxMs }, tick, invoice);
      const owner = cluster.ownerOf(invoice);
      owner.disk.commitMs = () => cluster.random.below(maxMs);
      await cluster.run(120_000);
      owner.disk.mend();
      await cluster.run(2 * AGREE_MS);
      expectOneStartPerAttempt(cluster, invoice);
      expect(new Set(cluster.startsOf(tick).map((start) => start.occurrenceId)).size).toBeGreaterThanOrEqual(12);
      await expectAgreement(cluster, tick, invoice);
    },
  );

  test.for([1, 2, 3, 4])(
    'that loses power while a commit is under way keeps all of it or nothing (seed %i)',
    async (seed) => {
      const cluster = await formedWith({ machines: 3, seed }, invoice);
      const owner = cluster.ownerOf(invoice);
      for (let round = 0; round < 5; round += 1) {
        owner.disk.commitMs = () => 300;
        await until(cluster, 20_000, () => owner.disk.busyMs > 0, 50);
        owner.losePower();
        owner.disk.mend();
        await cluster.run(2000);
        await owner.boot();
        await cluster.run(8000);
      }
      await cluster.run(AGREE_MS);
      expectOneStartPerAttempt(cluster, invoice);
      await expectAgreement(cluster, invoice);
    },
  );
});
