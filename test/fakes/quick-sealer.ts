/**
 * A sealer that hides nothing and costs little: for simulated machines, where thousands of ciphers would only take time. It
 * keeps the promises that others build on: only the right machine opens what was sealed, with the same bound text.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Sealer } from '../../core/ports/sealer.ts';
import { fromBase64Url, toBase64Url } from '../../core/security/base64url.ts';

const TAG_BYTES = 16;
const NONCE_BYTES = 12;

/** The same seed (32 bytes) makes the same machine, and the same texts in the same order. */
export function createQuickSealer(seed: Uint8Array): Sealer {
  const publicKey = toBase64Url(sha256(seed));
  let count = 0;
  const fresh = (): Uint8Array => sha256(concatBytes(seed, utf8ToBytes(String((count += 1)))));
  return {
    publicKey,
    seal: (recipient, plain, bound) => {
      const key = fromBase64Url(recipient);
      if (key?.length !== 32 || key.every((byte) => byte === 0)) return Promise.resolve(undefined);
      const enc = fresh();
      const ciphertext = toBase64Url(cover(concatBytes(key, enc), plain, bound));
      return Promise.resolve({ enc: toBase64Url(enc), ciphertext });
    },
    open: ({ enc, ciphertext }, bound) => {
      const [nonce, bytes, key] = [enc, ciphertext, publicKey].map(fromBase64Url);
      if (nonce === undefined || bytes === undefined || key === undefined) return Promise.resolve(undefined);
      return Promise.resolve(uncover(concatBytes(key, nonce), bytes, bound));
    },
    encipher: (plain, bound) => {
      const key = fresh();
      const nonce = fresh().subarray(0, NONCE_BYTES);
      return Promise.resolve({ key, box: concatBytes(nonce, cover(concatBytes(key, nonce), plain, bound)) });
    },
    decipher: (key, box, bound) => {
      const nonce = box.subarray(0, NONCE_BYTES);
      return Promise.resolve(uncover(concatBytes(key, nonce), box.subarray(NONCE_BYTES), bound));
    },
  };
}

function cover(key: Uint8Array, plain: Uint8Array, bound: Uint8Array): Uint8Array {
  return concatBytes(mix(key, plain), tagOf(key, plain, bound));
}

function uncover(key: Uint8Array, bytes: Uint8Array, bound: Uint8Array): Uint8Array | undefined {
  if (bytes.length < TAG_BYTES) return undefined;
  const plain = mix(key, bytes.subarray(0, -TAG_BYTES));
  const tag = bytes.subarray(-TAG_BYTES);
  return tagOf(key, plain, bound).every((byte, index) => byte === tag[index]) ? plain : undefined;
}

function mix(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const stream = sha256(key);
  return bytes.map((byte, index) => byte ^ (stream[index % stream.length] as number));
}

function tagOf(key: Uint8Array, plain: Uint8Array, bound: Uint8Array): Uint8Array {
  return sha256(concatBytes(key, sha256(bound), plain)).subarray(0, TAG_BYTES);
}
