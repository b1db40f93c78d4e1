/** Clocks that leap or are wrong: nothing runs twice, nothing is silenced, and what was jumped over is recorded. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, formedWith, statesOf } from './lab.ts';

describe('clocks', () => {
  test('that leap an hour ahead make up for the newest only, and record the others', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('minutely', '0 * * * * *', { policy: { catchUp: { mode: 'latest' } } });
    await cluster.put(0, task);
    await cluster.run(65_000);
    const before = cluster.startsOf(task).length;
    for (const machine of cluster.machines) machine.clockOffsetMs += 3_600_000;
    await cluster.run(70_000);
    const starts = cluster.startsOf(task).length - before;
    expect(starts).toBeGreaterThanOrEqual(1);
    expect(starts).toBeLessThanOrEqual(3);
    expect((await statesOf(cluster, 0, task))['MISSED']).toBeGreaterThanOrEqual(20);
  });

  test('that leap back repeat nothing', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('often', '*/10 * * * * *');
    await cluster.put(0, task);
    await cluster.run(61_000);
    for (const machine of cluster.machines) machine.clockOffsetMs -= 40_000;
    await cluster.run(100_000);
    const ids = cluster.startsOf(task).map((start) => start.occurrenceId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(11);
  });

  test('of an author that is ahead silence no task', async () => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    cluster.machine(1).clockOffsetMs = 1_800_000;
    const task = simTask('soon', '*/10 * * * * *', { placement: { labels: { name: 'm0' } } });
    await cluster.put(1, task);
    await cluster.run(60_000);
    expect(cluster.startsOf(task).length).toBeGreaterThanOrEqual(5);
  });
});

describe('one clock that is wrong', () => {
  const invoice = simTask('invoice', '*/20 * * * * *', { policy: { guarantee: 'at-most-once' } });

  test.for([3_600_000, -3_600_000, 7000, -7000])(
    'by %i ms from now on starts nothing twice, and the others go on',
    async (leapMs) => {
      const cluster = await formedWith({ machines: 3 }, invoice);
      await cluster.run(45_000);
      const owner = cluster.ownerOf(invoice);
      owner.clockOffsetMs += leapMs;
      await cluster.run(300_000);
      owner.clockOffsetMs -= leapMs;
      await cluster.run(120_000);
      expectOneStartPerAttempt(cluster, invoice);
      await expectAgreement(cluster, invoice);
    },
  );

  test('while its machine was without power: it comes back in the past, and repeats nothing', async () => {
    const cluster = await formedWith({ machines: 3 }, invoice);
    await cluster.run(65_000);
    const owner = cluster.ownerOf(invoice);
    owner.losePower();
    await cluster.run(30_000);
    owner.clockOffsetMs = -86_400_000;
    await owner.boot();
    await cluster.run(60_000);
    owner.clockOffsetMs = 0;
    await cluster.run(60_000 + AGREE_MS);
    expectOneStartPerAttempt(cluster, invoice);
    await expectAgreement(cluster, invoice);
  });

  test('and leaps to and fro every few seconds confuses nobody for ever', async () => {
    const cluster = await formedWith({ machines: 3, seed: 5 }, invoice);
    for (let round = 0; round < 20; round += 1) {
      cluster.machine(round % 3).clockOffsetMs = cluster.random.below(120_000) - 60_000;
      await cluster.run(7000);
    }
    for (const machine of cluster.machines) machine.clockOffsetMs = 0;
    await cluster.run(120_000);
    expectOneStartPerAttempt(cluster, invoice);
    await expectAgreement(cluster, invoice);
    const before = cluster.startsOf(invoice).length;
    await cluster.run(60_000);
    expect(cluster.startsOf(invoice).length).toBe(before + 3);
  });

  test('and was set back while its machine slept hides from it that its claim is old', async () => {
    const cluster = await formedWith({ machines: 3 }, invoice);
    await cluster.run(20_000 - (cluster.time.now % 20_000) + 1000);
    const owner = cluster.ownerOf(invoice);
    Object.assign(cluster.network.faults, { minDelayMs: 50, maxDelayMs: 55 });
    await cluster.run(19_050);
    // What answers its claim has reached the machine, and the agent only after both have slept.
    owner.pause(1000);
    await cluster.run(500);
    owner.sleep(100_000);
    owner.clockOffsetMs -= 600_000;
    await cluster.run(110_000);
    Object.assign(cluster.network.faults, { minDelayMs: 1, maxDelayMs: 2 });
    await cluster.run(60_000);
    owner.clockOffsetMs = 0;
    await cluster.run(600_000 + AGREE_MS);
    expectOneStartPerAttempt(cluster, invoice);
    await expectAgreement(cluster, invoice);
  });
});
