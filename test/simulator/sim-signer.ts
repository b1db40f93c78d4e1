/**
 * Signatures of the simulated machines: not secret, but each fits one author and one message, as the conformance suite
 * demands. A story has millions of them, and real ones would take most of its time. Ids are those that real keys have.
 */
import { machineIdOfSeed } from '../../core/adapters/keys/ed25519.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { Signer, SignerFactory, Verifier } from '../../core/ports/signer.ts';
import { publicKeyOf } from '../../core/security/identity.ts';

const SIGNATURE_BYTES = 64;
/** Authors whose keys are remembered. */
const AUTHORS = 256;

/** The simulated signer of the machine that `seed` (32 bytes) makes; verifies those of all others. */
export const createSimSigner: SignerFactory = (seed): Signer => {
  const self = machineIdOfSeed(seed);
  const key = hashOf(self);
  return { self, sign: (message) => mark(key, message, new Uint8Array(SIGNATURE_BYTES)), ...createSimVerifier() };
};

/** Knows nothing but the ids of authors. */
export function createSimVerifier(): Verifier {
  const authors = new Map<MachineId, number>();
  const keyOf = (author: MachineId): number | undefined => {
    const known = authors.get(author);
    if (known !== undefined) return known;
    const bytes = publicKeyOf(author);
    // As with real keys: not all bytes are a point of the curve.
    if (bytes === undefined || bytes.every((byte) => byte === 255)) return undefined;
    if (authors.size >= AUTHORS) authors.clear();
    const key = hashOf(author);
    authors.set(author, key);
    return key;
  };
  return {
    verify: (author, message, signature) => {
      if (signature.length !== SIGNATURE_BYTES) return false;
      const key = keyOf(author);
      if (key === undefined) return false;
      const expected = mark(key, message, scratch);
      for (let index = 0; index < SIGNATURE_BYTES; index += 1) {
        if (expected[index] !== signature[index]) return false;
      }
      return true;
    },
  };
}

/** What a signature is compared with. */
const scratch = new Uint8Array(SIGNATURE_BYTES);

/** 64 bytes that depend on each bit of the author and the message, written into `marked`. */
function mark(key: number, message: Uint8Array, marked: Uint8Array): Uint8Array {
  let left = 0xdeadbeef ^ key;
  let right = 0x41c6ce57 ^ key ^ message.length;
  for (let index = 0; index < message.length; index += 1) {
    const byte = message[index] as number;
    left = Math.imul(left ^ byte, 2_654_435_761);
    right = Math.imul(right ^ byte, 1_597_334_677);
  }
  for (let index = 0; index < SIGNATURE_BYTES / 4; index += 1) {
    left = Math.imul(left ^ (left >>> 16) ^ index, 2_246_822_507);
    right = Math.imul(right ^ (right >>> 13) ^ left, 3_266_489_909);
    const word = left ^ (right >>> 16);
    marked[4 * index] = word;
    marked[4 * index + 1] = word >>> 8;
    marked[4 * index + 2] = word >>> 16;
    marked[4 * index + 3] = word >>> 24;
  }
  return marked;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
