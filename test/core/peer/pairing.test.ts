/** Pairing of simulated machines: who is let in, when, and who is not. */
import { beforeEach, describe, expect, test } from 'vitest';
import { LIMITS, TIMES } from '../../../core/config/constants.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { Role } from '../../../core/domain/machine.ts';
import type { JoinAnswer, JoinRequest } from '../../../core/protocol/messages.ts';
import { commitmentOf } from '../../../core/security/pairing.ts';
import { PairingBed, type Stranger } from './pairing-bed.ts';

const ADMIN = 0;
const OTHER = 1;
const NEW = 2;
const roles: readonly Role[] = ['editor', 'executor'];
const nonce = new Uint8Array(32).fill(5);
const introduction = { name: 'stranger', labels: {}, addresses: [] };
let bed: PairingBed;

beforeEach(async () => {
  bed = await PairingBed.form();
});

const idOf = (index: number) => bed.cluster.machine(index).id;
const approve = (over: { labels?: Record<string, string> } = {}) =>
  bed.cluster.command(ADMIN, { kind: 'approve-pairing', id: idOf(NEW), roles, ...over });
const confirm = (same = true) => bed.cluster.command(NEW, { kind: 'confirm-pairing', same });

async function expectMember(): Promise<void> {
  await bed.cluster.run(10_000);
  expect(bed.own(NEW)?.state).toBe('joined');
  for (const seenBy of [ADMIN, OTHER, NEW]) expect(bed.names(seenBy)).toEqual(['m0', 'm1', 'm2']);
  expect(bed.shown(ADMIN)).toEqual([]);
  const entry = bed.cluster
    .machine(OTHER)
    .peer.view.machines()
    .find((machine) => machine.entry.id === idOf(NEW))?.entry;
  expect(entry).toMatchObject({ roles, addedBy: idOf(ADMIN), removed: false });
}

async function expectNobodyIn(): Promise<void> {
  await bed.cluster.run(2 * TIMES.pairingMs);
  expect(bed.names(ADMIN)).toEqual(['m0', 'm1']);
  expect(bed.cluster.machine(NEW).peer.view.phase).toBe('no-cluster');
  expect(bed.cluster.machine(ADMIN).peer.sizes().pairings).toBe(0);
}

