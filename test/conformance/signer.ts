/** What every signer and verifier does. Whatever makes a signature, all others must come to the same verdict on it. */
import { describe, expect, it } from 'vitest';
import { machineIdSchema, type MachineId } from '../../core/domain/ids.ts';
import type { Signer, Verifier } from '../../core/ports/signer.ts';
import { machineIdOf } from '../../core/security/identity.ts';

const MESSAGES = [0, 1, 31, 32, 33, 1000, 100_000].map((length) => new Uint8Array(length).fill(length & 255));
const MESSAGE = new TextEncoder().encode('a message');

export interface SignerBed {
  /** The signer of the machine that a seed (32 bytes) makes. */
  createSigner(seed: Uint8Array): Promise<Signer>;
  /** Knows nothing but what machine ids say. */
  createVerifier(): Verifier;
}

const seedOf = (number: number): Uint8Array => new Uint8Array(32).fill(number);

export function describeSigner(name: string, bed: SignerBed): void {
  describe(`${name} as a signer`, () => {
    describeSigning(bed);
    describeRefusing(bed);
  });
}

function describeSigning(bed: SignerBed): void {
  it('is always the same machine for the same seed, and another for another', async () => {
    const [first, again, other] = await Promise.all([1, 1, 2].map((number) => bed.createSigner(seedOf(number))));
    expect(machineIdSchema.safeParse(first?.self).success).toBe(true);
    expect(again?.self).toBe(first?.self);
    expect(other?.self).not.toBe(first?.self);
  });

  it('signs messages of any length, and every verifier knows it for the author', async () => {
    const [signer, other] = [await bed.createSigner(seedOf(1)), await bed.createSigner(seedOf(2))];
    for (const message of MESSAGES) {
      const signature = signer.sign(message);
      expect(signature).toHaveLength(64);
      expect(Object.getPrototypeOf(signature)).toBe(Uint8Array.prototype);
      for (const verifier of [signer, other, bed.createVerifier()]) {
        expect(verifier.verify(signer.self, message, signature)).toBe(true);
      }
    }
  });

  it('signs the same message the same way, so that a run of it can be repeated', async () => {
    const signer = await bed.createSigner(seedOf(1));
    const first = signer.sign(MESSAGE);
    expect([...signer.sign(MESSAGE)]).toEqual([...first]);
    expect([...signer.sign(MESSAGE.subarray(1))]).not.toEqual([...first]);
  });

  it('leaves the message as it is, and does not notice what happens to it later', async () => {
    const signer = await bed.createSigner(seedOf(1));
    const message = new Uint8Array(MESSAGE);
    const signature = signer.sign(message);
    expect([...message]).toEqual([...MESSAGE]);
    message.fill(0);
    expect(signer.verify(signer.self, MESSAGE, signature)).toBe(true);
    expect(signer.verify(signer.self, message, signature)).toBe(false);
  });

  it('takes a part of a larger buffer for that part alone', async () => {
    const signer = await bed.createSigner(seedOf(1));
    const large = new Uint8Array(200).fill(9);
    large.set(MESSAGE, 50);
    const part = large.subarray(50, 50 + MESSAGE.length);
    const signature = signer.sign(part);
    const wide = new Uint8Array(100).fill(8);
    wide.set(signature, 20);
    expect(signer.verify(signer.self, MESSAGE, wide.subarray(20, 84))).toBe(true);
  });
}

function describeRefusing(bed: SignerBed): void {
  it('accepts neither another author nor another message', async () => {
    const [signer, other] = [await bed.createSigner(seedOf(1)), await bed.createSigner(seedOf(2))];
    const signature = signer.sign(MESSAGE);
    for (const verifier of [signer, other, bed.createVerifier()]) {
      expect(verifier.verify(other.self, MESSAGE, signature)).toBe(false);
      expect(verifier.verify(signer.self, MESSAGE.subarray(1), signature)).toBe(false);
      expect(verifier.verify(signer.self, new Uint8Array(), signature)).toBe(false);
    }
  });

  it('accepts no signature or message of which a single bit is other', async () => {
    const signer = await bed.createSigner(seedOf(1));
    const signature = signer.sign(MESSAGE);
    for (let bit = 0; bit < signature.length * 8; bit += 1) {
      expect(signer.verify(signer.self, MESSAGE, flipped(signature, bit))).toBe(false);
    }
    for (let bit = 0; bit < MESSAGE.length * 8; bit += 1) {
      expect(signer.verify(signer.self, flipped(MESSAGE, bit), signature)).toBe(false);
    }
  });

  it('refuses what is no signature, without throwing', async () => {
    const signer = await bed.createSigner(seedOf(1));
    const signature = signer.sign(MESSAGE);
    const malformed = [
      new Uint8Array(),
      new Uint8Array(64),
      new Uint8Array(64).fill(255),
      signature.subarray(1),
      Uint8Array.of(...signature, 0),
      new Uint8Array(100_000),
    ];
    for (const bytes of malformed) expect(signer.verify(signer.self, MESSAGE, bytes)).toBe(false);
  });

  it('refuses what is no machine, without throwing', async () => {
    const signer = await bed.createSigner(seedOf(1));
    const signature = signer.sign(MESSAGE);
    const { self } = signer;
    const malformed = [
      '',
      'nobody',
      self.slice(1),
      `${self}x`,
      self.toLowerCase(),
      `${self} `,
      '1'.repeat(52),
      '\u0000',
    ];
    for (const id of malformed) expect(signer.verify(id as MachineId, MESSAGE, signature)).toBe(false);
    const noPoint = machineIdOf(new Uint8Array(32).fill(255));
    expect(signer.verify(noPoint, MESSAGE, signature)).toBe(false);
  });

  it('still verifies after it has seen more authors than it may remember', async () => {
    const signer = await bed.createSigner(seedOf(1));
    const signature = signer.sign(MESSAGE);
    const verifier = bed.createVerifier();
    for (let index = 0; index < 1100; index += 1) {
      const key = new Uint8Array(32).fill(index & 255);
      key[0] = index >> 8;
      expect(verifier.verify(machineIdOf(key), MESSAGE, signature)).toBe(false);
    }
    expect(verifier.verify(signer.self, MESSAGE, signature)).toBe(true);
  });
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = new Uint8Array(bytes);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
