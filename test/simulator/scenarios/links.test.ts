/** Links that come and go, and messages that get lost on them. */
import { describe, expect, test } from 'vitest';
import { type SimCluster, simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, firstStart, formedWith, idsOf } from './lab.ts';

const tick = simTask('tick', '*/10 * * * * *');
const invoice = simTask('invoice', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } });

/** The link between two machines is cut and healed again and again. */
async function flap(cluster: SimCluster, a: number, b: number, forMs: number, everyMs: number): Promise<void> {
  const ids = idsOf(cluster);
  const end = cluster.time.now + forMs;
  while (cluster.time.now < end) {
    cluster.network.split([ids[a] as never], [ids[b] as never]);
    await cluster.run(everyMs / 2);
    cluster.network.heal();
    await cluster.run(everyMs / 2);
  }
}

describe('a flapping link', () => {
  test.for([300, 1000, 3000, 9000])(
    'every %i ms between two machines, a third being reachable: each occurrence runs once',
    async (everyMs) => {
      const cluster = await formedWith({ machines: 3, seed: everyMs }, tick, invoice);
      const from = cluster.time.now;
      await flap(cluster, 0, 1, 180_000, everyMs);
      const until = cluster.time.now;
      await cluster.run(AGREE_MS);
      for (const task of [tick, invoice]) {
        const starts = cluster
          .startsOf(task)
          .filter((start) => start.atMs > from + 2000 && start.atMs < until - 10_000);
        expect(new Set(starts.map((start) => start.occurrenceId)).size).toBe(starts.length);
        expect(starts.length).toBeGreaterThanOrEqual(15);
      }
      await expectAgreement(cluster, tick, invoice);
    },
  );

  test('of the one owner to everybody: nothing runs twice, nothing is missed', async () => {
    const cluster = await formedWith({ machines: 4 }, invoice);
    const owner = cluster.ownerOf(invoice);
    const others = idsOf(cluster).filter((id) => id !== owner.id);
    for (let round = 0; round < 40; round += 1) {
      cluster.network.split([owner.id], others);
      await cluster.run(500 + 97 * round);
      cluster.network.heal();
      await cluster.run(2000 - 31 * round);
    }
    await cluster.run(60_000);
    expectOneStartPerAttempt(cluster, invoice);
    await expectAgreement(cluster, invoice);
    const runs = await cluster.runs(0, invoice);
    const open = runs.filter((run) => ['due', 'queued', 'withheld', 'starting', 'running'].includes(run.state));
    expect(open.filter((run) => run.dueAt < cluster.machine(0).wallMs() - 60_000)).toEqual([]);
  });
});

describe('a cancel that is lost on the way', () => {
  const long = simTask('long', undefined, { policy: { onLost: 'report' } });

  test('is told as failed, the run goes on, and asking again ends it', async () => {
    const cluster = await formedWith({ machines: 3, behaviour: () => ({ durationMs: 600_000, exitCode: 0 }) }, long);
    await cluster.command(0, { kind: 'run-task', id: long.id });
    await cluster.run(1000);
    const { machine, runId } = firstStart(cluster, long);
    const asker = cluster.machines.find(({ id }) => id !== machine);
    if (asker === undefined) throw new Error('another machine');
    cluster.network.cut(asker.id, machine);
    const answered = asker.peer.execute({ kind: 'cancel-run', id: runId });
    cluster.time.after(10, () => {
      cluster.network.breakStream(asker.id, machine);
      cluster.network.heal();
    });
    await cluster.run(30_000);
    expect(await answered).toMatchObject({ ok: false });
    expect((await cluster.runs(0, long)).map((run) => run.state)).toContain('running');
    await cluster.command(cluster.machines.indexOf(asker), { kind: 'cancel-run', id: runId });
    await cluster.run(2000);
    await expectAgreement(cluster, long);
    expect((await cluster.runs(0, long)).map((run) => run.state).filter((state) => state !== 'due')).toEqual([
      'cancelled',
    ]);
  });

  test('whose answer is lost has ended the run all the same, and everybody knows', async () => {
    const cluster = await formedWith({ machines: 3, behaviour: () => ({ durationMs: 600_000, exitCode: 0 }) }, long);
    await cluster.command(0, { kind: 'run-task', id: long.id });
    await cluster.run(1000);
    const { machine, runId } = firstStart(cluster, long);
    const asker = cluster.machines.find(({ id }) => id !== machine);
    if (asker === undefined) throw new Error('another machine');
    cluster.network.cut(machine, asker.id);
    const answered = asker.peer.execute({ kind: 'cancel-run', id: runId });
    await cluster.run(1500);
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    await answered;
    await expectAgreement(cluster, long);
    expect((await cluster.runs(0, long)).map((run) => run.state).filter((state) => state !== 'due')).toEqual([
      'cancelled',
    ]);
    expect(firstStart(cluster, long).endedAtMs).toBeLessThan(cluster.time.now - 20_000);
  });

  test('by the policy to replace is given again, until the old run has ended and the new one starts', async () => {
    const replaced = simTask('replaced', undefined, { policy: { overlap: 'replace' } });
    const cluster = await formedWith(
      { machines: 3, behaviour: () => ({ durationMs: 600_000, exitCode: 0 }) },
      replaced,
    );
    await cluster.command(0, { kind: 'run-task', id: replaced.id });
    await cluster.run(1000);
    const { machine } = firstStart(cluster, replaced);
    const others = idsOf(cluster).filter((id) => id !== machine);
    for (const other of others) cluster.network.cut(other, machine);
    const asker = cluster.byId(others[0] as never);
    void asker.peer.execute({ kind: 'run-task', id: replaced.id, machine: asker.id });
    await cluster.run(800);
    for (const other of others) cluster.network.breakStream(other, machine);
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    const starts = cluster.startsOf(replaced).sort((a, b) => a.atMs - b.atMs);
    expect(starts).toHaveLength(2);
    expect(starts[1]?.atMs).toBeGreaterThanOrEqual(starts[0]?.endedAtMs ?? Infinity);
    expect(
      (await cluster.runs(0, replaced))
        .map((run) => run.state)
        .filter((state) => state !== 'due')
        .sort(),
    ).toEqual(['cancelled', 'running']);
  });
});

