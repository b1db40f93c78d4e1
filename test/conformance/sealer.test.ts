/** The sealer of real machines and that of simulated ones keep the same promises. */
import { expect, it } from 'vitest';
import { createSealer } from '../../core/adapters/keys/sealing.ts';
import { createQuickSealer } from '../fakes/quick-sealer.ts';
import { describeSealer } from './sealer.ts';

describeSealer('HPKE', createSealer);
describeSealer('a quick one', (seed) => Promise.resolve(createQuickSealer(seed)));

it('a real public key is that of X25519 (RFC 7748, section 6.1)', async () => {
  const bob = Buffer.from('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb', 'hex');
  const known = Buffer.from('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f', 'hex');
  expect((await createSealer(bob)).publicKey).toBe(known.toString('base64url'));
});
