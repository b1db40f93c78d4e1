/**
 * The Ed25519 signer of the product and another maker's (libp2p's keys) keep the same contract: so what one signs the
 * other verifies, and machine ids mean the same to both. The simulator's is quicker and keeps it too, secrecy aside.
 */
import { generateKeyPairFromSeed, publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { createSigner, createVerifier } from '../../core/adapters/keys/ed25519.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { Signer, Verifier } from '../../core/ports/signer.ts';
import { publicKeyOf } from '../../core/security/identity.ts';
import { createSimSigner, createSimVerifier } from '../simulator/sim-signer.ts';
import { describeSigner } from './signer.ts';

describeSigner('Ed25519', { createSigner: (seed) => Promise.resolve(createSigner(seed)), createVerifier });

describeSigner('a simulated key', {
  createSigner: (seed) => Promise.resolve(createSimSigner(seed)),
  createVerifier: createSimVerifier,
});

describeSigner('a libp2p key', { createSigner: createLibp2pSigner, createVerifier: createLibp2pVerifier });

describeSigner('Ed25519 verified by libp2p keys', {
  createSigner: (seed) => Promise.resolve(createSigner(seed)),
  createVerifier: createLibp2pVerifier,
});

async function createLibp2pSigner(seed: Uint8Array): Promise<Signer> {
  const key = await generateKeyPairFromSeed('Ed25519', seed);
  return {
    self: peerIdFromPrivateKey(key).toString() as MachineId,
    sign: (message) => new Uint8Array(now(key.sign(message))),
    ...createVerifier(),
  };
}

function createLibp2pVerifier(): Verifier {
  return {
    verify: (author, message, signature) => {
      const raw = publicKeyOf(author);
      if (raw === undefined || signature.length !== 64) return false;
      try {
        return now(publicKeyFromRaw(raw).verify(message, signature));
      } catch {
        // 32 bytes that are no point of the curve are a malformed author.
        return false;
      }
    },
  };
}

/** Ed25519 keys answer at once, though their type leaves it open. */
function now<T>(answer: T | Promise<T>): T {
  if (answer instanceof Promise) throw new Error('it does not answer at once');
  return answer;
}
