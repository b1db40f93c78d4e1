/**
 * How much work events and effects are, in units of about a small message: a batch ends by what was done in it, and not by
 * a clock, which would let more through the quicker the machine is and which a simulation does not have. What others can
 * make expensive weighs what it costs: signatures, pages that are read from the store, bytes.
 */
import { LIMITS } from '../config/constants.ts';
import type { PeerMessage } from '../protocol/messages.ts';
import { assert } from '../std/assert.ts';
import type { Effect } from './effects.ts';
import type { PeerEvent } from './events.ts';

/** A page for somebody: read, decoded, encoded. */
const PAGE_WEIGHT = LIMITS.batchWeight / 4;
/** A slice of a page: its signatures verified, its records written. Others have their turn after each. */
const SLICE_WEIGHT = LIMITS.batchWeight;
/** Bytes, and entries of a vector, that weigh as much as a small message. */
const BYTES_PER_UNIT = 4096;
const ENTRIES_PER_UNIT = 32;

assert(Number.isInteger(PAGE_WEIGHT), 'weights are whole');

/** @returns at least 1 */
export function eventWeight(event: PeerEvent): number {
  switch (event.type) {
    case 'message':
      return messageWeight(event.message);
    case 'rest-of-page':
      return SLICE_WEIGHT;
    case 'output-read':
      return 1 + Math.floor((event.chunk?.data.length ?? 0) / BYTES_PER_UNIT);
    default:
      return 1;
  }
}

/** @returns at least 1 */
export function effectWeight({ type }: Effect): number {
  return type === 'send-log-page' || type === 'send-audit-page' || type === 'send-changes' ? PAGE_WEIGHT : 1;
}

function sliceWeight(records: number): number {
  return 1 + Math.min(SLICE_WEIGHT, Math.ceil((SLICE_WEIGHT * records) / LIMITS.recordsPerSlice));
}

function messageWeight(message: PeerMessage): number {
  switch (message.type) {
    case 'log-page':
    case 'audit-page':
      return sliceWeight(message.records.length);
    case 'log-vector':
    case 'audit-vector':
    case 'document-vector':
      return 1 + Math.floor(Object.keys(message.vector).length / ENTRIES_PER_UNIT);
    case 'document-changes':
      return 1 + message.changes.length;
    case 'output-chunk':
      return 1 + Math.floor(message.data.length / BYTES_PER_UNIT);
    default:
      return 1;
  }
}
