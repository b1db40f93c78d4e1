/** Places on the ring: the first 48 bits of the SHA-256 of a name, so that they are exact integers everywhere. */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** The place of `name` on the ring: an integer from 0 to 2^48 - 1. */
export function ringPlace(name: string): number {
  const digest = sha256(utf8ToBytes(name));
  let place = 0;
  for (let index = 0; index < 6; index += 1) place = place * 256 + (digest[index] as number);
  return place;
}
