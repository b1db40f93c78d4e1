/**
 * Ed25519 keys: this machine's, those made from a seed, and verification by the keys that machine ids contain. Messages are
 * lent: their bytes may be others as soon as a call returns.
 */
import type { MachineId } from '../domain/ids.ts';

export interface Verifier {
  /** True when `signature` is `author`'s over `message`. Never throws: malformed input is simply not a signature. */
  verify(author: MachineId, message: Uint8Array, signature: Uint8Array): boolean;
}

export interface Signer extends Verifier {
  readonly self: MachineId;
  sign(message: Uint8Array): Uint8Array;
}

/** Makes the signer whose private key is a seed of 32 bytes. */
export type SignerFactory = (seed: Uint8Array) => Signer;
