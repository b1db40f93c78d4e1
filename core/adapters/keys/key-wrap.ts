/**
 * Secret bytes at rest, enciphered under a key that is kept elsewhere: in the keyring of the system, which opens it to one
 * user who has logged in. AES-256-GCM with a random nonce; bound to the name of the file, so that one file is no other.
 *
 *   nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes), as base64url
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** What a host that has a keyring gives the core. */
export interface KeyWrap {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Which files are wrapped: those made from now on, all (older ones are moved), or none (wrapped ones are moved back). */
  readonly use: 'new' | 'all' | 'none';
}

export const WRAP_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** @param bound what the bytes belong to; the same must be given to open them. */
export function wrapBytes(plain: Uint8Array, key: Uint8Array, bound: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Undefined when another key wrapped it, or it was changed. */
export function unwrapBytes(text: string, key: Uint8Array, bound: string): Uint8Array | undefined {
  const box = Buffer.from(text, 'base64url');
  if (box.length <= NONCE_BYTES + TAG_BYTES || box.toString('base64url') !== text) return undefined;
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(bound)).setAuthTag(box.subarray(box.length - TAG_BYTES));
  const plain = decipher.update(box.subarray(NONCE_BYTES, box.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    // The tag is wrong: nothing that was read may be used.
    return undefined;
  }
  return new Uint8Array(plain);
}
