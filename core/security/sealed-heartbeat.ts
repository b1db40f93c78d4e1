/**
 * A heartbeat as it is gossiped: the encoded heartbeat and its author's signature. Gossip passes through third machines,
 * so the authenticated connection says only who handed it on. The signature covers the payload bytes as they are, with a
 * prefix that no other signed thing of Carillon has.
 */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import type { Signer, Verifier } from '../ports/signer.ts';
import { decodeHeartbeat, decodeValue, encodeHeartbeat, encodeValue, type Decoded } from '../protocol/codec.ts';
import type { Heartbeat } from '../protocol/messages.ts';
import { err } from '../std/result.ts';

const DOMAIN = utf8ToBytes('carillon-heartbeat-1\0');
const SIGNATURE_BYTES = 64;

const envelopeSchema = z.strictObject({
  payload: z.instanceof(Uint8Array),
  signature: z.instanceof(Uint8Array).refine((value) => value.length === SIGNATURE_BYTES, 'a signature has 64 bytes'),
});

/** Encodes and signs. The heartbeat must be the signer's own, else nobody will believe it. */
export function sealHeartbeat(signer: Signer, heartbeat: Heartbeat): Uint8Array {
  const payload = encodeHeartbeat(heartbeat);
  return encodeValue({ payload, signature: signer.sign(concatBytes(DOMAIN, payload)) });
}

/** Decodes and verifies against the machine that the heartbeat names as its author; the reason when it is not good. */
export function openHeartbeat(verifier: Verifier, bytes: Uint8Array): Decoded<Heartbeat> {
  const envelope = decodeValue(bytes, envelopeSchema, LIMITS.gossipMessageBytes);
  if (!envelope.ok) return envelope;
  const { payload, signature } = envelope.value;
  const heartbeat = decodeHeartbeat(payload);
  if (!heartbeat.ok) return heartbeat;
  const signed = verifier.verify(heartbeat.value.from, concatBytes(DOMAIN, payload), signature);
  return signed ? heartbeat : err('is not signed by its author');
}