describe('pairing', () => {
  test('shows the same six digits on both sides, and writes nothing yet', async () => {
    const digest = bed.cluster.machine(ADMIN).peer.view.documentDigest;
    const value = await bed.ask(NEW, ADMIN);
    expect(value.digits).toMatch(/^\d{6}$/);
    expect(value).toMatchObject({ id: idOf(ADMIN), name: 'm0', cluster: { name: 'lab' } });
    expect(bed.shown(ADMIN)).toMatchObject([{ id: idOf(NEW), name: 'm2', digits: value.digits, confirmed: false }]);
    expect(bed.own(NEW)).toMatchObject({ state: 'waiting', digits: value.digits });
    await bed.cluster.run(60_000);
    expect(bed.cluster.machine(ADMIN).peer.view.documentDigest).toBe(digest);
    expect(bed.own(NEW)).toMatchObject({ state: 'waiting' });
  });

  test('asks under the name that a person chose for the machine, and enters under it', async () => {
    await bed.cluster.command(NEW, { kind: 'pair', to: bed.addressOf(ADMIN), machineName: 'workbench' });
    // It is called so by the cluster: whoever is refused keeps the name that it was started with.
    expect(bed.cluster.machine(NEW).peer.view.selfName).toBe('m2');
    expect(bed.shown(ADMIN)).toMatchObject([{ id: idOf(NEW), name: 'workbench' }]);
    await confirm();
    await approve();
    await bed.cluster.run(10_000);
    expect(bed.cluster.machine(NEW).peer.view.selfName).toBe('workbench');
    for (const seenBy of [ADMIN, NEW]) expect(bed.names(seenBy)).toContain('workbench');
  });

  test('lets a machine in when both people agree, the one at the new machine first', async () => {
    await bed.ask(NEW, ADMIN);
    await confirm();
    expect(bed.shown(ADMIN)).toMatchObject([{ confirmed: true, approved: false }]);
    expect(await approve()).toMatchObject({ state: 'admitted' });
    await expectMember();
  });

  test('lets a machine in when both people agree, the one at the admin first', async () => {
    await bed.ask(NEW, ADMIN);
    expect(await approve({ labels: { room: 'attic' } })).toMatchObject({ state: 'approved' });
    await bed.cluster.run(20_000);
    expect(bed.names(ADMIN)).toEqual(['m0', 'm1']);
    await confirm();
    await expectMember();
    const entry = bed.cluster
      .machine(ADMIN)
      .peer.view.machines()
      .find((machine) => machine.entry.id === idOf(NEW))?.entry;
    expect(entry?.labels).toEqual({ room: 'attic' });
  });

  test('comes to a decision within a second of it, however long it took', async () => {
    await bed.ask(NEW, ADMIN);
    await confirm();
    await bed.cluster.run(TIMES.pairingMs / 2);
    await approve();
    await bed.cluster.run(1000);
    expect(bed.own(NEW)?.state).toBe('joined');
    // Its sealing key was told when it asked: secrets can be sealed to it from the first.
    const known = bed.cluster.machine(ADMIN).peer.view.machines();
    expect(known.find(({ entry }) => entry.name === 'm2')?.entry.sealingKey).toHaveLength(43);
  });

  test('goes on when the two could not reach each other for a while', async () => {
    await bed.ask(NEW, ADMIN);
    await confirm();
    bed.cluster.network.cut(idOf(NEW), idOf(ADMIN));
    await bed.cluster.run(30_000);
    bed.cluster.network.heal();
    await bed.cluster.run(15_000);
    await approve();
    await expectMember();
  });
});

describe('a pairing comes to nothing', () => {
  test('when it is refused', async () => {
    await bed.ask(NEW, ADMIN);
    await confirm();
    await bed.cluster.command(ADMIN, { kind: 'refuse-pairing', id: idOf(NEW) });
    await bed.cluster.run(1000);
    expect(bed.own(NEW)).toMatchObject({ state: 'ended', failure: { code: 'PAIRING_REFUSED' } });
    expect(await bed.codeOf(ADMIN, { kind: 'approve-pairing', id: idOf(NEW), roles })).toBe('PAIRING_NOT_FOUND');
    await expectNobodyIn();
  });

  test('when the person at the new machine sees other digits, though it was approved', async () => {
    await bed.ask(NEW, ADMIN);
    await approve();
    await confirm(false);
    await bed.cluster.run(1000);
    expect(bed.own(NEW)).toMatchObject({ state: 'ended', failure: { code: 'PAIRING_MISMATCH' } });
    expect(bed.shown(ADMIN)).toEqual([]);
    await expectNobodyIn();
  });

  test('when it is given up', async () => {
    await bed.ask(NEW, ADMIN);
    await bed.cluster.command(NEW, { kind: 'cancel-pairing' });
    await bed.cluster.run(1000);
    expect(bed.shown(ADMIN)).toEqual([]);
    expect(await bed.codeOf(NEW, { kind: 'confirm-pairing', same: true })).toBe('PAIRING_CANCELLED');
    await expectNobodyIn();
  });

  test('when nobody approves it in time', async () => {
    await bed.ask(NEW, ADMIN);
    await confirm();
    await bed.cluster.run(TIMES.pairingMs + 10_000);
    expect(bed.own(NEW)).toMatchObject({ state: 'ended', failure: { code: 'PAIRING_EXPIRED' } });
    expect(bed.shown(ADMIN)).toEqual([]);
    await expectNobodyIn();
  });

  test('when the machine that was asked forgets it in a restart', async () => {
    await bed.ask(NEW, ADMIN);
    bed.cluster.machine(ADMIN).kill();
    await bed.cluster.machine(ADMIN).boot();
    await bed.cluster.run(20_000);
    const message = expect.stringContaining('has forgotten the pairing') as string;
    expect(bed.own(NEW)).toMatchObject({ state: 'ended', failure: { code: 'PAIRING_NOT_FOUND', message } });
    await expectNobodyIn();
  });
});

