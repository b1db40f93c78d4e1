/**
 * Sealing: what is sealed to a machine only that machine can open. And ciphers with a key that is used once, for values
 * that are sealed to many machines: the value is enciphered once, its key is sealed to each.
 */

/** What was sealed to one machine, base64url: the encapsulated key and the ciphertext. */
export interface SealedBytes {
  readonly enc: string;
  readonly ciphertext: string;
}

export interface Sealer {
  /** X25519 public key of this machine, base64url (43 characters): what others seal to. */
  readonly publicKey: string;
  /**
   * Seals to the machine with a public key (base64url). The same `bound` is needed to open it. Undefined when the key is
   * none: nobody could open that.
   */
  seal(publicKey: string, plain: Uint8Array, bound: Uint8Array): Promise<SealedBytes | undefined>;
  /** What was sealed to this machine; undefined when it was not, was changed, or `bound` is another. Never rejects. */
  open(sealed: SealedBytes, bound: Uint8Array): Promise<Uint8Array | undefined>;
  /** Enciphers under a new key, which must be used for nothing else. */
  encipher(plain: Uint8Array, bound: Uint8Array): Promise<{ readonly key: Uint8Array; readonly box: Uint8Array }>;
  /** Undefined when the key or `bound` is another, or the box was changed. Never rejects. */
  decipher(key: Uint8Array, box: Uint8Array, bound: Uint8Array): Promise<Uint8Array | undefined>;
}
