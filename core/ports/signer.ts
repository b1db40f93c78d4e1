/** This machine's Ed25519 key, and verification by the keys that machine ids contain. */
import type { MachineId } from '../domain/ids.ts';

export interface Verifier {
  /** True when `signature` is `author`'s over `message`. Never throws: malformed input is simply not a signature. */
  verify(author: MachineId, message: Uint8Array, signature: Uint8Array): boolean;
}

export interface Signer extends Verifier {
  readonly self: MachineId;
  sign(message: Uint8Array): Uint8Array;
}
