/** What names and admits machines: ids, key files, invitations. Damaged ones are refused by name, and never taken for others. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadOrCreateKey } from '../../../core/adapters/keys/key-file.ts';
import { clusterIdOf, type MachineId } from '../../../core/domain/ids.ts';
import { fingerprintOf } from '../../../core/security/fingerprint.ts';
import { machineIdOf, publicKeyOf } from '../../../core/security/identity.ts';
import { encodeInvitation, type Invitation, parseInvitation } from '../../../core/security/invitation.ts';
import { signerOf } from '../corpus.ts';
import { mutateText } from '../mutation.ts';
import { storm } from '../storm.ts';

const decoder = new TextDecoder();
const inviter = signerOf(1).self;
const invitation: Invitation = {
  clusterId: clusterIdOf(inviter),
  clusterName: 'Home — Büro',
  inviter,
  addresses: ['/ip4/192.168.1.2/tcp/4001', '/ip6/fe80::1/tcp/4001'],
  secret: new Uint8Array(32).fill(9),
  expiresAt: Date.UTC(2026, 5, 1),
};
const token = encodeInvitation(invitation);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-fuzz-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('damaged invitations are refused, and good ones come back as they were', async () => {
  expect(parseInvitation(token)).toEqual({ ok: true, value: invitation });
  await storm({
    door: 'identity',
    title: 'invitations',
    part: 0.4,
    make: (random) => mutateText(random, [token], ['carillon1', ' ', '\n', '=', '-', '_']),
    feed: (bytes) => {
      const parsed = parseInvitation(decoder.decode(bytes));
      if (parsed.ok) expect(parsed.value).toEqual(invitation);
      else
        expect(parsed.error).toMatchObject({ code: 'TOKEN_INVALID', message: expect.stringMatching(/^[^\p{C}]+$/u) });
    },
  });
});

test('an id holds a key that gives the same id, or none', async () => {
  await storm({
    door: 'identity',
    title: 'ids',
    part: 0.3,
    make: (random) => mutateText(random, [inviter, signerOf(2).self]),
    feed: (bytes) => {
      const text = decoder.decode(bytes);
      const key = publicKeyOf(text);
      if (key === undefined) return;
      expect(machineIdOf(key)).toBe(text);
      expect(fingerprintOf(text as MachineId)).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
      expect(signerOf(3).verify(text as MachineId, bytes, new Uint8Array(64))).toBe(false);
    },
  });
});

test('a damaged key file is refused and left as it is', async () => {
  const path = join(folder, 'key');
  const line = `carillon-key-1 ${Buffer.alloc(32, 5).toString('base64url')}\n`;
  await storm({
    door: 'identity',
    title: 'key files',
    part: 0.3,
    make: (random) => mutateText(random, [line], ['carillon-key-1 ', '\n', '=']),
    feed: (bytes) => {
      writeFileSync(path, bytes, { mode: 0o600 });
      const loaded = loadOrCreateKey(folder);
      if (loaded.ok) expect(loaded.value).toMatchObject({ created: false });
      else expect(loaded.error.code).toBe('KEY_UNREADABLE');
    },
  });
});
