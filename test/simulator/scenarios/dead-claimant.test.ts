/** A machine that dies between being granted a claim and showing its run: the task goes on without it. */
import { describe, expect, test } from 'vitest';
import { simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, formedWith } from './lab.ts';

const pulse = simTask('pulse', '* * * * * *');
const once = simTask('once', '* * * * * *', { policy: { guarantee: 'at-most-once' } });

describe('a claimant that is gone before it showed a run', () => {
  test.for([
    ['at-least-once', pulse],
    ['at-most-once', once],
  ] as const)('does not hold up what comes due after it (%s)', async ([, task]) => {
    const cluster = await formedWith({ machines: 5 }, task);
    Object.assign(cluster.network.faults, { minDelayMs: 5, maxDelayMs: 6 });
    await cluster.run(10_000 - (cluster.time.now % 1000));
    const owner = cluster.ownerOf(task);
    // The others have granted the claim; that they did is still on its way back.
    await cluster.run(8);
    const before = cluster.startsOf(task).length;
    owner.losePower();
    // Noticed within four seconds, as by silence alone.
    await cluster.run(8000);
    const later = cluster.startsOf(task).slice(before);
    expect(later.length).toBeGreaterThanOrEqual(3);
    expect(later.every(({ machine }) => machine !== owner.id)).toBe(true);
    await owner.boot();
    await cluster.run(AGREE_MS);
    expectOneStartPerAttempt(cluster, task);
    await expectAgreement(cluster, task);
  });
});
