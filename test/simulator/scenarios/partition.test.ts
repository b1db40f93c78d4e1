/** A network that falls into two, and heals: what each side may do, and what all agree on afterwards. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, firstStart, formedWith, idsOf } from './lab.ts';

describe('when the network splits', () => {
  test('at-most-once runs on the larger side only, and the smaller says why it waits', async () => {
    const cluster = new SimCluster({ machines: 5 });
    await cluster.form();
    const task = simTask('invoice', '0 * * * * *', { policy: { guarantee: 'at-most-once' } });
    await cluster.put(0, task);
    const ids = cluster.machines.map((machine) => machine.id);
    cluster.network.split(ids.slice(0, 2), ids.slice(2));
    await cluster.run(120_000);
    const small = new Set(ids.slice(0, 2));
    const starts = cluster.startsOf(task);
    expect(starts.length).toBeGreaterThanOrEqual(1);
    expect(starts.filter((start) => small.has(start.machine))).toEqual([]);
    const seen = (await cluster.runs(0, task)).map((run) => `${run.state} ${run.reason?.code ?? ''}`);
    expect(seen.some((line) => line.startsWith('withheld NO_QUORUM') || line.startsWith('skipped'))).toBe(true);
    cluster.network.heal();
    await cluster.run(120_000);
    const perAttempt = cluster.startsOf(task).map((start) => `${start.occurrenceId} ${start.attempt}`);
    expect(new Set(perAttempt).size).toBe(perAttempt.length);
  });

  test('at-least-once goes on on both sides, and all agree after it has healed', async () => {
    const cluster = new SimCluster({ machines: 5 });
    await cluster.form();
    const task = simTask('backup', '0 * * * * *');
    await cluster.put(0, task);
    const ids = cluster.machines.map((machine) => machine.id);
    cluster.network.split(ids.slice(0, 2), ids.slice(2));
    await cluster.run(120_000);
    const small = new Set(ids.slice(0, 2));
    expect(cluster.startsOf(task).some((start) => small.has(start.machine))).toBe(true);
    expect(cluster.startsOf(task).some((start) => !small.has(start.machine))).toBe(true);
    cluster.network.heal();
    await cluster.run(30_000);
    const digests = new Set(cluster.machines.map((machine) => machine.peer.view.documentDigest));
    expect(digests.size).toBe(1);
    const lists = await Promise.all(
      cluster.machines.map(async (_, index) => JSON.stringify(await cluster.runs(index, task))),
    );
    expect(new Set(lists).size).toBe(1);
  });
});

describe('a partition that heals', () => {
  test('after an hour: both guarantees kept, edits of both sides in force, one history', async () => {
    const backup = simTask('backup', '0 */5 * * * *');
    const invoice = simTask('invoice', '0 */5 * * * *', {
      policy: { guarantee: 'at-most-once', catchUp: { mode: 'all' }, overlap: 'queue-all' },
    });
    const shared = simTask('shared', undefined);
    const cluster = await formedWith({ machines: 5 }, backup, invoice, shared);
    const ids = idsOf(cluster);
    const [left, right] = [ids.slice(0, 2), ids.slice(2)];
    const from = cluster.time.now;
    cluster.network.split(left, right);
    await cluster.run(600_000);
    await cluster.put(0, { ...shared, about: { ...shared.about, name: 'Left' } }, simTask('left', undefined));
    await cluster.put(3, { ...shared, schedule: { ...shared.schedule, timeZone: 'Europe/Berlin' } });
    await cluster.command(1, { kind: 'run-task', id: shared.id });
    await cluster.command(4, { kind: 'run-task', id: shared.id });
    await cluster.run(3_000_000);
    const until = cluster.time.now;
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    await expectAgreement(cluster, backup, invoice, shared);
    const both = cluster.startsOf(backup).filter((start) => start.atMs > from && start.atMs < until);
    expect(both.filter((start) => left.includes(start.machine)).length).toBeGreaterThanOrEqual(11);
    expect(both.filter((start) => right.includes(start.machine)).length).toBeGreaterThanOrEqual(11);
    expectOneStartPerAttempt(cluster, invoice);
    expect(cluster.startsOf(invoice).length).toBeGreaterThanOrEqual(11);
    expect(cluster.startsOf(invoice).filter((start) => left.includes(start.machine))).toEqual([]);
    expect(cluster.startsOf(shared)).toHaveLength(2);
    for (const { peer } of cluster.machines) {
      expect(peer.view.task(shared.id)).toMatchObject({
        about: { name: 'Left' },
        schedule: { timeZone: 'Europe/Berlin' },
      });
      expect(peer.view.task(simTask('left', undefined).id)).toBeDefined();
    }
  });

  test('in three pieces, with no majority anywhere, makes up for what waited, once each', async () => {
    const invoice = simTask('invoice', '0 * * * * *', {
      policy: { guarantee: 'at-most-once', catchUp: { mode: 'all' }, overlap: 'queue-all' },
    });
    const cluster = await formedWith({ machines: 5 }, invoice);
    const ids = idsOf(cluster);
    const pieces = [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)];
    for (const piece of pieces)
      cluster.network.split(
        piece,
        ids.filter((id) => !piece.includes(id)),
      );
    const before = cluster.startsOf(invoice).length;
    await cluster.run(300_000);
    expect(cluster.startsOf(invoice)).toHaveLength(before);
    const seen = (await cluster.runs(0, invoice)).map((run) => run.reason?.code);
    expect(seen).toContain('NO_QUORUM');
    cluster.network.heal();
    await cluster.run(60_000);
    expectOneStartPerAttempt(cluster, invoice);
    expect(cluster.startsOf(invoice).length - before).toBeGreaterThanOrEqual(5);
    await expectAgreement(cluster, invoice);
  });

  test('while a run goes on: neither side starts it a second time where it must not', async () => {
    const invoice = simTask('invoice', undefined, { policy: { guarantee: 'at-most-once' } });
    const cluster = await formedWith({ machines: 5, behaviour: () => ({ durationMs: 120_000, exitCode: 0 }) }, invoice);
    await cluster.command(0, { kind: 'run-task', id: invoice.id });
    await cluster.run(1000);
    const { machine } = firstStart(cluster, invoice);
    cluster.network.split(
      [machine],
      idsOf(cluster).filter((id) => id !== machine),
    );
    await cluster.run(90_000);
    expect(
      (
        await cluster.runs(
          idsOf(cluster).findIndex((id) => id !== machine),
          invoice,
        )
      ).map((run) => run.state),
    ).toContain('lost');
    cluster.network.heal();
    await cluster.run(60_000 + AGREE_MS);
    expect(cluster.startsOf(invoice)).toHaveLength(1);
    await expectAgreement(cluster, invoice);
    expect((await cluster.runs(0, invoice)).map((run) => run.state).filter((state) => state !== 'due')).toEqual([
      'succeeded',
    ]);
  });
});

describe('a machine that joins in the minority', () => {
  test('is known to all afterwards, and lets nothing run there that needs a majority', async () => {
    const invoice = simTask('invoice', '*/20 * * * * *', { policy: { guarantee: 'at-most-once' } });
    const cluster = await formedWith({ machines: 4, founders: 3 }, invoice);
    const [a, b, c, joined] = idsOf(cluster) as [never, never, never, never];
    cluster.network.split([a, joined], [b, c]);
    await cluster.run(5000);
    await cluster.join(3, 0);
    await cluster.run(60_000);
    expect(cluster.machine(3).peer.view.phase).toBe('active');
    expect(
      cluster.startsOf(invoice).filter(({ machine, atMs }) => atMs > 20_000 && (machine === a || machine === joined)),
    ).toEqual([]);
    await cluster.put(3, simTask('made-there', undefined));
    cluster.network.heal();
    await cluster.run(2 * AGREE_MS);
    expect(cluster.allVote(4)).toBe(true);
    for (const { peer } of cluster.machines) expect(peer.view.task(simTask('made-there', undefined).id)).toBeDefined();
    await expectAgreement(cluster, invoice);
    expectOneStartPerAttempt(cluster, invoice);
  });
});
