/**
 * What waits to be sent to one machine: two lanes, each bounded in messages and bytes. Batches are filled with urgent
 * messages first, then with the next part of the oldest bulk message, so urgent ones wait for one batch at most.
 */
import { LIMITS } from '../config/constants.ts';
import { BoundedQueue } from '../std/bounded-queue.ts';
import { frameAt, frameWhole, type Lane } from './frames.ts';
import { WIRE } from './limits.ts';

export class SendQueue {
  readonly #lanes: Record<Lane, BoundedQueue<Uint8Array>> = {
    urgent: new BoundedQueue(LIMITS.sendQueueMessages),
    bulk: new BoundedQueue(LIMITS.sendQueueMessages),
  };
  readonly #bytes: Record<Lane, number> = { urgent: 0, bulk: 0 };
  /** The bulk message that is being sent, and how far it has come. */
  #current: { message: Uint8Array; offset: number } | undefined;

  /** False when the lane is full and the message was not taken. */
  push(lane: Lane, message: Uint8Array): boolean {
    if (this.#bytes[lane] + message.length > WIRE.sendQueueBytes) return false;
    if (!this.#lanes[lane].push(message)) return false;
    this.#bytes[lane] += message.length;
    return true;
  }

  /** Frames of about `WIRE.batchBytes`; empty when nothing waits. */
  nextBatch(): Uint8Array[] {
    const { frames, sizeBytes } = this.#takeUrgent(WIRE.batchBytes);
    let size = sizeBytes;
    while (size < WIRE.batchBytes) {
      this.#current ??= this.#nextBulk();
      if (this.#current === undefined) break;
      const { message, offset } = this.#current;
      const { frame, nextOffset } = frameAt(message, offset, 'bulk');
      frames.push(frame);
      size += frame.length;
      this.#bytes.bulk -= nextOffset - offset;
      this.#current = nextOffset < message.length ? { message, offset: nextOffset } : undefined;
    }
    return frames;
  }

  /** Everything urgent that waits, for a last word before closing. */
  drainUrgent(): Uint8Array[] {
    return this.#takeUrgent(Number.POSITIVE_INFINITY).frames;
  }

  #takeUrgent(limitBytes: number): { frames: Uint8Array[]; sizeBytes: number } {
    const frames: Uint8Array[] = [];
    let sizeBytes = 0;
    while (sizeBytes < limitBytes) {
      const message = this.#lanes.urgent.shift();
      if (message === undefined) break;
      this.#bytes.urgent -= message.length;
      const frame = frameWhole(message, 'urgent');
      frames.push(frame);
      sizeBytes += frame.length;
    }
    return { frames, sizeBytes };
  }

  #nextBulk(): { message: Uint8Array; offset: number } | undefined {
    const message = this.#lanes.bulk.shift();
    return message === undefined ? undefined : { message, offset: 0 };
  }
}