describe('a machine that is no admin', () => {
  test('cannot be asked, and says whom to ask', async () => {
    await bed.cluster.command(ADMIN, { kind: 'set-roles', id: idOf(OTHER), roles: ['editor', 'executor'] });
    await bed.cluster.run(2000);
    const stranger = await bed.stranger(99);
    const answer = await bed
      .stranger(98)
      .then(() => stranger.say(OTHER, { type: 'pair-ask', commitment: nonce, ...introduction }));
    expect(answer).toMatchObject({ type: 'refused', code: 'NOT_AUTHORIZED', message: expect.stringContaining('"m0"') });
    expect(await stranger.say(OTHER, { type: 'join-hello' })).toMatchObject({ name: 'm1', admits: false });
    expect(await stranger.say(ADMIN, { type: 'join-hello' })).toMatchObject({
      name: 'm0',
      admits: true,
      cluster: { name: 'lab' },
    });
  });
});

describe('a machine that only seems to be of the cluster', () => {
  const clusterId = 'abcdefghijklmnopqrst' as never;
  const welcome: JoinAnswer = { type: 'welcome', clusterId, clusterName: 'trap', members: [] };

  /** What it says until the digits are shown, as an honest one would; undefined later. */
  function early(asker: number, request: JoinRequest, self: () => MachineId): JoinAnswer | undefined {
    if (request.type === 'pair-reveal') return { type: 'pair-nonce', nonce };
    if (request.type !== 'pair-ask') return undefined;
    const commitment = commitmentOf({ asker: idOf(asker), asked: self() }, nonce, 'asked');
    return { type: 'pair-bound', commitment, clusterId, clusterName: 'trap', name: 'm0' };
  }

  test('cannot tell another nonce than it was bound to, once it knows which it would need', async () => {
    const liar: Stranger = await bed.stranger(99, (request) => {
      if (request.type === 'pair-reveal') return { type: 'pair-nonce', nonce: new Uint8Array(32).fill(9) };
      return early(NEW, request, () => liar.id) ?? { type: 'pair-pending' };
    });
    expect(await bed.codeOf(NEW, { kind: 'pair', to: liar.address })).toBe('PAIRING_MISMATCH');
    expect(bed.own(NEW)).toMatchObject({ state: 'ended', digits: undefined });
  });

  test('cannot take a machine in before its person has compared the digits', async () => {
    const trap: Stranger = await bed.stranger(99, (request) => {
      return early(NEW, request, () => trap.id) ?? welcome;
    });
    await bed.cluster.command(NEW, { kind: 'pair', to: trap.address });
    await bed.cluster.run(5000);
    expect(bed.own(NEW)).toMatchObject({ state: 'ended', failure: { code: 'PAIRING_MISMATCH' } });
    await expectNobodyIn();
  });

  test('cannot let it in without showing digits, nor into another cluster than it said', async () => {
    const hasty = await bed.stranger(99, () => welcome);
    expect(await bed.codeOf(NEW, { kind: 'pair', to: hasty.address })).toBe('PAIRING_MISMATCH');
    const other: Stranger = await bed.stranger(98, (request) => {
      if (request.type === 'pair-wait' && request.confirmed)
        return { ...welcome, clusterId: 'zzzzzzzzzzzzzzzzzzzz' as never };
      return early(NEW, request, () => other.id) ?? { type: 'pair-pending' };
    });
    await bed.cluster.command(NEW, { kind: 'pair', to: other.address });
    await confirm();
    await bed.cluster.run(5000);
    expect(bed.own(NEW)).toMatchObject({ state: 'ended', failure: { code: 'PAIRING_MISMATCH' } });
    await expectNobodyIn();
  });

  test('that says at once what it could keep for a while is not asked again and again', async () => {
    let asked = 0;
    const eager: Stranger = await bed.stranger(99, (request) => {
      asked += 1;
      return early(NEW, request, () => eager.id) ?? { type: 'pair-pending' };
    });
    await bed.cluster.command(NEW, { kind: 'pair', to: eager.address });
    await bed.cluster.run(60_000);
    expect(asked).toBeLessThan(70);
  });

  test('shows other digits than the machine that a man in the middle asks in turn', async () => {
    const [back, forth] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)];
    const { id } = bed.cluster.machine(ADMIN).peer.view.cluster ?? { id: clusterId };
    const middle: Stranger = await bed.stranger(99, (request) => {
      if (request.type === 'pair-reveal') return { type: 'pair-nonce', nonce: back };
      if (request.type !== 'pair-ask') return { type: 'pair-pending' };
      const commitment = commitmentOf({ asker: idOf(NEW), asked: middle.id }, back, 'asked');
      return { type: 'pair-bound', commitment, clusterId: id, clusterName: 'lab', name: 'm0' };
    });
    const there = await bed.cluster.command(NEW, { kind: 'pair', to: middle.address });
    const sides = { asker: middle.id, asked: idOf(ADMIN) };
    await middle.say(ADMIN, {
      type: 'pair-ask',
      commitment: commitmentOf(sides, forth, 'asker'),
      ...introduction,
      name: 'm2',
    });
    await middle.say(ADMIN, { type: 'pair-reveal', nonce: forth });
    expect(bed.shown(ADMIN)[0]?.name).toBe('m2');
    expect(bed.shown(ADMIN)[0]?.digits).not.toBe(there.digits);
  });
});