describe('a machine that answers slowly', () => {
  test.for([300, 500, 700])('each way takes %i ms: what needs its word runs all the same, once', async (delayMs) => {
    const cluster = await formedWith({ machines: 2, seed: delayMs }, tick, invoice);
    const from = cluster.time.now;
    slowDown(cluster, delayMs, 180_000);
    await cluster.run(180_000);
    const until = cluster.time.now;
    await cluster.run(AGREE_MS);
    for (const task of [tick, invoice]) {
      const starts = cluster.startsOf(task).filter((start) => start.atMs > from + 5000 && start.atMs < until - 10_000);
      expect(new Set(starts.map((start) => start.occurrenceId)).size).toBe(starts.length);
      expect(starts.length).toBeGreaterThanOrEqual(15);
    }
    await expectAgreement(cluster, tick, invoice);
  });

  // Both ask before they hear of each other, and an answer takes longer than the standby waits: what has not started when
  // the next comes due is given up by the policies on overlap and catch-up. Where nobody hears of anybody in time, it is a split.
  test.for([1000, 1500, 2500])('each way takes %i ms: what did not run once is on record, and why', async (delayMs) => {
    const cluster = await formedWith({ machines: 2, seed: delayMs }, tick, invoice);
    await cluster.run(10_000 - (cluster.time.now % 10_000) + 5000);
    const from = cluster.machine(0).wallMs();
    slowDown(cluster, delayMs, 180_000);
    await cluster.run(180_000 + AGREE_MS);
    await expectAgreement(cluster, tick, invoice);
    expectOneStartPerAttempt(cluster, invoice);
    for (const task of [tick, invoice]) {
      const runs = (await cluster.runs(0, task)).filter(
        (run) => run.nominalAt > from && run.nominalAt < from + 180_000,
      );
      expect(new Set(runs.map((run) => run.nominalAt)).size, task.id).toBe(18);
      const unstarted = runs.filter((run) => run.state !== 'succeeded');
      expect(unstarted.filter((run) => run.state !== 'skipped')).toEqual([]);
      for (const { reason } of unstarted)
        expect(reason?.text).toMatch(/^missed by \d+ s|^an earlier run is still active/);
    }
  });
});

/** Every message between any two machines takes so long for a while. */
function slowDown(cluster: SimCluster, delayMs: number, forMs: number): void {
  for (const a of idsOf(cluster)) {
    for (const b of idsOf(cluster)) {
      if (a === b) continue;
      const delay = { minDelayMs: delayMs, maxDelayMs: delayMs + 20 };
      cluster.network.link(a, b).slowFor(cluster.time.now, forMs, delay);
    }
  }
}
