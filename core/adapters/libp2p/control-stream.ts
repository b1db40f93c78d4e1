/**
 * The control stream of one pair: frames in both directions over one libp2p stream. A hello is the first message each way;
 * a goodbye is the last when the stream is ended on purpose, so that its absence tells of a crash, whatever the operating
 * system makes of the socket. Writing keeps to the pace of the stream, one batch for each turn of the event loop;
 * reading to that of whoever takes the messages: see `Inbox`.
 *
 *   greeting ──hello from there──► open ──► ended (once)
 *       └──────────────────────────────────────┘
 */
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { LIMITS } from '../../config/constants.ts';
import { decodeHello, decodePeerMessage, encodeHello, encodePeerMessage, encodeValue } from '../../protocol/codec.ts';
import { frameWhole } from '../../protocol/frames.ts';
import { isUrgent } from '../../protocol/limits.ts';
import type { PeerMessage } from '../../protocol/messages.ts';
import { SendQueue } from '../../protocol/send-queue.ts';
import { agreeOnVersion, type Hello } from '../../protocol/versions.ts';
import type { FairTurns } from './fair-turns.ts';
import { Inbox } from './inbox.ts';

/** `goodbye`: the other side ended it on purpose. `lost`: it broke. `here`: this side ended it. */
export type ControlEnd = 'goodbye' | 'lost' | 'here';

export interface ControlStreamEvents {
  /** Both hellos are exchanged. */
  opened(hello: Hello): void;
  /** `taken` is to be called when it has been dealt with: until then it counts against what is read ahead. */
  message(message: PeerMessage, taken: () => void): void;
  /** The other side broke the protocol; when `fatal` the stream has ended by it. */
  malformed(reason: string, fatal: boolean): void;
  /** Once, last. */
  ended(end: ControlEnd): void;
}

/** Tells the other side that the stream ends on purpose. Compared byte by byte: dag-cbor has one encoding for each value. */
const GOODBYE = encodeValue({ type: 'bye' });

export class ControlStream {
  readonly #stream: Stream;
  readonly #events: ControlStreamEvents;
  readonly #queue = new SendQueue();
  readonly #inbox: Inbox;
  #state: 'greeting' | 'open' | 'ended' = 'greeting';
  #writing = false;
  #full = false;

  constructor(stream: Stream, hello: Hello, turns: FairTurns, events: ControlStreamEvents) {
    this.#stream = stream;
    this.#events = events;
    this.#queue.push('urgent', encodeHello(hello));
    this.#inbox = new Inbox(stream, turns, (bytes) => this.#take(bytes));
    stream.addEventListener('message', this.#onData);
    stream.addEventListener('drain', this.#onDrain);
    stream.addEventListener('remoteCloseWrite', this.#onLost);
    stream.addEventListener('close', this.#onLost);
    if (stream.status === 'open') this.#schedule();
    else queueMicrotask(this.#onLost);
  }

  /** Queues a message. False: not open, or the queue is full. */
  send(message: PeerMessage): boolean {
    if (this.#state !== 'open') return false;
    const bytes = encodePeerMessage(message);
    if (bytes.length > LIMITS.controlMessageBytes) return false;
    if (!this.#queue.push(isUrgent(message) ? 'urgent' : 'bulk', bytes)) return false;
    this.#schedule();
    return true;
  }

  /** Sends the urgent messages that wait, says goodbye, and ends. What waits in bulk is dropped. */
  close(): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'open') this.#write([...this.#queue.drainUrgent(), frameWhole(GOODBYE, 'urgent')]);
    this.#end('here');
  }

  /** Ends at once, without a word. */
  abort(reason: string): void {
    if (this.#state === 'ended') return;
    this.#end('here');
    this.#stream.abort(new Error(reason));
  }

  readonly #onData = (event: StreamMessageEvent): void => {
    if (this.#state === 'ended') return;
    const fault = this.#inbox.read(event.data.subarray());
    if (fault !== undefined) this.#breakOff(fault);
  };

  readonly #onDrain = (): void => {
    this.#full = false;
    this.#schedule();
  };

  readonly #onLost = (): void => {
    // The last words may be among what has arrived and was not looked at yet.
    if (!this.#hasEnded()) this.#inbox.finish();
    this.#end('lost');
  };

  #take(bytes: Uint8Array): void {
    // A handler may have ended the stream between two messages.
    if (this.#hasEnded()) return;
    if (this.#state === 'greeting') {
      this.#greet(bytes);
      return;
    }
    if (isGoodbye(bytes)) {
      this.#end('goodbye');
      return;
    }
    const decoded = decodePeerMessage(bytes);
    if (decoded.ok) this.#events.message(decoded.value, this.#inbox.lend(bytes.length));
    else this.#events.malformed(`a message ${decoded.error}`, false);
  }

  #greet(bytes: Uint8Array): void {
    const hello = decodeHello(bytes);
    if (!hello.ok) {
      this.#breakOff(`the hello ${hello.error}`);
      return;
    }
    const version = agreeOnVersion(hello.value);
    if (!version.ok) {
      this.#breakOff(version.error.message);
      return;
    }
    this.#state = 'open';
    this.#events.opened(hello.value);
  }

  #breakOff(reason: string): void {
    this.#events.malformed(reason, true);
    this.abort(reason);
  }

  #schedule(): void {
    if (this.#writing || this.#full) return;
    this.#writing = true;
    setImmediate(() => {
      this.#writing = false;
      if (this.#hasEnded()) return;
      const batch = this.#queue.nextBatch();
      if (batch.length === 0) return;
      this.#write(batch);
      this.#schedule();
    });
  }

  #write(frames: readonly Uint8Array[]): void {
    try {
      this.#full = !this.#stream.send(Buffer.concat(frames));
    } catch {
      // The stream closed under our hands; it tells so by no other way when its events came before.
      this.#end('lost');
    }
  }

  #hasEnded(): boolean {
    return this.#state === 'ended';
  }

  #end(end: ControlEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#inbox.end();
    this.#stream.removeEventListener('message', this.#onData);
    this.#stream.removeEventListener('drain', this.#onDrain);
    this.#stream.removeEventListener('remoteCloseWrite', this.#onLost);
    this.#stream.removeEventListener('close', this.#onLost);
    this.#events.ended(end);
  }
}

function isGoodbye(bytes: Uint8Array): boolean {
  return bytes.length === GOODBYE.length && bytes.every((byte, index) => byte === GOODBYE[index]);
}
