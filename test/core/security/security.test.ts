/** Identities, fingerprints, invitations and sealed heartbeats. */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigner, machineIdOfSeed, publicKeyOfSeed } from '../../../core/adapters/keys/ed25519.ts';
import type { ClusterId } from '../../../core/domain/ids.ts';
import { encodeValue } from '../../../core/protocol/codec.ts';
import { fromBase64Url, toBase64Url } from '../../../core/security/base64url.ts';
import { fingerprintOf } from '../../../core/security/fingerprint.ts';
import { machineIdOf, publicKeyOf } from '../../../core/security/identity.ts';
import { encodeInvitation, parseInvitation, type Invitation } from '../../../core/security/invitation.ts';
import { openHeartbeat, sealHeartbeat } from '../../../core/security/sealed-heartbeat.ts';
import { heartbeatOf } from '../../conformance/transport-messages.ts';

const seed = (byte: number) => new Uint8Array(32).fill(byte);
const anySeed = fc.uint8Array({ minLength: 32, maxLength: 32 });

const invitation: Invitation = {
  clusterId: 'abcdefghijklmnopqrst' as ClusterId,
  clusterName: 'Home — Büro',
  inviter: machineIdOfSeed(seed(1)),
  addresses: ['/ip4/192.168.1.7/tcp/4100'],
  secret: seed(9),
  expiresAt: 1_800_000_000_000,
};

describe('machine ids', () => {
  it('are the peer ids of the keys', async () => {
    await fc.assert(
      fc.asyncProperty(anySeed, async (bytes) => {
        const peer = peerIdFromPrivateKey(await generateKeyPairFromSeed('Ed25519', bytes));
        expect(machineIdOfSeed(bytes)).toBe(peer.toString());
        expect(machineIdOf(publicKeyOfSeed(bytes))).toBe(peer.toString());
        expect(publicKeyOf(peer.toString())).toEqual(publicKeyOfSeed(bytes));
      }),
      { numRuns: 20 },
    );
  });

  it('give no key when they are not whole', () => {
    const machine = machineIdOfSeed(seed(1));
    for (const text of ['', 'x', machine.slice(0, -1), `${machine}1`, `1${machine}`, machine.replace(/.$/, '0')]) {
      expect(publicKeyOf(text)).toBeUndefined();
    }
    const overflow = '12D3Koo' + 'z'.repeat(45);
    expect(publicKeyOf(overflow)).toBeUndefined();
  });

  it('have a fingerprint of four groups', () => {
    expect(fingerprintOf(machineIdOfSeed(seed(1)))).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(fingerprintOf(machineIdOfSeed(seed(1)))).not.toBe(fingerprintOf(machineIdOfSeed(seed(2))));
  });
});

describe('base64url', () => {
  it('agrees with the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url');
        expect(toBase64Url(bytes)).toBe(text);
        expect(fromBase64Url(text)).toEqual(bytes);
      }),
    );
  });

  it('refuses other letters, impossible lengths and stray bits', () => {
    for (const text of ['a', 'ab+/', 'YWI=', 'YWJ', 'YX']) expect(fromBase64Url(text)).toBeUndefined();
  });
});

describe('invitations', () => {
  it('survive being copied, with line breaks', () => {
    const text = encodeInvitation(invitation);
    expect(text.startsWith('carillon1')).toBe(true);
    const folded = ` ${text.slice(0, 50)}\r\n  ${text.slice(50)}\n`;
    expect(parseInvitation(folded)).toEqual({ ok: true, value: invitation });
  });

  it('are refused with TOKEN_INVALID when any letter is missing or changed', () => {
    const text = encodeInvitation(invitation);
    for (let index = 0; index < text.length; index += 1) {
      const missing = parseInvitation(text.slice(0, index) + text.slice(index + 1));
      expect(missing.ok ? 'accepted' : missing.error.code).toBe('TOKEN_INVALID');
      const changed = parseInvitation(text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1));
      expect(changed.ok ? 'accepted' : changed.error.code).toBe('TOKEN_INVALID');
    }
  });

  it('are refused when they are something else altogether', () => {
    for (const text of ['', 'carillon1', 'hello', 'carillon2abc', 'x'.repeat(100_000)]) {
      const parsed = parseInvitation(text);
      expect(parsed.ok ? 'accepted' : parsed.error.code).toBe('TOKEN_INVALID');
    }
  });
});

describe('sealed heartbeats', () => {
  const author = createSigner(seed(1));
  const other = createSigner(seed(2));

  it('open for anyone', () => {
    const heartbeat = heartbeatOf(author.self, 1);
    expect(openHeartbeat(other, sealHeartbeat(author, heartbeat))).toEqual({ ok: true, value: heartbeat });
  });

  it('are refused when another machine signed them', () => {
    const forged = openHeartbeat(other, sealHeartbeat(other, heartbeatOf(author.self, 1)));
    expect(forged).toEqual({ ok: false, error: 'is not signed by its author' });
  });

  it('are refused when a byte is changed', () => {
    const sealed = sealHeartbeat(author, heartbeatOf(author.self, 1));
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
        const bad = sealed.slice();
        bad[index] = (bad[index] as number) ^ flip;
        expect(openHeartbeat(other, bad).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('are refused when the payload is not a heartbeat', () => {
    const payload = encodeValue({ type: 'beat' });
    expect(openHeartbeat(other, encodeValue({ payload, signature: author.sign(payload) })).ok).toBe(false);
  });
});
