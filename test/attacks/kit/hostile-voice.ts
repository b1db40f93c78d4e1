/** The control stream of a hostile member: what it says is chosen by the test, what it hears is written down. */
import type { Stream } from '@libp2p/interface';
import { vi } from 'vitest';
import { decodePeerMessage, encodePeerMessage } from '../../../core/protocol/codec.ts';
import { FrameReader, frameWhole } from '../../../core/protocol/frames.ts';
import type { PeerMessage, PeerMessageOf } from '../../../core/protocol/messages.ts';

const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 10;

export class HostileVoice {
  readonly heard: PeerMessage[] = [];
  #open = true;
  #frames = 0;
  readonly #stream: Stream;
  readonly #reader = new FrameReader();

  constructor(stream: Stream) {
    this.#stream = stream;
    stream.addEventListener('message', ({ data }) => this.#hear(data.subarray()));
    for (const end of ['close', 'remoteCloseWrite'] as const) {
      stream.addEventListener(end, () => {
        this.#open = false;
      });
    }
  }

  /** False once the other side has ended it. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Resolves when the other side has said anything; rejects when it hangs up or stays silent. */
  greeted(timeoutMs: number): Promise<void> {
    return this.#until(() => this.#frames > 0 || !this.#open, timeoutMs).then(() => {
      if (this.#frames === 0) throw new Error('refused');
    });
  }

  say(...messages: readonly PeerMessage[]): void {
    for (const message of messages) this.sayBytes(frameWhole(encodePeerMessage(message), 'urgent'));
  }

  /** A frame whose payload is no message that anybody knows, or is one that the codec would not write. */
  sayPayload(payload: Uint8Array): void {
    this.sayBytes(frameWhole(payload, 'urgent'));
  }

  sayBytes(bytes: Uint8Array): void {
    if (this.#open) this.#stream.send(bytes);
  }

  /** The first message of a type that fits, heard already or yet to come. */
  async answer<T extends PeerMessage['type']>(
    type: T,
    fits: (message: PeerMessageOf<T>) => boolean = () => true,
  ): Promise<PeerMessageOf<T>> {
    const find = (): PeerMessageOf<T> | undefined =>
      this.heard.find((each): each is PeerMessageOf<T> => each.type === type && fits(each as PeerMessageOf<T>));
    await this.#until(() => find() !== undefined, PATIENCE_MS);
    return find() as PeerMessageOf<T>;
  }

  /** Resolves when the other side has hung up. */
  ended(): Promise<void> {
    return this.#until(() => !this.#open, PATIENCE_MS);
  }

  #hear(bytes: Uint8Array): void {
    const read = this.#reader.read(bytes);
    if (!read.ok) throw new Error(read.error);
    for (const framed of read.value) {
      this.#frames += 1;
      const message = decodePeerMessage(framed.bytes);
      if (message.ok) this.heard.push(message.value);
    }
  }

  #until(condition: () => boolean, timeoutMs: number): Promise<void> {
    return vi.waitFor(
      () => {
        if (!condition()) throw new Error('what is waited for did not come');
      },
      { timeout: timeoutMs, interval: LOOK_AGAIN_MS },
    );
  }
}
