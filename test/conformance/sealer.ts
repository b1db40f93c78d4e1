/** What every sealer does: only the right machine opens what was sealed, unchanged and for the same purpose. */
import { describe, expect, it } from 'vitest';
import type { Sealer } from '../../core/ports/sealer.ts';
import { fromBase64Url, toBase64Url } from '../../core/security/base64url.ts';

const BOUND = new TextEncoder().encode('what it is for');
const PLAIN = new Uint8Array(32).map((_, index) => index);

/** @param create makes the sealer of the machine that a seed (32 bytes) makes. */
export function describeSealer(name: string, create: (seed: Uint8Array) => Promise<Sealer>): void {
  const machine = (number: number): Promise<Sealer> => create(new Uint8Array(32).fill(number));

  describe(`${name} as a sealer`, () => {
    it('has the same public key for the same seed, and another for another', async () => {
      const [first, again, other] = [await machine(1), await machine(1), await machine(2)];
      expect(fromBase64Url(first.publicKey)).toHaveLength(32);
      expect(again.publicKey).toBe(first.publicKey);
      expect(other.publicKey).not.toBe(first.publicKey);
    });

    it('opens what another machine sealed to it, and nobody else does', async () => {
      const [alpha, beta] = [await machine(1), await machine(2)];
      const sealed = await alpha.seal(beta.publicKey, PLAIN, BOUND);
      if (sealed === undefined) throw new Error('it was not sealed');
      expect(await beta.open(sealed, BOUND)).toEqual(PLAIN);
      expect(await alpha.open(sealed, BOUND)).toBeUndefined();
      expect(await beta.open(sealed, BOUND.subarray(1))).toBeUndefined();
      expect(await (await machine(2)).open(sealed, BOUND)).toEqual(PLAIN);
    });

    it('seals a key of 32 bytes as 43 and 64 letters, never the same twice', async () => {
      const alpha = await machine(1);
      const [one, two] = [
        await alpha.seal(alpha.publicKey, PLAIN, BOUND),
        await alpha.seal(alpha.publicKey, PLAIN, BOUND),
      ];
      expect([one?.enc.length, one?.ciphertext.length]).toEqual([43, 64]);
      expect(one).not.toEqual(two);
    });

    it('refuses what was changed or is nothing, without a fault', async () => {
      const alpha = await machine(1);
      const sealed = await alpha.seal(alpha.publicKey, PLAIN, BOUND);
      if (sealed === undefined) throw new Error('it was not sealed');
      const wrong = (text: string): string => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`);
      expect(await alpha.open({ ...sealed, ciphertext: wrong(sealed.ciphertext) }, BOUND)).toBeUndefined();
      expect(await alpha.open({ ...sealed, enc: wrong(sealed.enc) }, BOUND)).toBeUndefined();
      expect(await alpha.open({ enc: '', ciphertext: '' }, BOUND)).toBeUndefined();
      expect(await alpha.open({ enc: 'AAAA', ciphertext: 'AAAA' }, BOUND)).toBeUndefined();
    });

    it('seals to no key that is none', async () => {
      const alpha = await machine(1);
      expect(await alpha.seal('', PLAIN, BOUND)).toBeUndefined();
      expect(await alpha.seal(toBase64Url(new Uint8Array(31).fill(9)), PLAIN, BOUND)).toBeUndefined();
      expect(await alpha.seal(toBase64Url(new Uint8Array(32)), PLAIN, BOUND)).toBeUndefined();
    });

    it.each([0, 1, 1000, 65_536])('enciphers %d bytes under a new key, which alone deciphers them', async (length) => {
      const alpha = await machine(1);
      const value = new Uint8Array(length).fill(7);
      const [one, two] = [await alpha.encipher(value, BOUND), await alpha.encipher(value, BOUND)];
      expect(one.key).toHaveLength(32);
      expect(one.key).not.toEqual(two.key);
      expect(one.box).toHaveLength(length + 28);
      expect(await (await machine(2)).decipher(one.key, one.box, BOUND)).toEqual(value);
      expect(await alpha.decipher(two.key, one.box, BOUND)).toBeUndefined();
      expect(await alpha.decipher(one.key, one.box, BOUND.subarray(1))).toBeUndefined();
      expect(await alpha.decipher(one.key, one.box.subarray(1), BOUND)).toBeUndefined();
      expect(await alpha.decipher(one.key, new Uint8Array(0), BOUND)).toBeUndefined();
    });
  });
}
