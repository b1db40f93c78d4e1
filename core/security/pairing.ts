/**
 * Short authentication strings: two people, or one who walks, compare six digits on two screens, and know that nobody
 * stands between the machines. Both sides compute them from both keys and both nonces:
 *
 *   asker                                   asked
 *     │── commitment to its nonce ──────────►│   SHA-256("carillon-pair-commit-1" NUL dag-cbor [asker, asked, nonce])
 *     │◄───────────────────── nonce ─────────│
 *     │── nonce (opens the commitment) ─────►│
 *     digits = SHA-256("carillon-pair-digits-1" NUL dag-cbor [cluster, asker, asked, its nonce, the other nonce]) mod 10⁶
 *
 * Whoever stands between has to speak as the asked to one side and as the asker to the other, with a key of its own each
 * time. On each side its own nonce is fixed before it learns the honest one: so the two numbers are independent, and it
 * has one chance in a million for each try. Tries are few, because each asks for new nonces, and is seen by a person.
 * The construction is that of numeric comparison in Bluetooth's secure simple pairing.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ClusterId, MachineId } from '../domain/ids.ts';
import { encodeValue } from '../protocol/codec.ts';

export const PAIRING_NONCE_BYTES = 32;
export const PAIRING_DIGITS = 6;

/** Two machines that pair: the one outside, and the one that it asks. */
export interface PairingSides {
  readonly asker: MachineId;
  readonly asked: MachineId;
}

/** What the digits are made of. */
export interface PairingTranscript extends PairingSides {
  readonly clusterId: ClusterId;
  readonly askerNonce: Uint8Array;
  readonly askedNonce: Uint8Array;
}

const COMMIT_DOMAIN = utf8ToBytes('carillon-pair-commit-1\0');
const DIGITS_DOMAIN = utf8ToBytes('carillon-pair-digits-1\0');
/** Enough bits that the remainder prefers no number by more than one part in 10¹³. */
const COUNTED_BYTES = 8;

/** What the asker says first (32 bytes). It binds the asker to its nonce without telling it. */
export function commitmentOf({ asker, asked }: PairingSides, nonce: Uint8Array): Uint8Array {
  return sha256(concatBytes(COMMIT_DOMAIN, encodeValue([asker, asked, nonce])));
}

/** True when the nonce is the one that was committed to. */
export function opensCommitment(sides: PairingSides, nonce: Uint8Array, commitment: Uint8Array): boolean {
  return sameBytes(commitmentOf(sides, nonce), commitment);
}

/** The six digits that both screens show, such as `042917`. */
export function pairingDigitsOf(transcript: PairingTranscript): string {
  const { clusterId, asker, asked, askerNonce, askedNonce } = transcript;
  const digest = sha256(concatBytes(DIGITS_DOMAIN, encodeValue([clusterId, asker, asked, askerNonce, askedNonce])));
  let number = 0n;
  for (const byte of digest.subarray(0, COUNTED_BYTES)) number = number * 256n + BigInt(byte);
  return String(number % 10n ** BigInt(PAIRING_DIGITS)).padStart(PAIRING_DIGITS, '0');
}

/** Compares without telling by its time where the first difference is. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let index = 0; index < one.length; index += 1) difference |= (one[index] as number) ^ (other[index] ?? 0);
  return difference === 0;
}
