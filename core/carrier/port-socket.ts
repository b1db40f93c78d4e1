/**
 * A message port that behaves as a WebSocket does, so that the table of the API goes over it as over the network: opened
 * when the other side says hello, closed when either side goes. It has what ports lack, a brake: text that the reader has
 * not taken yet is counted, and `send` resolves only once little enough is under way.
 *
 *   connecting ──hello──► open ──► closed
 *        └───────────────────────────▲
 *
 * Frames: `null` is the hello, a text is a message, a number says how many characters were taken.
 */

/** One end of a channel, whichever library it is of. */
export interface Wire {
  post(frame: string | number | null): void;
  /** Called once; from then on frames come. */
  listen(take: (frame: unknown) => void, closed: () => void): void;
  close(): void;
}

export interface PortSocketOptions {
  /** The side that serves says hello, and is open at once. */
  readonly serves: boolean;
  /** A longer message, or one that is not accepted, closes the socket. */
  readonly mostLength?: number;
  accepts?(text: string): boolean;
}

type SocketEvent = 'open' | 'message' | 'close';
type Listener = (event: { readonly data?: string }) => void;

/** Characters that may be under way before `send` waits. */
export const PORT_WINDOW = 1 << 20;

export class PortSocket {
  /** As `WebSocket.readyState` has it: 0 connecting, 1 open, 3 closed. */
  #readyState: 0 | 1 | 3 = 0;
  #underWay = 0;
  #waiting: (() => void)[] = [];
  readonly #listeners: Record<SocketEvent, Set<Listener>> = { open: new Set(), message: new Set(), close: new Set() };
  readonly #wire: Wire;
  readonly #options: PortSocketOptions;

  constructor(wire: Wire, options: PortSocketOptions) {
    this.#wire = wire;
    this.#options = options;
    wire.listen(
      (frame) => this.#take(frame),
      () => this.#end(),
    );
    if (!options.serves) return;
    this.#readyState = 1;
    wire.post(null);
  }

  get readyState(): number {
    return this.#readyState;
  }

  addEventListener(type: SocketEvent, listener: Listener): void {
    this.#listeners[type].add(listener);
  }

  removeEventListener(type: SocketEvent, listener: Listener): void {
    this.#listeners[type].delete(listener);
  }

  /** Resolves when the reader keeps up, or is gone. Throws when the socket is not open. */
  async send(message: string | ArrayBufferLike | Uint8Array): Promise<void> {
    if (this.#readyState !== 1) throw new Error('the socket is not open');
    if (typeof message !== 'string') throw new Error('the API has no binary messages');
    this.#underWay += message.length;
    this.#wire.post(message);
    while (this.#underWay > PORT_WINDOW && this.#isOpen()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  close(): void {
    if (this.#readyState === 3) return;
    this.#wire.close();
    this.#end();
  }

  #isOpen(): boolean {
    return this.#readyState === 1;
  }

  #take(frame: unknown): void {
    if (this.#readyState === 3) return;
    if (frame === null && !this.#options.serves && this.#readyState === 0) {
      this.#readyState = 1;
      this.#tell('open', {});
    } else if (typeof frame === 'number' && frame >= 0) {
      this.#underWay = Math.max(0, this.#underWay - frame);
      if (this.#underWay <= PORT_WINDOW) this.#release();
    } else if (typeof frame === 'string' && this.#readyState === 1 && this.#isAcceptable(frame)) {
      this.#wire.post(frame.length);
      this.#tell('message', { data: frame });
    } else this.close();
  }

  #isAcceptable(text: string): boolean {
    const { mostLength = Infinity, accepts } = this.#options;
    return text.length <= mostLength && (accepts?.(text) ?? true);
  }

  #end(): void {
    if (this.#readyState === 3) return;
    this.#readyState = 3;
    this.#release();
    this.#tell('close', {});
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #tell(type: SocketEvent, event: { readonly data?: string }): void {
    for (const listener of [...this.#listeners[type]]) listener(event);
  }
}
