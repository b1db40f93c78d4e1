/** The commands by which machines come into a cluster, as they speak to people and to programs. */
import { describe, expect, test } from 'vitest';
import { recoveryWordsOf } from '../../core/security/root-key.ts';
import { EPOCH, MACHINES } from '../fakes/peer-handle.ts';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();
const words = recoveryWordsOf(new Uint8Array(32));

describe('invite', () => {
  test('says how to use the token, and how to take it back', async () => {
    const ended = await bed.carillon(['invite', '--role', 'viewer', '--label', 'room=attic', 'disk=ssd']);
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('carillon invite --cancel abcdef01') });
    expect(bed.console.peer.commands.at(-1)).toMatchObject({
      roles: ['viewer'],
      labels: { room: 'attic', disk: 'ssd' },
    });
  });

  test('lists, and refuses mixes and malformed labels', async () => {
    expect(await bed.carillon(['invite', '--list'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('no invitations'),
    });
    expect(await bed.carillon(['invite', '--list', '--role', 'viewer'])).toMatchObject({ code: 2 });
    expect(await bed.carillon(['invite', '--label', 'attic'])).toMatchObject({
      code: 2,
      error: expect.stringContaining('"attic" is not key=value'),
    });
    expect(await bed.carillon(['invite', '--cancel', '00000000'])).toMatchObject({
      code: 3,
      error: expect.stringContaining('INVITATION_NOT_FOUND'),
    });
  });
});

describe('pairing', () => {
  test('shows digits to compare, and nothing that a terminal would take for its own', async () => {
    bed.console.peer.pairings.push({
      id: MACHINES.gamma,
      fingerprint: 'AAAA-BBBB-CCCC-DDDD',
      name: 'laptop\u0007',
      labels: { room: 'attic' },
      remoteAddress: '/ip4/10.0.0.9/tcp/1',
      digits: '042917',
      confirmed: true,
      approved: false,
      askedAt: EPOCH,
      expiresAt: EPOCH + 300_000,
    });
    const { out } = await bed.carillon(['pairing', 'list']);
    expect(out).toContain('042 917');
    expect(out).toContain('confirmed there');
    expect(out).toContain('room=attic');
    expect(out).not.toContain('\u0007');
    bed.console.peer.pairings.pop();
    expect((await bed.carillon(['pairing', 'list'])).out).toContain('carillon pair /ip4/127.0.0.1/tcp/4001');
  });

  test('says what is missing, and that nobody asks', async () => {
    expect(await bed.carillon(['pair'])).toMatchObject({ code: 2, error: expect.stringContaining('carillon nearby') });
    expect(await bed.carillon(['pair', 'nobody'])).toMatchObject({
      code: 3,
      error: expect.stringContaining('MACHINE_NOT_FOUND'),
    });
    expect(await bed.carillon(['pair', '--cancel'])).toMatchObject({ code: 3 });
    expect(await bed.carillon(['pairing', 'approve', 'nobody'])).toMatchObject({
      code: 3,
      error: expect.stringContaining('PAIRING_NOT_FOUND'),
    });
    expect(await bed.json('nearby')).toEqual({ machines: [] });
  });
});

describe('the recovery kit', () => {
  test('is printed with numbers and a warning', async () => {
    const { out } = await bed.carillon(['recovery-kit']);
    expect(out).toContain(' 1 abandon');
    expect(out).toContain('24 art');
    expect(out).toContain('carillon recovery-kit --forget');
    expect((await bed.carillon(['recovery-kit', '--forget'])).out).toContain('is deleted from this machine');
  });

  test('is read from standard input as it was printed, and never from arguments', async () => {
    const printed = (await bed.carillon(['recovery-kit'])).out.split('\n\n')[0] ?? '';
    expect(await bed.carillon(['recover'], { input: `${printed}\n` })).toMatchObject({
      code: 0,
      out: expect.stringContaining('is an admin'),
    });
    expect(await bed.carillon(['recover', ...words])).toMatchObject({ code: 2 });
    expect(await bed.carillon(['recover'], { input: '' })).toMatchObject({ code: 2 });
    const wrong = words.with(6, 'abandn').join(' ');
    expect(await bed.carillon(['recover'], { input: wrong })).toMatchObject({
      code: 2,
      error: expect.stringContaining('word 7 ("abandn") is not in the list; perhaps "abandon"'),
    });
  });
});

describe('join', () => {
  test('reads the token from standard input, where nobody sees it', async () => {
    bed.console.peer.cluster = undefined;
    expect(await bed.carillon(['join', '-'], { input: 'carillon1abc\n' })).toMatchObject({ code: 0 });
    expect(bed.console.peer.commands.at(-1)).toEqual({ kind: 'join', token: 'carillon1abc' });
    expect(await bed.carillon(['join', '-'], { input: '\n' })).toMatchObject({ code: 2 });
  });
});
