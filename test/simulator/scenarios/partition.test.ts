/** A network that falls into two, and heals: what each side may do, and what all agree on afterwards. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

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