describe('machines nearby', () => {
  test('are found by name, id and the name of their cluster, and say who they are', async () => {
    const { peer } = bed.cluster.machine(NEW);
    for (const index of [ADMIN, OTHER, 3]) {
      peer.enqueue({ type: 'discovered', machine: idOf(index), addresses: [bed.addressOf(index)] });
    }
    const { machines } = await bed.cluster.command(NEW, { kind: 'list-nearby' });
    expect(machines.map(({ name, cluster, admits }) => [name, cluster?.name, admits])).toEqual([
      ['m0', 'lab', true],
      ['m1', 'lab', true],
      ['m3', undefined, false],
    ]);
    expect(await bed.cluster.command(NEW, { kind: 'pair', to: 'M1' })).toMatchObject({ name: 'm1' });
    expect(await bed.cluster.command(NEW, { kind: 'pair', to: idOf(ADMIN) })).toMatchObject({ name: 'm0' });
    expect(await bed.cluster.command(NEW, { kind: 'pair', to: 'lab' })).toMatchObject({ cluster: { name: 'lab' } });
    expect(await bed.codeOf(NEW, { kind: 'pair', to: 'nobody' })).toBe('MACHINE_NOT_FOUND');
    expect(await bed.codeOf(NEW, { kind: 'pair', to: 'm3' })).toBe('NO_CLUSTER');
    expect(await bed.codeOf(NEW, { kind: 'pair', to: '/ip4/10.0.0.1/tcp/1' })).toBe('INVALID_INPUT');
  });

  test('are few, and those that do not answer hold nobody up', async () => {
    const { peer } = bed.cluster.machine(NEW);
    for (let number = 0; number < LIMITS.nearbyMachines + 10; number += 1) {
      const { id } = await bed.stranger(number + 30);
      peer.enqueue({ type: 'discovered', machine: id, addresses: [`/dns4/${id}.lan/tcp/4100`] });
      bed.cluster.network.darken(id);
    }
    const asked = peer.execute<'list-nearby'>({ kind: 'list-nearby' });
    await bed.cluster.run(TIMES.dialTimeoutMs + 500);
    const outcome = await asked;
    expect(outcome.ok && outcome.value.machines).toHaveLength(LIMITS.nearbyMachines);
    expect(peer.sizes().nearby).toBe(LIMITS.nearbyMachines);
  });
});
