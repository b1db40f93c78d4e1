/** The digits of pairing, and what stands in the way of a man in the middle. */
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { machineIdOfSeed } from '../../../core/adapters/keys/ed25519.ts';
import type { ClusterId, MachineId } from '../../../core/domain/ids.ts';
import { commitmentOf, opensCommitment, pairingDigitsOf, sameBytes } from '../../../core/security/pairing.ts';
import { LIMITS } from '../../../core/config/constants.ts';
import { PairingTries } from '../../../core/security/pairing-tries.ts';
import { StrangerTries } from '../../../core/security/stranger-tries.ts';

const machine = (number: number): MachineId => machineIdOfSeed(new Uint8Array(32).fill(number));
const bytes = (number: number): Uint8Array => sha256(Uint8Array.of(number & 255, (number >> 8) & 255, number >> 16));
const [asker, asked, middle] = [machine(1), machine(2), machine(3)];
const sides = { asker, asked };
const transcript = {
  ...sides,
  clusterId: 'abcdefghijklmnopqrst' as ClusterId,
  askerNonce: bytes(1),
  askedNonce: bytes(2),
};

describe('the digits', () => {
  it('are six, and the same on both sides', () => {
    expect(pairingDigitsOf(transcript)).toMatch(/^\d{6}$/);
    expect(pairingDigitsOf({ ...transcript })).toBe(pairingDigitsOf(transcript));
  });

  it('are others when anything that they are made of is', () => {
    const other = [
      { ...transcript, asker: middle },
      { ...transcript, asked: middle },
      { ...transcript, asker: asked, asked: asker },
      { ...transcript, clusterId: 'abcdefghijklmnopqrsu' as ClusterId },
      { ...transcript, askerNonce: bytes(3) },
      { ...transcript, askedNonce: bytes(3) },
      { ...transcript, askerNonce: bytes(2), askedNonce: bytes(1) },
    ];
    const digits = other.map(pairingDigitsOf);
    expect(new Set([...digits, pairingDigitsOf(transcript)]).size).toBe(other.length + 1);
  });

  it('are spread evenly: of many tries with new nonces, each first digit comes as often as the others', () => {
    const counts = new Array<number>(10).fill(0);
    for (let count = 0; count < 5000; count += 1) {
      const first = Number(pairingDigitsOf({ ...transcript, askerNonce: bytes(count) })[0]);
      counts[first] = (counts[first] ?? 0) + 1;
    }
    // 500 each; six standard deviations.
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(130);
  });
});

describe('a man in the middle', () => {
  it('shows each side other digits, whatever nonces it has fixed', () => {
    let met = 0;
    for (let count = 0; count < 2000; count += 1) {
      // To the asker it is the asked, to the asked the asker: two nonces of its own, fixed before it knew the others.
      const there = pairingDigitsOf({ ...transcript, asked: middle, askedNonce: bytes(10_000 + count) });
      const here = pairingDigitsOf({ ...transcript, asker: middle, askerNonce: bytes(20_000 + count) });
      if (there === here) met += 1;
    }
    // One in a million for each try: two of two thousand would come in one of half a million such tests.
    expect(met).toBeLessThan(2);
  });

  it('cannot open its commitment by another nonce, once it knows which it would need', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (mine, better) => {
          for (const by of ['asker', 'asked'] as const) {
            const commitment = commitmentOf(sides, mine, by);
            expect(opensCommitment(sides, mine, commitment, by)).toBe(true);
            expect(opensCommitment(sides, better, commitment, by)).toBe(sameBytes(mine, better));
          }
        },
      ),
    );
  });

  it('cannot pass on the commitment of the honest asker as its own', () => {
    const commitment = commitmentOf(sides, bytes(1), 'asker');
    expect(opensCommitment({ asker: middle, asked }, bytes(1), commitment, 'asker')).toBe(false);
    expect(opensCommitment({ asker, asked: middle }, bytes(1), commitment, 'asker')).toBe(false);
  });

  it('cannot give back the commitment of the asker as that of the asked', () => {
    const commitment = commitmentOf(sides, bytes(1), 'asker');
    expect(opensCommitment(sides, bytes(1), commitment, 'asked')).toBe(false);
  });
});

