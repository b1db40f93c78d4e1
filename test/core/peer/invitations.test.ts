/** Invitations of simulated machines: one machine each, for a while, until they are taken back. */
import { beforeEach, describe, expect, test } from 'vitest';
import { LIMITS, TIMES } from '../../../core/config/constants.ts';
import type { Role } from '../../../core/domain/machine.ts';
import type { JoinRequestOf } from '../../../core/protocol/messages.ts';
import { encodeInvitation, parseInvitation } from '../../../core/security/invitation.ts';
import { simTask } from '../../simulator/sim-cluster.ts';
import { PairingBed } from './pairing-bed.ts';

const ADMIN = 0;
const NEW = 2;
const THIRD = 3;
const roles: readonly Role[] = ['executor'];
let bed: PairingBed;

beforeEach(async () => {
  bed = await PairingBed.form();
});

const invite = (over: { labels?: Record<string, string>; expiresMs?: number } = {}) =>
  bed.cluster.command(ADMIN, { kind: 'invite', roles, expiresMs: 600_000, ...over });
const list = async () => (await bed.cluster.command(ADMIN, { kind: 'list-invitations' })).invitations;
const joinCode = (index: number, token: string) => bed.codeOf(index, { kind: 'join', token });

/** What shows a token raw, as a program of one's own would. */
function requestOf(token: string): JoinRequestOf<'join-request'> {
  const parsed = parseInvitation(token);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return { type: 'join-request', secret: parsed.value.secret, name: 'raw', labels: {}, addresses: [] };
}
const wrong = (number: number): JoinRequestOf<'join-request'> => ({
  type: 'join-request',
  secret: new Uint8Array(32).fill(number),
  name: 'guesser',
  labels: {},
  addresses: [],
});

describe('an invitation', () => {
  test('gives roles and labels, and shows whom it has let in', async () => {
    const { id, token } = await invite({ labels: { room: 'attic' } });
    expect(await list()).toMatchObject([{ id, state: 'open', roles, labels: { room: 'attic' } }]);
    expect(await joinCode(NEW, token)).toBeUndefined();
    const entry = bed.cluster
      .machine(ADMIN)
      .peer.view.machines()
      .find((machine) => machine.entry.name === 'm2')?.entry;
    expect(entry).toMatchObject({ roles, labels: { room: 'attic', name: 'm2', rack: 'left' } });
    expect(await list()).toMatchObject([{ id, state: 'used', usedBy: bed.cluster.machine(NEW).id }]);
  });

  test('that two machines race for lets in one, and tells the other why', async () => {
    const { token } = await invite();
    const outcomes = [NEW, THIRD].map((index) =>
      bed.cluster.machine(index).peer.execute<'join'>({ kind: 'join', token }),
    );
    await bed.cluster.run(5000);
    const results = await Promise.all(outcomes);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const [lost] = results.flatMap((result) => (result.ok ? [] : [result.error]));
    expect(lost).toMatchObject({ code: 'TOKEN_USED', message: expect.stringContaining('another machine') });
    expect(bed.names(ADMIN)).toHaveLength(3);
  });

  test('that was taken back lets nobody in, and says so', async () => {
    const { id, token } = await invite();
    await bed.cluster.command(ADMIN, { kind: 'cancel-invitation', id });
    expect(await list()).toMatchObject([{ id, state: 'cancelled' }]);
    expect(await joinCode(NEW, token)).toBe('TOKEN_CANCELLED');
    expect(bed.names(ADMIN)).toEqual(['m0', 'm1']);
  });

  test('that was taken back stays so over a restart', async () => {
    const { id, token } = await invite();
    await bed.cluster.command(ADMIN, { kind: 'cancel-invitation', id });
    bed.cluster.machine(ADMIN).kill();
    await bed.cluster.machine(ADMIN).boot();
    await bed.cluster.run(10_000);
    expect(await joinCode(NEW, token)).toBe('TOKEN_CANCELLED');
  });

  test('cannot be taken back once it was used, nor when there is none', async () => {
    const { id, token } = await invite();
    await joinCode(NEW, token);
    expect(await bed.codeOf(ADMIN, { kind: 'cancel-invitation', id })).toBe('TOKEN_USED');
    expect(await bed.codeOf(ADMIN, { kind: 'cancel-invitation', id: '00000000' })).toBe('INVITATION_NOT_FOUND');
    expect(await bed.codeOf(ADMIN, { kind: 'cancel-invitation', id: id.slice(0, 3) })).toBe('INVITATION_NOT_FOUND');
  });

  test('does not let a machine in again that was removed after it had used it', async () => {
    const { token } = await invite();
    await joinCode(NEW, token);
    const { id } = bed.cluster.machine(NEW);
    await bed.cluster.command(ADMIN, { kind: 'remove-machine', id });
    await bed.cluster.run(5000);
    expect(await joinCode(NEW, token)).toBe('MACHINE_REMOVED');
    const again = await invite();
    expect(await joinCode(NEW, again.token)).toBeUndefined();
    await bed.cluster.run(5000);
    expect(bed.names(1)).toEqual(['m0', 'm1', 'm2']);
  });

  test('of a machine that was removed lets it write again: it begins anew where its old writing is void', async () => {
    const editors = { kind: 'invite', roles: ['editor', 'executor'], expiresMs: 600_000 } as const;
    await joinCode(NEW, (await bed.cluster.command(ADMIN, editors)).token);
    await bed.cluster.run(10_000);
    await bed.cluster.put(NEW, simTask('before', undefined));
    await bed.cluster.run(2000);
    await bed.cluster.command(ADMIN, { kind: 'remove-machine', id: bed.cluster.machine(NEW).id });
    await bed.cluster.run(5000);
    await joinCode(NEW, (await bed.cluster.command(ADMIN, editors)).token);
    await bed.cluster.run(10_000);
    await bed.cluster.put(NEW, simTask('after', undefined));
    await bed.cluster.run(2000);
    for (const seenBy of [ADMIN, 1, NEW]) {
      const tasks = bed.cluster.machine(seenBy).peer.view.tasks();
      expect(tasks.map(({ id }) => id).sort()).toEqual(['after', 'before']);
    }
  });

  test('expires', async () => {
    const { token } = await invite({ expiresMs: 10_000 });
    const request = requestOf(token);
    const stranger = await bed.stranger(90);
    await bed.cluster.run(11_000);
    expect(await stranger.say(ADMIN, request)).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(await joinCode(NEW, token)).toBe('TOKEN_EXPIRED');
    expect(await list()).toEqual([]);
  });

  test('finds room as long as not all are open', async () => {
    for (let count = 0; count < LIMITS.invitations; count += 1) await invite();
    expect(await bed.codeOf(ADMIN, { kind: 'invite', roles, expiresMs: 600_000 })).toBe('LIMIT_EXCEEDED');
    const [first] = await list();
    await bed.cluster.command(ADMIN, { kind: 'cancel-invitation', id: first?.id ?? '' });
    await invite();
    expect(await list()).toHaveLength(LIMITS.invitations);
  });
});

