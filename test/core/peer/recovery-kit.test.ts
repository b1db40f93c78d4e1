/** The recovery kit: where it is kept, until when, and what its words do. */
import { beforeEach, describe, expect, test } from 'vitest';
import { recoveryWordsOf } from '../../../core/security/root-key.ts';
import { SimCluster } from '../../simulator/sim-cluster.ts';

let cluster: SimCluster;

/** The roles of a machine, as another one sees them. */
function rolesOf(index: number, seenBy: number): readonly string[] {
  const { id } = cluster.machine(index);
  const view = cluster.machine(seenBy).peer.view.machines();
  return view.find(({ entry }) => entry.id === id)?.entry.roles ?? [];
}

async function refusalOf(outcome: Promise<{ ok: boolean; error?: { code: string; message: string } }>) {
  await cluster.run(200);
  return (await outcome).error;
}

beforeEach(async () => {
  cluster = new SimCluster({ machines: 3, founders: 1 });
  await cluster.form();
  for (const index of [1, 2]) {
    const { token } = await cluster.command(0, { kind: 'invite', roles: ['viewer'], expiresMs: 60_000 });
    await cluster.command(index, { kind: 'join', token });
  }
  await cluster.run(10_000);
});

describe('the recovery kit', () => {
  test('is on the machine that created the cluster, also after a restart, until it is told to forget it', async () => {
    const { words } = await cluster.command(0, { kind: 'recovery-kit', forget: false });
    expect(words).toHaveLength(24);
    cluster.machine(0).kill();
    await cluster.machine(0).boot();
    await cluster.run(10_000);
    expect((await cluster.command(0, { kind: 'recovery-kit', forget: false })).words).toEqual(words);
    await cluster.command(0, { kind: 'recovery-kit', forget: true });
    for (const restart of [false, true]) {
      if (restart) {
        cluster.machine(0).kill();
        await cluster.machine(0).boot();
        await cluster.run(10_000);
      }
      const gone = cluster.machine(0).peer.execute<'recovery-kit'>({ kind: 'recovery-kit', forget: false });
      expect(await refusalOf(gone)).toMatchObject({ code: 'RECOVERY_KIT_GONE' });
    }
  });

  test('is on no other machine', async () => {
    const asked = cluster.machine(1).peer.execute<'recovery-kit'>({ kind: 'recovery-kit', forget: false });
    expect(await refusalOf(asked)).toMatchObject({ code: 'RECOVERY_KIT_GONE' });
  });

  test('makes a viewer an admin when every admin is lost, and the others believe it', async () => {
    const { words } = await cluster.command(0, { kind: 'recovery-kit', forget: false });
    cluster.machine(0).losePower();
    await cluster.run(5000);
    await cluster.command(1, { kind: 'recover', words: words.join('\n') });
    await cluster.run(2000);
    expect(rolesOf(1, 1)).toEqual(['admin', 'viewer']);
    expect(rolesOf(1, 2)).toEqual(['admin', 'viewer']);
    await cluster.command(1, { kind: 'rename-machine', id: cluster.machine(2).id, name: 'renamed' });
    await cluster.run(2000);
    expect(
      cluster
        .machine(2)
        .peer.view.machines()
        .map(({ entry }) => entry.name),
    ).toContain('renamed');
  });

  test('of another cluster is refused, and so are wrong words', async () => {
    const other = recoveryWordsOf(new Uint8Array(32)).join(' ');
    const foreign = await refusalOf(cluster.machine(1).peer.execute<'recover'>({ kind: 'recover', words: other }));
    expect(foreign).toMatchObject({ code: 'RECOVERY_WORDS_INVALID' });
    expect(foreign?.message).toContain('another cluster than "lab"');
    const wrong = await refusalOf(cluster.machine(1).peer.execute<'recover'>({ kind: 'recover', words: 'zoo zoo' }));
    expect(wrong).toMatchObject({ code: 'RECOVERY_WORDS_INVALID' });
    expect(rolesOf(1, 2)).toEqual(['viewer']);
  });
});