describe('tries of strangers', () => {
  const tries = (): StrangerTries => new StrangerTries({ ofOne: 2, inAll: 4, windowMs: 1000 });

  it('are few for each', () => {
    const subject = tries();
    subject.note(asker, 0);
    expect(subject.isBarred(asker, 0)).toBe(false);
    subject.note(asker, 100);
    expect(subject.isBarred(asker, 100)).toBe(true);
    expect(subject.isBarred(asked, 100)).toBe(false);
    expect(subject.isBarred(asker, 1000)).toBe(false);
  });

  it('are few for all together, and no more than that is remembered', () => {
    const subject = tries();
    for (let number = 0; number < 4; number += 1) {
      expect(subject.isExhausted(0)).toBe(false);
      subject.note(machine(10 + number), 0);
    }
    expect(subject.isExhausted(999)).toBe(true);
    for (let number = 0; number < 100; number += 1) subject.note(machine(number), 999);
    expect(subject.size).toBe(4);
    expect(subject.isExhausted(2000)).toBe(false);
  });
});

describe('tries to pair', () => {
  const [here, there] = ['10.0.0.7', '10.0.0.8'];

  it('that reach no comparison use up those of their key and of their address alone', () => {
    const subject = new PairingTries();
    for (let count = 0; count < LIMITS.pairingAsksPerStranger; count += 1) subject.noteQuestion(asker, here, 0);
    expect(subject.whoAskedTooOften(asker, there, 0)).toBe('this machine has');
    expect(subject.whoAskedTooOften(middle, here, 0)).toBeUndefined();
    for (let count = 0; count < LIMITS.pairingAsks; count += 1) subject.noteQuestion(machine(count), here, 0);
    expect(subject.whoAskedTooOften(middle, here, 0)).toBe(`machines at ${here} have`);
    expect(subject.whoAskedTooOften(middle, there, 0)).toBeUndefined();
    expect(subject.size).toBeLessThanOrEqual(2 * LIMITS.pairingAsks);
  });

  it('that reach it are few for a key, for an address and in all', () => {
    const subject = new PairingTries();
    for (let count = 0; count < LIMITS.pairingsPerStranger; count += 1) subject.noteComparison(asker, here, 0);
    expect(subject.whoComparedTooOften(asker, there, 0)).toBe('this machine has');
    expect(subject.whoComparedTooOften(middle, here, 0)).toBeUndefined();
    for (let count = 0; count < LIMITS.pairingsPerStranger; count += 1) subject.noteComparison(machine(count), here, 0);
    expect(subject.whoComparedTooOften(middle, here, 0)).toBe(`machines at ${here} have`);
    expect(subject.whoComparedTooOften(middle, there, 0)).toBeUndefined();
    for (let count = 0; count < 10; count += 1) subject.noteComparison(machine(count), `10.1.0.${count}`, 0);
    expect(subject.whoAskedTooOften(middle, there, 0)).toBe('too many machines have');
    subject.clear();
    expect(subject.whoAskedTooOften(middle, here, 0)).toBeUndefined();
    expect(subject.size).toBe(0);
  });
});

describe('bytes', () => {
  it('are the same only when all of them are, and as many', () => {
    expect(sameBytes(bytes(1), bytes(1))).toBe(true);
    expect(sameBytes(bytes(1), bytes(2))).toBe(false);
    expect(sameBytes(bytes(1), bytes(1).subarray(1))).toBe(false);
    expect(sameBytes(bytes(1).subarray(0, 31), bytes(1))).toBe(false);
    expect(sameBytes(new Uint8Array(), new Uint8Array())).toBe(true);
  });
});
