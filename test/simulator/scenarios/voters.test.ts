/** Who must agree on at-most-once, while machines come and go and the network splits. */
import { describe, expect, test } from 'vitest';
import { atMostOnce } from '../checkers/at-most-once.ts';
import type { Violation } from '../checkers/checker.ts';
import { fencing } from '../checkers/fencing.ts';
import { Ledger } from '../checkers/ledger.ts';
import { Observer } from '../observer.ts';
import { SimCluster, simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';

const atMostOnceAll = { policy: { guarantee: 'at-most-once', catchUp: { mode: 'all' } } } as const;
const invoice = simTask('invoice', '*/20 * * * * *', atMostOnceAll);

/** Three founders, two more that belong to no cluster. */
async function threeAndTwo(): Promise<SimCluster> {
  const cluster = new SimCluster({ machines: 5, founders: 3 });
  await cluster.form();
  await cluster.put(0, invoice);
  return cluster;
}

describe('voters', () => {
  test('machines that join become voters one after the other, and everybody knows', async () => {
    const cluster = await threeAndTwo();
    await cluster.join(3, 0);
    await cluster.join(4, 1);
    await cluster.run(15_000);
    expect(cluster.allVote(5)).toBe(true);
  });

  test('twelve machines that join in a row all vote soon: a claim that comes too early is asked anew, not again', async () => {
    const cluster = new SimCluster({ machines: 12 });
    await cluster.form();
    expect(cluster.time.now).toBeLessThan(20_000);
  });

  test.for([300, 500, 900])(
    'who must be asked answers slowly, %i ms each way: the set grows all the same',
    async (delayMs) => {
      const cluster = new SimCluster({ machines: 3, founders: 2, seed: delayMs });
      await cluster.form();
      const [a, b] = cluster.machines.map((machine) => machine.id) as [never, never];
      await cluster.join(2, 0);
      for (const [from, to] of [[a, b] as const, [b, a] as const]) {
        const delay = { minDelayMs: delayMs, maxDelayMs: delayMs + 20 };
        cluster.network.link(from, to).slowFor(cluster.time.now, 600_000, delay);
      }
      expect(cluster.allVote(3)).toBe(false);
      await cluster.run(30_000);
      expect(cluster.allVote(3)).toBe(true);
    },
  );

  test('who asks with a clock that is behind, and has missed the change before, takes a higher token', async () => {
    const cluster = await threeAndTwo();
    await cluster.run(60_000);
    const founders = cluster.machines.slice(0, 3).sort((a, b) => (a.id < b.id ? -1 : 1));
    const [asker, second] = founders as [SimMachine, SimMachine, SimMachine];
    const inviter = cluster.machines.indexOf(second);
    asker.kill();
    await cluster.run(10_000);
    await cluster.join(3, inviter);
    await cluster.run(5000);
    asker.clockOffsetMs = -40_000;
    await asker.boot();
    await cluster.run(5000);
    expect(cluster.allVote(4), 'the fourth was made a voter without it').toBe(true);
    await cluster.join(4, inviter);
    await cluster.run(10_000);
    expect(cluster.allVote(5)).toBe(true);
  });

  test('those who vote when all who gave tokens have left give none of them again', async () => {
    const cluster = new SimCluster({ machines: 4, founders: 2 });
    await cluster.form();
    const [keeper, ahead] = [cluster.machine(0), cluster.machine(1)];
    ahead.clockOffsetMs = 3 * 3_600_000;
    // Of the two founders it alone may run it.
    const placed = simTask('invoice', '*/20 * * * * *', { ...atMostOnceAll, placement: { labels: { rack: 'right' } } });
    await cluster.put(0, placed);
    await cluster.run(50_000);
    const before = cluster.startsOf(placed).length;
    expect(before).toBeGreaterThanOrEqual(2);
    while (cluster.startsOf(placed).length === before) await cluster.run(0.1);
    // Nobody but the other founder, which granted it, ever hears of this run.
    cluster.network.split([ahead.id], [keeper.id]);
    ahead.kill();
    await cluster.command(0, { kind: 'suspend-task', id: placed.id, suspended: true });
    await cluster.join(2, 0);
    await cluster.join(3, 0);
    await cluster.command(0, { kind: 'remove-machine', id: ahead.id });
    await cluster.run(10_000);
    expect(keeper.peer.view.machines().map(({ entry }) => entry.voter)).toEqual([true, true, true]);
    await cluster.command(2, { kind: 'remove-machine', id: keeper.id });
    await cluster.command(2, { kind: 'suspend-task', id: placed.id, suspended: false });
    await cluster.run(60_000);
    expect(cluster.startsOf(placed).length).toBeGreaterThan(before + 1);
    expect(await doubtfulStarts(cluster, placed)).toEqual([]);
  });

  test('machines admitted by the smaller side of a split do not make it the larger one', async () => {
    const cluster = await threeAndTwo();
    const ids = cluster.machines.map((machine) => machine.id);
    const [a, b, c, d, e] = ids as [never, never, never, never, never];
    cluster.network.split([a, d, e], [b, c]);
    await cluster.run(10_000);
    await cluster.join(3, 0);
    await cluster.join(4, 0);
    await cluster.run(120_000);
    const small = new Set<string>([a, d, e]);
    const starts = cluster.startsOf(invoice).filter((start) => start.atMs > 30_000);
    expect(starts.length).toBeGreaterThanOrEqual(4);
    expect(starts.filter((start) => small.has(start.machine))).toEqual([]);
    expect(
      cluster
        .machine(0)
        .peer.view.machines()
        .filter((machine) => machine.entry.voter),
    ).toHaveLength(3);
    cluster.network.heal();
    await cluster.run(60_000);
    expect(cluster.allVote(5)).toBe(true);
    expect(await doubtfulStarts(cluster)).toEqual([]);
  });

  test('a side that grew before the split goes on, and nobody who knows only the old voters can', async () => {
    const cluster = await threeAndTwo();
    await cluster.join(3, 0);
    await cluster.join(4, 0);
    await cluster.run(15_000);
    const ids = cluster.machines.map((machine) => machine.id);
    const from = cluster.time.now;
    cluster.network.split(ids.slice(1, 3), [ids[0] as never, ...ids.slice(3)]);
    await cluster.run(90_000);
    const sides = new Set(
      cluster
        .startsOf(invoice)
        .filter((start) => start.atMs > from + 5000)
        .map((start) => start.machine),
    );
    expect(sides.has(ids[1] as never) || sides.has(ids[2] as never)).toBe(false);
    expect(sides.size).toBeGreaterThanOrEqual(1);
    expect(await doubtfulStarts(cluster)).toEqual([]);
  });

  test('both sides of an even split admit machines: never two majorities', async () => {
    const cluster = new SimCluster({ machines: 6, founders: 2 });
    await cluster.form();
    await cluster.put(0, invoice);
    const ids = cluster.machines.map((machine) => machine.id);
    const [a, b, c, d, e, f] = ids as [never, never, never, never, never, never];
    cluster.network.split([a, c, d], [b, e, f]);
    await cluster.run(10_000);
    for (const [machine, inviter] of [
      [2, 0],
      [3, 0],
      [4, 1],
      [5, 1],
    ] as const)
      await cluster.join(machine, inviter);
    await cluster.run(90_000);
    cluster.network.heal();
    await cluster.run(90_000);
    expect(cluster.allVote(6)).toBe(true);
    expect(await doubtfulStarts(cluster)).toEqual([]);
    expect(cluster.startsOf(invoice).length).toBeGreaterThanOrEqual(3);
  });
});

/** Second starts of an attempt, and tokens that do not rise. */
async function doubtfulStarts(cluster: SimCluster, task = invoice): Promise<Violation[]> {
  const observer = new Observer(cluster);
  const ledger = new Ledger(() => cluster.time.now);
  const scene = { cluster, observer, ledger, steady: [task], volatile: [], beginMs: 0, endMs: cluster.time.now };
  return [...(await atMostOnce.check(scene)), ...(await fencing.check(scene))];
}
