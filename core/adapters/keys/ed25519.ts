/**
 * Ed25519 by node:crypto (three times as fast as the alternatives). The 32-byte seed is the private key; public keys come
 * out of machine ids. Key objects are dear to make, so those of recent authors are kept, up to a maximum.
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { LIMITS } from '../../config/constants.ts';
import type { MachineId } from '../../domain/ids.ts';
import type { Signer, Verifier } from '../../ports/signer.ts';
import { machineIdOf, publicKeyOf } from '../../security/identity.ts';
import { assert } from '../../std/assert.ts';
import { SEED_BYTES } from './seed-file.ts';

const CACHED_KEYS = LIMITS.machinesPerCluster * 16;
const SIGNATURE_BYTES = 64;
/** DER head of a PKCS #8 Ed25519 private key (RFC 8410 §7); the seed follows. */
const PRIVATE_KEY_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Signs with the key that `seed` (32 bytes) determines, and verifies the signatures of any machine. */
export function createSigner(seed: Uint8Array): Signer {
  const privateKey = privateKeyOf(seed);
  const self = machineIdOf(rawPublicKey(privateKey));
  return {
    self,
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
    ...createVerifier(),
  };
}

/** The machine whose key `seed` (32 bytes) determines. */
export function machineIdOfSeed(seed: Uint8Array): MachineId {
  return machineIdOf(publicKeyOfSeed(seed));
}

/** The Ed25519 public key (32 bytes) that belongs to `seed` (32 bytes). */
export function publicKeyOfSeed(seed: Uint8Array): Uint8Array {
  return rawPublicKey(privateKeyOf(seed));
}

/** Verifies by the keys that machine ids contain; remembers the most recently used ones. */
export function createVerifier(): Verifier {
  const keys = new Map<MachineId, KeyObject>();

  const keyOf = (machine: MachineId): KeyObject | undefined => {
    const cached = keys.get(machine);
    if (cached !== undefined) return cached;
    const raw = publicKeyOf(machine);
    if (raw === undefined) return undefined;
    const x = Buffer.from(raw).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const oldest = keys.size >= CACHED_KEYS ? keys.keys().next().value : undefined;
    if (oldest !== undefined) keys.delete(oldest);
    keys.set(machine, key);
    return key;
  };

  return {
    verify: (author, message, signature) => {
      if (signature.length !== SIGNATURE_BYTES) return false;
      try {
        const key = keyOf(author);
        return key !== undefined && verify(null, message, key, signature);
      } catch {
        // A machine id may contain 32 bytes that are no point of the curve: nobody can have signed with that.
        return false;
      }
    },
  };
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  assert(seed.length === SEED_BYTES, 'a seed has 32 bytes');
  return createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  assert(x !== undefined, 'an Ed25519 key exports its public part');
  return new Uint8Array(Buffer.from(x, 'base64url'));
}
