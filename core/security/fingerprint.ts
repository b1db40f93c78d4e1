/** A short form of a machine's key that two people can compare by eye or over the phone. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { MachineId } from '../domain/ids.ts';
import { assert } from '../std/assert.ts';
import { publicKeyOf } from './identity.ts';

/** Without letters and digits that are easily mistaken for each other (I, L, O, U; as in Crockford's base 32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 4;
const GROUP_LENGTH = 4;

/** The first 80 bits of the SHA-256 of the public key, as four groups of four characters, such as `7Q2M-K0RD-…`. */
export function fingerprintOf(machine: MachineId): string {
  const key = publicKeyOf(machine);
  assert(key !== undefined, 'a machine id contains a key');
  const digest = sha256(key);
  let number = 0n;
  for (const byte of digest.subarray(0, (GROUPS * GROUP_LENGTH * 5) / 8)) number = number * 256n + BigInt(byte);
  const groups: string[] = [];
  for (let group = 0; group < GROUPS; group += 1) {
    let text = '';
    for (let place = 0; place < GROUP_LENGTH; place += 1) {
      const shift = BigInt((GROUPS * GROUP_LENGTH - 1 - group * GROUP_LENGTH - place) * 5);
      text += ALPHABET[Number((number >> shift) & 31n)] as string;
    }
    groups.push(text);
  }
  return groups.join('-');
}