describe('wrong invitations', () => {
  test('are refused, and after a few the machine that shows them is not heard, not even with a good one', async () => {
    const { token } = await invite();
    const guesser = await bed.stranger(90);
    for (let count = 1; count <= LIMITS.wrongTokensPerStranger; count += 1) {
      expect(await guesser.say(ADMIN, wrong(count))).toMatchObject({ code: 'TOKEN_INVALID' });
    }
    expect(await guesser.say(ADMIN, wrong(99))).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
    expect(await guesser.say(ADMIN, requestOf(token))).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
    expect(await joinCode(NEW, token)).toBeUndefined();
    await bed.cluster.run(TIMES.attemptsMs);
    expect(await guesser.say(ADMIN, wrong(98))).toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test('of ever new machines are told nothing after a while, remember no more than a few, and lock nobody out', async () => {
    const { token } = await invite();
    const codes = new Set<string>();
    for (let number = 0; number < LIMITS.wrongTokens + 5; number += 1) {
      const guesser = await bed.stranger(50 + number);
      const answer = await guesser.say(ADMIN, wrong(number + 1));
      if (answer.type === 'refused') codes.add(answer.code);
    }
    expect(codes).toEqual(new Set(['TOKEN_INVALID', 'TOO_MANY_ATTEMPTS']));
    expect(bed.cluster.machine(ADMIN).peer.sizes().strangerTries).toBe(LIMITS.wrongTokens);
    expect(await joinCode(NEW, token)).toBeUndefined();
  });
});

test('a welcome to another cluster than the one of the invitation is refused', async () => {
  const { token } = await invite();
  const parsed = parseInvitation(token);

  if (!parsed.ok) throw new Error(parsed.error.message);
  const trap = await bed.stranger(90, () => ({
    type: 'welcome',
    clusterId: 'zzzzzzzzzzzzzzzzzzzz' as never,
    clusterName: 'trap',
    members: [],
  }));
  const bent = encodeInvitation({ ...parsed.value, inviter: trap.id, addresses: [trap.address] });
  expect(await joinCode(NEW, bent)).toBe('TOKEN_INVALID');
  expect(bed.cluster.machine(NEW).peer.view.phase).toBe('no-cluster');
});
