/**
 * Limits of the wire that nobody but this protocol needs to know; those of whole messages are in `config/constants`.
 * Here too: which messages are urgent.
 */
import { LIMITS } from '../config/constants.ts';
import { assert } from '../std/assert.ts';
import type { PeerMessage } from './messages.ts';

const KIB = 1024;

export const WIRE = {
  /** Payload of one frame on the control stream. Larger messages travel in parts, so that urgent ones slip between. */
  framePayloadBytes: 16 * KIB,
  /** How much is handed to the stream at once. */
  batchBytes: 32 * KIB,
  /** Bytes that may wait in each lane for one machine; the number of messages is `LIMITS.sendQueueMessages`. */
  sendQueueBytes: 16 * KIB * KIB,
  /** Nesting of a decoded message. */
  depth: 12,
  /** Values in a decoded message, keys included. */
  items: 65_536,
  /** The first message of a control stream. */
  helloBytes: 16 * KIB,
  /** Invitation text. */
  invitationCharacters: 8 * KIB,
} as const;

assert(WIRE.framePayloadBytes <= WIRE.batchBytes, 'a batch holds a frame');
assert(WIRE.helloBytes <= LIMITS.controlMessageBytes, 'a hello is a control message');

const URGENT_TYPES: ReadonlySet<PeerMessage['type']> = new Set<PeerMessage['type']>([
  'beat',
  'probe',
  'probe-answer',
  'probe-for-me',
  'probe-result',
  'suspected',
  'leave',
  'claim-request',
  'claim-answer',
  'claim-release',
  'cancel-run',
  'cancel-answer',
]);

/** True for small messages on which liveness and claims depend: they do not wait behind bulk. */
export function isUrgent(message: PeerMessage): boolean {
  return URGENT_TYPES.has(message.type);
}
