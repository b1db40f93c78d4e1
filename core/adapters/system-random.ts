/** Chance from the operating system. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../ports/random.ts';

const STEPS = 2 ** 47;

export function createSystemRandom(): Random {
  return {
    fraction: () => randomInt(STEPS) / STEPS,
    bytes: (length) => new Uint8Array(randomBytes(length)),
  };
}
