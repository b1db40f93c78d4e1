/**
 * Sealing by HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, mode base, each message in a context of
 * its own. Values are enciphered by AES-256-GCM under a random key; the nonce is random as well, and stands before the
 * ciphertext.
 */
import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto';
import {
  AEAD_AES_256_GCM,
  CipherSuite,
  DecapError,
  DeserializeError,
  EncapError,
  KDF_HKDF_SHA256,
  KEM_DHKEM_X25519_HKDF_SHA256,
  OpenError,
  ValidationError,
  type KeyPair,
} from 'hpke';
import type { SealedBytes, Sealer } from '../../ports/sealer.ts';
import { assert } from '../../std/assert.ts';
import { ok, type Result } from '../../std/result.ts';
import type { KeyWrap } from './key-wrap.ts';
import { isSeedWrapped, loadOrCreateSeed, SEED_BYTES } from './seed-file.ts';

const INFO = new TextEncoder().encode('carillon-secret-1');
const NONCE_BYTES = 12;
const FILE = {
  name: 'sealing-key',
  header: 'carillon-sealing-key-1 ',
  whenExposed: 'stop the agent, delete this file, start the agent again, and set every secret anew that it could read.',
};
/** DER head of a PKCS #8 X25519 private key (RFC 8410 §7); the 32 bytes follow. */
const PRIVATE_KEY_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
/** What a message that was not sealed for this, or to no real key, makes the library throw. */
const REFUSALS = [DecapError, DeserializeError, EncapError, OpenError, ValidationError];

/** The sealer whose key is in `dataFolder`; made on the first start. KEY_UNREADABLE, FOLDER_NOT_WRITABLE or STORAGE_FULL. */
export async function loadOrCreateSealer(dataFolder: string, wrap?: KeyWrap): Promise<Result<Sealer>> {
  const loaded = loadOrCreateSeed(dataFolder, FILE, wrap);
  return loaded.ok ? ok(await createSealer(loaded.value.seed)) : loaded;
}

/** Whether that key is wrapped by a keyring; undefined when there is none that can be read. */
export function isSealingKeyWrapped(dataFolder: string): boolean | undefined {
  return isSeedWrapped(dataFolder, FILE);
}

/** The sealer whose X25519 private key is these 32 bytes. */
export async function createSealer(seed: Uint8Array): Promise<Sealer> {
  const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  const { keys, publicKey } = await importKeys(seed);
  return {
    publicKey,
    seal: (recipient, plain, bound) =>
      unlessRefused(async () => {
        const key = await suite.DeserializePublicKey(bytesOf(recipient));
        const options = { info: INFO, aad: bound };
        const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plain, options);
        return { enc: textOf(encapsulatedSecret), ciphertext: textOf(ciphertext) };
      }),
    open: ({ enc, ciphertext }: SealedBytes, bound) =>
      unlessRefused(() => suite.Open(keys, bytesOf(enc), bytesOf(ciphertext), { info: INFO, aad: bound })),
    encipher,
    decipher,
  };
}

async function encipher(plain: Uint8Array, bound: Uint8Array): Promise<{ key: Uint8Array; box: Uint8Array }> {
  const key = new Uint8Array(randomBytes(32));
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = await webcrypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: new Uint8Array(bound) };
  const ciphertext = await webcrypto.subtle.encrypt(parameters, cipher, new Uint8Array(plain));
  return { key, box: new Uint8Array(Buffer.concat([nonce, Buffer.from(ciphertext)])) };
}

async function decipher(key: Uint8Array, box: Uint8Array, bound: Uint8Array): Promise<Uint8Array | undefined> {
  const iv = new Uint8Array(box.subarray(0, NONCE_BYTES));
  try {
    const cipher = await webcrypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['decrypt']);
    const parameters = { name: 'AES-GCM', iv, additionalData: new Uint8Array(bound) };
    return new Uint8Array(
      await webcrypto.subtle.decrypt(parameters, cipher, new Uint8Array(box.subarray(NONCE_BYTES))),
    );
  } catch (error) {
    // Another key, another use, or changed: what cannot be opened is the same to everybody.
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

async function importKeys(seed: Uint8Array): Promise<{ keys: KeyPair<webcrypto.CryptoKey>; publicKey: string }> {
  assert(seed.length === SEED_BYTES, 'an X25519 key has 32 bytes');
  const pkcs8 = Buffer.concat([PRIVATE_KEY_HEAD, seed]);
  const { x } = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })).export({
    format: 'jwk',
  });
  assert(x !== undefined, 'an X25519 key exports its public part');
  const algorithm = { name: 'X25519' };
  const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['deriveBits']);
  const publicKey = await webcrypto.subtle.importKey('raw', bytesOf(x), algorithm, true, []);
  return { keys: { privateKey, publicKey }, publicKey: x };
}

async function unlessRefused<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (REFUSALS.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
