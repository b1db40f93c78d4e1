/** What a person asked for on one machine by name: no other runs it, and what that machine has no room for is ended. */
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { simTask } from '../sim-cluster.ts';
import { AGREE_MS, formedWith, idsOf, statesOf, until } from './lab.ts';

const backup = simTask('backup', undefined, { policy: { overlap: 'allow', rerunAfterMs: 2000 } });

describe('a run that was asked for on one machine', () => {
  test('is left to it, also by machines that have noted that it waits and were started again', async () => {
    const cluster = await formedWith({ machines: 3 }, backup);
    const [first, second, named] = cluster.machines as [never, never, (typeof cluster.machines)[0]];
    const others: (typeof cluster.machines)[0][] = [first, second];
    named.losePower();
    await cluster.command(0, { kind: 'run-task', id: backup.id, machine: named.id });
    // That it is gone is known by now, and that it waits for that machine is on record.
    await cluster.run(20_000);
    expect(await statesOf(cluster, 0, backup)).toEqual({ withheld: 1 });
    for (const machine of others) machine.losePower();
    for (const machine of others) await machine.boot();
    await cluster.run(60_000);
    expect(cluster.startsOf(backup)).toEqual([]);
    await named.boot();
    await cluster.run(AGREE_MS);
    expect(cluster.startsOf(backup).map(({ machine }) => machine)).toEqual([named.id]);
  });

  test('runs there again, and nowhere else, when it was lost while the others were started again', async () => {
    const cluster = await formedWith({ machines: 3, behaviour: () => ({ durationMs: 600_000, exitCode: 0 }) }, backup);
    const named = cluster.machine(2);
    await cluster.command(0, { kind: 'run-task', id: backup.id, machine: named.id });
    expect(cluster.startsOf(backup)).toHaveLength(1);
    named.losePower();
    await until(cluster, AGREE_MS, () => cluster.machine(0).peer.view.activeRuns().length === 0);
    for (const machine of cluster.machines.slice(0, 2)) machine.losePower();
    for (const machine of cluster.machines.slice(0, 2)) await machine.boot();
    await cluster.run(60_000);
    expect(cluster.startsOf(backup)).toHaveLength(1);
    await named.boot();
    await cluster.run(AGREE_MS);
    const starts = cluster.startsOf(backup).map(({ attempt, machine }) => [attempt, machine === named.id]);
    expect(starts).toEqual([
      [1, true],
      [2, true],
    ]);
  });

  test('is skipped by it, with the reason, where more were asked for than wait on one machine', async () => {
    const each = 0.75 * LIMITS.openOccurrencesPerTask;
    const behaviour = (): { durationMs: number; exitCode: number } => ({ durationMs: 3_600_000, exitCode: 0 });
    const cluster = await formedWith({ machines: 3, slots: 1, behaviour }, backup);
    const [first, second, named] = idsOf(cluster) as [never, never, never];
    // The two who ask do not hear of each other; the one that is asked hears both.
    cluster.network.split([first], [second]);
    for (const index of [0, 1]) {
      for (let count = 0; count < each; count += 1) {
        void cluster.machine(index).peer.execute({ kind: 'run-task', id: backup.id, machine: named });
      }
    }
    await cluster.run(30_000);
    cluster.network.heal();
    await cluster.run(AGREE_MS);
    for (const index of [0, 1, 2]) {
      const { running, QUEUE_FULL: full, ...waiting } = await statesOf(cluster, index, backup);
      expect({ running, full }).toEqual({ running: 1, full: 2 * each - LIMITS.openOccurrencesPerTask });
      expect(Object.values(waiting)).toEqual([LIMITS.openOccurrencesPerTask - 1]);
    }
  });
});

describe('a task that is pinned to one machine', () => {
  test.each([
    ['had no room for it', false],
    ['was off', true],
  ])('leaves nothing open for ever that was asked for on others while that machine %s', async (_what, isOff) => {
    const behaviour = (): { durationMs: number; exitCode: number } => ({ durationMs: 3_600_000, exitCode: 0 });
    const cluster = await formedWith({ machines: 4, slots: 1, behaviour }, backup);
    const pinned = cluster.machine(3);
    const task = { ...backup, placement: { ...backup.placement, mode: 'pin' as const, machine: pinned.id } };
    await cluster.put(0, task);
    await cluster.run(1000);
    if (isOff) pinned.kill();
    const askers = cluster.machines.slice(0, 3);
    // None of those who ask hears of what the others ask, nor does the one that they ask for.
    for (const { id } of askers) {
      cluster.network.split(
        [id],
        idsOf(cluster).filter((other) => other !== id),
      );
    }
    for (const { peer } of askers) {
      for (let count = 0; count < LIMITS.openOccurrencesPerTask; count += 1) {
        void peer.execute({ kind: 'run-task', id: task.id });
      }
    }
    await cluster.run(30_000);
    cluster.network.heal();
    if (isOff) {
      await cluster.run(AGREE_MS);
      await pinned.boot();
    }
    await cluster.run(2 * AGREE_MS);
    for (const index of [0, 1, 2, 3]) {
      const { running, QUEUE_FULL: full, ...waiting } = await statesOf(cluster, index, task);
      expect({ running, full }).toEqual({ running: 1, full: 2 * LIMITS.openOccurrencesPerTask });
      expect(Object.values(waiting)).toEqual([LIMITS.openOccurrencesPerTask - 1]);
    }
  });
});
