/**
 * What waits to be sent to one machine in one lane of a simulated stream: bounded in messages and bytes as in the real
 * queue, and emptied at the pace of a gigabit network. Nothing is scheduled for it: how much still waits follows from
 * the instant at which all will have left.
 */
import { LIMITS } from '../../core/config/constants.ts';
import { WIRE } from '../../core/protocol/limits.ts';
import type { PeerMessage } from '../../core/protocol/messages.ts';

/** A message, or bytes that were a message or never were one. */
export type Parcel = PeerMessage | Uint8Array;

interface Waiting {
  readonly parcel: Parcel;
  readonly sizeBytes: number;
}

/** A gigabit per second. */
const BYTES_PER_MS = 125_000;

export class SimLane {
  /** Held up by the link: oldest first. */
  readonly #held: Waiting[] = [];
  #heldBytes = 0;
  /** When all that was let go will have left the machine. */
  #emptyAtMs = 0;
  /** Let go since the lane was last empty. */
  #leaving = 0;

  /** Parcels that the link holds up. */
  get held(): number {
    return this.#held.length;
  }

  /** True when nothing is before a parcel that is let go now. */
  isEmpty(nowMs: number): boolean {
    return this.#emptyAtMs <= nowMs;
  }

  /** False: too much waits already. */
  push(nowMs: number, parcel: Parcel, sizeBytes: number): boolean {
    const leaving = this.isEmpty(nowMs) ? 0 : this.#leaving;
    const leavingBytes = Math.max(0, this.#emptyAtMs - nowMs) * BYTES_PER_MS;
    if (this.#held.length + leaving >= LIMITS.sendQueueMessages) return false;
    if (this.#heldBytes + leavingBytes + sizeBytes > WIRE.sendQueueBytes) return false;
    this.#held.push({ parcel, sizeBytes });
    this.#heldBytes += sizeBytes;
    return true;
  }

  /** Lets a parcel go at once, while none is held; it has left at the instant returned. Undefined: too much waits already. */
  pass(nowMs: number, sizeBytes: number): number | undefined {
    const leaving = this.isEmpty(nowMs) ? 0 : this.#leaving;
    if (leaving >= LIMITS.sendQueueMessages) return undefined;
    if (Math.max(0, this.#emptyAtMs - nowMs) * BYTES_PER_MS + sizeBytes > WIRE.sendQueueBytes) return undefined;
    this.#leaving = leaving + 1;
    this.#emptyAtMs = Math.max(this.#emptyAtMs, nowMs) + sizeBytes / BYTES_PER_MS;
    return this.#emptyAtMs;
  }

  /** Lets the oldest parcel go; it has left at `leftMs`. */
  release(nowMs: number): { readonly parcel: Parcel; readonly leftMs: number } {
    const oldest = this.#held.shift();
    if (oldest === undefined) throw new Error('nothing is held');
    this.#leaving = this.isEmpty(nowMs) ? 1 : this.#leaving + 1;
    this.#heldBytes -= oldest.sizeBytes;
    this.#emptyAtMs = Math.max(this.#emptyAtMs, nowMs) + oldest.sizeBytes / BYTES_PER_MS;
    return { parcel: oldest.parcel, leftMs: this.#emptyAtMs };
  }
}

const ENVELOPE_BYTES = 150;
const RECORD_BYTES = 600;
const VECTOR_ENTRY_BYTES = 70;

/** About how long the encoding of a message is, without making it. */
export function roughSizeBytes(message: PeerMessage): number {
  switch (message.type) {
    case 'output-chunk':
      return ENVELOPE_BYTES + message.data.length;
    case 'document-changes':
      return message.changes.reduce((sum, change) => sum + ENVELOPE_BYTES + change.bytes.length, ENVELOPE_BYTES);
    case 'log-page':
      return message.records.reduce((sum, record) => sum + RECORD_BYTES + (record.result?.length ?? 0), ENVELOPE_BYTES);
    case 'document-vector':
    case 'log-vector':
      return ENVELOPE_BYTES + Object.keys(message.vector).length * VECTOR_ENTRY_BYTES;
    default:
      return ENVELOPE_BYTES;
  }
}
