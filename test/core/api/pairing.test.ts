/** Pairing, invitations and the recovery kit as the API tells and takes them. */
import { createRouterClient } from '@orpc/server';
import { describe, expect, test } from 'vitest';
import type { ApiClient } from '../../../core/api/contract.ts';
import { createRouter } from '../../../core/api/router.ts';
import type { AskedPairingView } from '../../../core/peer/peer-view.ts';
import { recoveryWordsOf } from '../../../core/security/root-key.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';
import { createFakePeer, EPOCH, MACHINES } from '../../fakes/peer-handle.ts';

function setUp() {
  const peer = createFakePeer();
  const client: ApiClient = createRouterClient(createRouter(peer, createFakeApiHost()), { context: {} });
  return { peer, client };
}

function asked(over: Partial<AskedPairingView> = {}): AskedPairingView {
  return {
    id: MACHINES.gamma,
    fingerprint: 'AAAA-BBBB-CCCC-DDDD',
    name: 'laptop',
    labels: { room: 'attic' },
    remoteAddress: '/ip4/10.0.0.9/tcp/1',
    digits: '042917',
    confirmed: false,
    approved: false,
    askedAt: EPOCH,
    expiresAt: EPOCH + 300_000,
    ...over,
  };
}

/** What a refused call carries. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (fault: { data: unknown }) => fault.data,
  );
}

describe('machines that ask to join', () => {
  test('are listed with their digits, and with the addresses by which others can ask', async () => {
    const { peer, client } = setUp();
    peer.pairings.push(asked());
    const { asked: listed, own, addresses } = await client.pairing.list({});
    expect(listed).toEqual([
      { ...asked(), askedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T00:05:00.000Z' },
    ]);
    expect(own).toBeNull();
    expect(addresses.length).toBeGreaterThan(0);
  });

  test('are approved by name, id or fingerprint, as editors and executors unless said otherwise', async () => {
    const { peer, client } = setUp();
    peer.pairings.push(asked());
    for (const machine of ['LAPTOP', MACHINES.gamma, 'aaaa-bbbb-cccc-dddd', MACHINES.gamma.slice(0, 14)]) {
      expect(await client.pairing.approve({ machine })).toEqual({
        id: MACHINES.gamma,
        name: 'laptop',
        state: 'approved',
      });
    }
    const roles = ['editor', 'executor'];
    expect(peer.commands.at(-1)).toEqual({ kind: 'approve-pairing', id: MACHINES.gamma, roles });
    await client.pairing.approve({ machine: 'laptop', roles: ['viewer'], labels: { a: 'b' } });
    expect(peer.commands.at(-1)).toMatchObject({ roles: ['viewer'], labels: { a: 'b' } });
    await client.pairing.refuse({ machine: 'laptop' });
    expect(peer.commands.at(-1)).toEqual({ kind: 'refuse-pairing', id: MACHINES.gamma });
  });

  test('are all refused at once, and may ask anew', async () => {
    const { peer, client } = setUp();
    peer.pairings.push(asked(), asked({ id: MACHINES.beta }));
    expect(await client.pairing.clear({})).toEqual({ ended: 2 });
    expect(peer.commands.at(-1)).toEqual({ kind: 'clear-pairings' });
    expect((await client.pairing.list({})).asked).toEqual([]);
  });

  test('are not decided on when none, or several, are meant', async () => {
    const { peer, client } = setUp();
    expect(await refusal(client.pairing.approve({ machine: 'laptop' }))).toMatchObject({ code: 'PAIRING_NOT_FOUND' });
    peer.pairings.push(asked(), asked({ id: MACHINES.beta }));
    const error = await refusal(client.pairing.refuse({ machine: 'laptop' }));
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'machine',
      message: expect.stringContaining(MACHINES.beta),
    });
  });
});

describe('the machine that asks', () => {
  test('tells how far it has come, and why it came to nothing', async () => {
    const { peer, client } = setUp();
    const cluster = { id: 'abcdefghijklmnopqrst' as never, name: 'home' };
    const waiting = { asked: MACHINES.beta, state: 'waiting', confirmed: false, expiresAt: EPOCH, cluster } as const;
    peer.ownPairing = { ...waiting, name: 'nas', digits: '000001', failure: undefined };
    expect((await client.pairing.list({})).own).toMatchObject({ state: 'waiting', digits: '000001', failure: null });
    const failure = { code: 'PAIRING_REFUSED', message: 'a person has refused it there' } as const;
    peer.ownPairing = { ...waiting, state: 'ended', name: undefined, digits: undefined, failure };
    expect((await client.pairing.list({})).own).toMatchObject({
      name: null,
      digits: null,
      failure: { ...failure, advice: expect.stringContaining('carillon pair') },
    });
    const forgotten = { code: 'PAIRING_NOT_FOUND', message: 'the other machine has forgotten the pairing' } as const;
    peer.ownPairing = { ...waiting, state: 'ended', name: undefined, digits: undefined, failure: forgotten };
    expect((await client.pairing.list({})).own?.failure?.advice).toBe('Ask again: `carillon pair MACHINE`.');
  });

  test('finds machines nearby, also those that do not answer', async () => {
    const { peer, client } = setUp();
    const silent = { id: MACHINES.gamma, fingerprint: 'X', addresses: [], name: undefined, cluster: undefined };
    peer.nearby.push({ ...silent, admits: false });
    expect((await client.pairing.nearby({})).machines).toEqual([
      { id: MACHINES.gamma, fingerprint: 'X', name: null, cluster: null, admits: false, addresses: [] },
    ]);
    expect(await refusal(client.pairing.ask({ to: 'nobody' }))).toMatchObject({ code: 'MACHINE_NOT_FOUND' });
    expect(await refusal(client.pairing.confirm({ same: true }))).toMatchObject({ code: 'PAIRING_NOT_FOUND' });
  });
});

describe('invitations', () => {
  test('are listed with whom they have let in, by name where it is known', async () => {
    const { peer, client } = setUp();
    const bare = { roles: ['executor'], labels: {}, createdAt: EPOCH, expiresAt: EPOCH + 1000 } as const;
    peer.invitations.push(
      { ...bare, id: 'abcdef01', state: 'used', usedBy: MACHINES.beta },
      { ...bare, id: 'abcdef02', state: 'open', usedBy: undefined },
    );
    const { invitations } = await client.cluster.invitations({});
    expect(invitations).toMatchObject([
      { id: 'abcdef01', usedBy: MACHINES.beta, usedByName: 'beta', expiresAt: '2026-01-01T00:00:01.000Z' },
      { id: 'abcdef02', usedBy: null, usedByName: null },
    ]);
    expect(await refusal(client.cluster.cancelInvitation({ id: 'abcdef03' }))).toMatchObject({
      code: 'INVITATION_NOT_FOUND',
    });
    await client.cluster.invite({ labels: { room: 'attic' } });
    expect(peer.commands.at(-1)).toMatchObject({ kind: 'invite', labels: { room: 'attic' } });
  });
});

describe('the recovery kit', () => {
  test('is shown, forgotten and used', async () => {
    const { peer, client } = setUp();
    const { words } = await client.recovery.kit({});
    expect(words).toHaveLength(24);
    expect(await client.recovery.forget({})).toEqual({ forgotten: true });
    expect(peer.commands.at(-1)).toEqual({ kind: 'recovery-kit', forget: true });
    expect(await client.recovery.recover({ words: words.join(' ') })).toEqual({ id: MACHINES.alpha });
    const wrong = recoveryWordsOf(new Uint8Array(32)).with(3, 'nonsense').join(' ');
    expect(await refusal(client.recovery.recover({ words: wrong }))).toMatchObject({
      code: 'RECOVERY_WORDS_INVALID',
      message: expect.stringContaining('word 4 ("nonsense")'),
    });
  });
});
