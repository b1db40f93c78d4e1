/** Machines that the cluster does not let in, removed or never heard of: they say so, and people can let them in again. */
import { describe, expect, test } from 'vitest';
import type { SimCluster } from '../sim-cluster.ts';
import { simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import { AGREE_MS, expectAgreement, formedWith, idsOf, until } from './lab.ts';

const tick = simTask('tick', '*/10 * * * * *');

function warningsOf({ peer }: SimMachine): string[] {
  return peer.view.warnings.map(({ code }) => code);
}

/** Three members and a machine of no cluster, which is the last. */
async function withNewcomer(seed = 1): Promise<SimCluster> {
  return formedWith({ machines: 4, founders: 3, seed }, tick);
}

describe('a machine that was removed', () => {
  test('and knows it, is let in again by another invitation', async () => {
    const cluster = await formedWith({ machines: 3 }, tick);
    const removed = cluster.machine(2);
    await cluster.command(0, { kind: 'remove-machine', id: removed.id });
    await cluster.run(10_000);
    await cluster.join(2, 1);
    await until(cluster, AGREE_MS, () => cluster.allVote(3));
    await expectAgreement(cluster, tick);
  });

  test('while it was cut off, learns of it and is let in again, also by a machine that joined meanwhile', async () => {
    const cluster = await withNewcomer();
    const removed = cluster.machine(2);
    cluster.network.split(
      [removed.id],
      idsOf(cluster).filter((id) => id !== removed.id),
    );
    await cluster.run(5000);
    await cluster.command(0, { kind: 'remove-machine', id: removed.id });
    await cluster.join(3, 0);
    await cluster.run(10_000);
    cluster.network.heal();
    await until(cluster, AGREE_MS, () => warningsOf(removed).includes('MACHINE_REMOVED'));
    await cluster.join(2, 3);
    await until(cluster, AGREE_MS, () => cluster.allVote(4));
    expect(warningsOf(removed)).toEqual([]);
    await expectAgreement(cluster, tick);
  });
});

describe('a machine whose inviter was removed before the others heard of the admission', () => {
  test('says that it is not known, without a document, and joins by the invitation of another', async () => {
    const cluster = await withNewcomer();
    const [inviter, newcomer] = [cluster.machine(2), cluster.machine(3)];
    const others = idsOf(cluster).slice(0, 2);
    cluster.network.split([inviter.id, newcomer.id], others);
    await cluster.run(5000);
    await cluster.command(0, { kind: 'remove-machine', id: inviter.id });
    await cluster.join(3, 2);
    inviter.losePower();
    newcomer.losePower();
    newcomer.disk.destroy(Math.floor(newcomer.wallMs()));
    cluster.network.heal();
    await newcomer.boot();
    await until(cluster, AGREE_MS, () => warningsOf(newcomer).includes('MACHINE_NOT_FOUND'));
    expect(newcomer.peer.view.phase).toBe('settling');
    await cluster.join(3, 1);
    await until(cluster, AGREE_MS, () => newcomer.peer.view.phase === 'active');
    expect(warningsOf(newcomer)).toEqual([]);
    await expectAgreement(cluster, tick);
  });

  test('is told so too where the inviter runs on, removed, and talks to nobody else', async () => {
    const cluster = await withNewcomer();
    const [inviter, newcomer] = [cluster.machine(2), cluster.machine(3)];
    cluster.network.split([inviter.id, newcomer.id], idsOf(cluster).slice(0, 2));
    await cluster.run(5000);
    await cluster.command(0, { kind: 'remove-machine', id: inviter.id });
    await cluster.join(3, 2);
    await cluster.run(20_000);
    cluster.network.heal();
    await until(cluster, AGREE_MS, () => warningsOf(inviter).includes('MACHINE_REMOVED'));
    await until(cluster, AGREE_MS, () => warningsOf(newcomer).includes('MACHINE_NOT_FOUND'));
    await cluster.join(3, 1);
    await until(cluster, AGREE_MS, () => cluster.machine(0).peer.view.machines().length === 3);
    expect(warningsOf(newcomer)).toEqual([]);
  });

  // The others may reach it before the welcome does, or after.
  test.for([1, 2, 3, 4])(
    'starts nothing more once it can ask them, and joins by the invitation of another (%i)',
    async (seed) => {
      const cluster = await withNewcomer(seed);
      const [inviter, newcomer] = [cluster.machine(2), cluster.machine(3)];
      const others = idsOf(cluster).slice(0, 2);
      cluster.network.split([inviter.id, newcomer.id], others);
      await cluster.join(3, 2);
      await cluster.run(20_000);
      expect(newcomer.peer.view.phase).toBe('active');
      inviter.losePower();
      await cluster.run(5000);
      await cluster.command(0, { kind: 'remove-machine', id: inviter.id });
      cluster.network.heal();
      await until(cluster, AGREE_MS, () => warningsOf(newcomer).includes('MACHINE_NOT_FOUND'));
      const from = cluster.time.now;
      await cluster.run(60_000);
      const invited = newcomer.peer.execute({ kind: 'invite', roles: ['executor'], expiresMs: 60_000 });
      await cluster.run(100);
      expect(await invited).toMatchObject({ ok: false, error: { code: 'MACHINE_REMOVED' } });
      const later = cluster.startsOf(tick).filter(({ atMs }) => atMs > from);
      expect(later).toHaveLength(6);
      expect(later.filter(({ machine }) => machine === newcomer.id)).toEqual([]);
      await cluster.join(3, 0);
      await until(cluster, AGREE_MS, () => cluster.machine(1).peer.view.machines().length === 3);
      await cluster.run(AGREE_MS);
      expect(warningsOf(newcomer)).toEqual([]);
      await expectAgreement(cluster, tick);
    },
  );
});

test('a machine whose inviter is away is let in by the others as soon as they hear of it', async () => {
  const cluster = await withNewcomer();
  const [inviter, newcomer] = [cluster.machine(2), cluster.machine(3)];
  cluster.network.split([inviter.id, newcomer.id], idsOf(cluster).slice(0, 2));
  await cluster.join(3, 2);
  inviter.kill();
  cluster.network.heal();
  await until(cluster, AGREE_MS, () => warningsOf(newcomer).includes('MACHINE_NOT_FOUND'));
  await inviter.boot();
  await until(cluster, AGREE_MS, () => cluster.allVote(4));
  expect(warningsOf(newcomer)).toEqual([]);
  await expectAgreement(cluster, tick);
});
