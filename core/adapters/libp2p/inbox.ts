/**
 * What has arrived on a control stream, message by message, and no faster than it is dealt with. A piece of it is decoded
 * at a time, as far as there is room in this turn of the event loop (`FairTurns`); while more waits, or too much is lent to whoever deals with it, the stream is paused, and
 * its sender soon has to wait. So a member that floods this machine slows itself down and nobody else, and what waits
 * here is bounded: by `NETWORK.untakenBytes`, and the window of the stream.
 *
 *   stream ──read──► waiting ──piece──► take, lend ──taken──► forgotten
 *      ▲                                                          │
 *      └──── paused while something waits, or too much is lent ───┘
 */
import type { Stream } from '@libp2p/interface';
import { FrameReader } from '../../protocol/frames.ts';
import type { FairTurns } from './fair-turns.ts';
import { NETWORK } from './network-limits.ts';

export class Inbox {
  readonly #stream: Stream;
  readonly #take: (bytes: Uint8Array) => void;
  readonly #turns: FairTurns;
  readonly #reader = new FrameReader();
  /** In order, from `#next` on. */
  #waiting: Uint8Array[] = [];
  #next = 0;
  #lentMessages = 0;
  #lentBytes = 0;
  #scheduled = false;
  #delivering = false;
  #ended = false;

  /** @param turns shared by all streams. @param take called for each message, which it may `lend`. */
  constructor(stream: Stream, turns: FairTurns, take: (bytes: Uint8Array) => void) {
    this.#stream = stream;
    this.#turns = turns;
    this.#take = take;
  }

  /** Takes in what arrived. Returns the reason why it is no sequence of frames. */
  read(chunk: Uint8Array): string | undefined {
    const read = this.#reader.read(chunk);
    if (!read.ok) return read.error;
    if (this.#next > 0) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    for (const { bytes } of read.value) this.#waiting.push(bytes);
    // A stream that was resumed hands over what it held from within. What waits for its turn keeps to it.
    if (!this.#delivering && !this.#scheduled) this.#deliver();
    return undefined;
  }

  /** A message of that size is being dealt with, until the function that is returned is called. */
  lend(sizeBytes: number): () => void {
    this.#lentMessages += 1;
    this.#lentBytes += sizeBytes;
    let isLent = true;
    return () => {
      if (!isLent) return;
      isLent = false;
      this.#lentMessages -= 1;
      this.#lentBytes -= sizeBytes;
      // Not for each message: the stream is set going again when there is room for many.
      if (this.#isStopped() && this.#hasRoom(2)) this.#schedule();
    };
  }

  /** The stream has ended: delivers what had arrived, unless it is a flood. */
  finish(): void {
    const end = Math.min(this.#waiting.length, this.#next + NETWORK.lastMessages);
    while (this.#next < end) this.#takeNext();
  }

  /** Nothing is delivered any more. */
  end(): void {
    this.#ended = true;
    this.#waiting = [];
    this.#next = 0;
  }

  /** One piece, as far as there is room for it; the rest when it is its turn again. */
  #deliver(): void {
    if (this.#ended) return;
    this.#delivering = true;
    for (let count = 0; count < NETWORK.messagesPerPiece && this.#isReady() && this.#turns.hasRoom; count += 1) {
      this.#turns.spend(1, this.#waiting[this.#next]?.length ?? 0);
      this.#takeNext();
    }
    this.#keepPace();
    this.#delivering = false;
    if (this.#isReady()) this.#schedule();
  }

  /** Something waits, and may be lent. */
  #isReady(): boolean {
    return this.#next < this.#waiting.length && this.#hasRoom(1);
  }

  #takeNext(): void {
    const bytes = this.#waiting[this.#next];
    if (bytes === undefined) return;
    this.#next += 1;
    this.#take(bytes);
  }

  #keepPace(): void {
    if (this.#ended) return;
    const { readStatus } = this.#stream;
    const stop = this.#next < this.#waiting.length || !this.#hasRoom(1);
    if (stop && readStatus === 'readable') this.#stream.pause();
    if (!stop && readStatus === 'paused') this.#resume();
  }

  /** To set a stream going is to tell its sender so, which fails when the connection is already closing under it. */
  #resume(): void {
    try {
      this.#stream.resume();
    } catch (fault) {
      // It is over, and may never say so by itself: now it does, by its `close`.
      this.#stream.abort(fault instanceof Error ? fault : new Error(String(fault)));
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    this.#turns.later(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #isStopped(): boolean {
    return this.#next < this.#waiting.length || this.#stream.readStatus === 'paused';
  }

  /** Is less than that part of what may be lent? */
  #hasRoom(part: number): boolean {
    return this.#lentMessages * part < NETWORK.untakenMessages && this.#lentBytes * part < NETWORK.untakenBytes;
  }
}
