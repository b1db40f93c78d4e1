/** A machine that dies between being granted a claim and showing its run: the task goes on without it. */
import { describe, expect, test } from 'vitest';
import { type SimCluster, simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, formed, formedWith, indexOf } from './lab.ts';

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

describe('at-most-once that was granted to a machine that is gone', () => {
  const PERIOD_MS = 60_000;
  const invoice = simTask('invoice', '0 * * * * *', {
    policy: { guarantee: 'at-most-once', catchUp: { mode: 'all' } },
  });

  /** The owner loses power when it has asked, and before it is answered. Those that are deaf have not heard the question. */
  async function abandonClaim(cluster: SimCluster, owner: SimMachine, deaf: readonly SimMachine[]): Promise<void> {
    await cluster.run(PERIOD_MS - ((cluster.epochMs + cluster.time.now) % PERIOD_MS) - 20);
    Object.assign(cluster.network.faults, { minDelayMs: 20, maxDelayMs: 21 });
    cluster.network.split(
      [owner.id],
      deaf.map(({ id }) => id),
    );
    await cluster.run(20 + 30);
    owner.losePower();
    cluster.network.heal();
    Object.assign(cluster.network.faults, { minDelayMs: 1, maxDelayMs: 2 });
    expect(cluster.startsOf(invoice)).toEqual([]);
  }

  test('is run by the one that granted it, when it alone can and the others are a majority', async () => {
    const cluster = await formed({ machines: 5 });
    for (const index of [0, 1]) {
      const { id } = cluster.machine(index);
      await cluster.command(0, { kind: 'label-machine', id, labels: { ledger: 'yes' } });
    }
    await cluster.put(0, { ...invoice, placement: { ...invoice.placement, labels: { ledger: 'yes' } } });
    await cluster.run(1000);
    const owner = cluster.ownerOf(invoice);
    const other = cluster.machine(1 - indexOf(cluster, owner));
    await abandonClaim(cluster, owner, cluster.machines.slice(2));
    await cluster.run(10_000);
    expect(cluster.startsOf(invoice).map(({ machine }) => machine)).toEqual([other.id]);
    await owner.boot();
    await cluster.run(AGREE_MS);
    expectOneStartPerAttempt(cluster, invoice);
  });

  test('waits for it as long as it may come back, and is skipped with the reason once it was removed', async () => {
    const cluster = await formedWith({ machines: 3 }, invoice);
    const owner = cluster.ownerOf(invoice);
    await abandonClaim(cluster, owner, []);
    const witness = cluster.machines.findIndex((machine) => machine !== owner);
    await cluster.run(30_000);
    const states = async (): Promise<string[]> =>
      (await cluster.runs(witness, invoice)).map(({ state, reason }) => `${state} ${reason?.code ?? ''}`);
    expect(await states()).toEqual(['withheld NO_QUORUM']);
    await cluster.command(witness, { kind: 'remove-machine', id: owner.id });
    await cluster.run(10_000);
    expect(await states()).toEqual(['skipped MACHINE_REMOVED']);
    await cluster.run(PERIOD_MS);
    expect(cluster.startsOf(invoice)).toHaveLength(1);
  });
});
