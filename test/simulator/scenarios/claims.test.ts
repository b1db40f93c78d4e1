/** Claims: whoever races for the same occurrence, one starts it; and what was granted is never forgotten. */
import { describe, expect, test } from 'vitest';
import type { StoreWrite } from '../../../core/ports/state-store.ts';
import { simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, formedWith, idsOf } from './lab.ts';

const PERIOD_MS = 20_000;
const invoice = simTask('invoice', '*/20 * * * * *', { policy: { guarantee: 'at-most-once' } });
const report = simTask('report', '*/20 * * * * *');

describe('a race for a claim', () => {
  test.for([
    [100, 300],
    [200, 450],
    [1, 490],
  ] as const)('with delays of %i to %i ms has one winner in each occurrence', async ([minDelayMs, maxDelayMs]) => {
    const cluster = await formedWith({ machines: 5, seed: maxDelayMs }, invoice, report);
    Object.assign(cluster.network.faults, { minDelayMs, maxDelayMs });
    await cluster.run(15 * PERIOD_MS);
    Object.assign(cluster.network.faults, { minDelayMs: 1, maxDelayMs: 2 });
    await cluster.run(AGREE_MS);
    expectOneStartPerAttempt(cluster, invoice);
    const occurrences = (task: typeof invoice): number =>
      new Set(cluster.startsOf(task).map((start) => start.occurrenceId)).size;
    expect(occurrences(invoice)).toBeGreaterThanOrEqual(14);
    expect(occurrences(report)).toBeGreaterThanOrEqual(14);
    await expectAgreement(cluster, invoice, report);
  });

  test('of two that each hold some of the votes ends with one of them', async () => {
    const cluster = await formedWith({ machines: 4, seed: 3 }, invoice);
    const [a, b, c, d] = idsOf(cluster) as [never, never, never, never];
    for (let round = 0; round < 6; round += 1) {
      await cluster.run(PERIOD_MS - (cluster.time.now % PERIOD_MS) - 3000);
      cluster.network.split([a, b], [c, d]);
      await cluster.run(3000 + 10 * round);
      cluster.network.heal();
      await cluster.run(5000);
    }
    await cluster.run(AGREE_MS);
    expectOneStartPerAttempt(cluster, invoice);
    expect(cluster.startsOf(invoice).length).toBeGreaterThanOrEqual(6);
    await expectAgreement(cluster, invoice);
  });
});

function holdsGrant(writes: readonly StoreWrite[], claimant: string): boolean {
  return writes.some((write) => write.kind === 'grant' && write.grant.claimant === claimant && !write.grant.released);
}

describe('a grant', () => {
  test.for(['cut-before', 'cut-after'] as const)(
    'whose commit is torn by a power cut (%s) lets nobody start twice',
    async (fate) => {
      const cluster = await formedWith({ machines: 3 }, invoice);
      const owner = cluster.ownerOf(invoice);
      const voters = cluster.machines.filter((machine) => machine !== owner);
      for (let round = 0; round < 6; round += 1) {
        const voter = voters[round % 2];
        if (voter === undefined) throw new Error('no voter');
        voter.disk.fate = (_, writes) => {
          if (!holdsGrant(writes, owner.id)) return 'stored';
          voter.disk.fate = undefined;
          return fate;
        };
        await cluster.run(PERIOD_MS - (cluster.time.now % PERIOD_MS) + 1000);
        expect(voter.running).toBe(false);
        // The owner is gone too: the voter that comes back and the third are asked by each other.
        cluster.network.split(
          [owner.id],
          voters.map(({ id }) => id),
        );
        await voter.boot();
        await cluster.run(10_000);
        cluster.network.heal();
        await cluster.run(4000);
      }
      await cluster.run(AGREE_MS);
      expectOneStartPerAttempt(cluster, invoice);
      await expectAgreement(cluster, invoice);
    },
  );

  test('is kept through a power cut right after it was used, though nobody else heard of the run', async () => {
    const cluster = await formedWith({ machines: 3 }, invoice);
    const owner = cluster.ownerOf(invoice);
    const [voter, third] = cluster.machines.filter((machine) => machine !== owner);
    if (voter === undefined || third === undefined) throw new Error('three machines');
    cluster.network.faults.minDelayMs = 5;
    cluster.network.faults.maxDelayMs = 6;
    await cluster.run(PERIOD_MS - (cluster.time.now % PERIOD_MS) - 2000);
    cluster.network.split([third.id], [owner.id]);
    // Granted, and answered; before it hears of the run, it is dark.
    await cluster.run(2000 + 12);
    voter.losePower();
    await cluster.run(500);
    const [start] = cluster.startsOf(invoice).slice(-1);
    expect(start?.machine).toBe(owner.id);
    cluster.network.split([owner.id], [voter.id, third.id]);
    await voter.boot();
    await cluster.run(15_000);
    expectOneStartPerAttempt(cluster, invoice);
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    expectOneStartPerAttempt(cluster, invoice);
    await expectAgreement(cluster, invoice);
  });
});
