/**
 * Short authentication strings: two people, or one who walks, compare six digits on two screens, and know that nobody
 * stands between the machines. Both sides compute them from both keys and both nonces:
 *
 *   asker                                   asked
 *     │── commitment to its nonce ──────────►│   SHA-256("carillon-pair-commit-1" NUL dag-cbor [asker, asked, nonce])
 *     │◄────────── commitment to its nonce ──│   the same with "carillon-pair-answer-1"
 *     │── nonce (opens the commitment) ─────►│
 *     │◄──── nonce (opens the commitment) ───│
 *     digits = SHA-256("carillon-pair-digits-1" NUL dag-cbor [cluster, asker, asked, its nonce, the other nonce]) mod 10⁶
 *
 * Whoever stands between has to speak as the asked to one side and as the asker to the other, with a key of its own each
 * time. On each side its own nonce is fixed before it learns the honest one: so the two numbers are independent, and it
 * has one chance in a million for each try. The asked side is bound as well, and tells its nonce last: so whoever asks does
 * not know the digits before the asked side shows them to a person, and cannot drop those that do not suit it unseen. Tries
 * are those alone, and few. With one commitment it is numeric comparison in Bluetooth's secure simple pairing.
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

/** A domain for each side, so that neither can give back the commitment of the other as its own. */
const COMMIT_DOMAINS = {
  asker: utf8ToBytes('carillon-pair-commit-1\0'),
  asked: utf8ToBytes('carillon-pair-answer-1\0'),
};
const DIGITS_DOMAIN = utf8ToBytes('carillon-pair-digits-1\0');
/** Enough bits that the remainder prefers no number by more than one part in 10¹³. */
const COUNTED_BYTES = 8;

/** What a side says first (32 bytes). It binds that side to its nonce without telling it. @param by whose nonce it is */
export function commitmentOf({ asker, asked }: PairingSides, nonce: Uint8Array, by: keyof PairingSides): Uint8Array {
  return sha256(concatBytes(COMMIT_DOMAINS[by], encodeValue([asker, asked, nonce])));
}

/** True when the nonce is the one that the side `by` committed to. */
export function opensCommitment(
  sides: PairingSides,
  nonce: Uint8Array,
  commitment: Uint8Array,
  by: keyof PairingSides,
): boolean {
  return sameBytes(commitmentOf(sides, nonce, by), commitment);
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
