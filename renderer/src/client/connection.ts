/**
 * The one WebSocket to the agent: opened, watched, and opened again with growing pauses until it is closed for good.
 * Each opening makes a new client, because an oRPC link lives as long as its socket.
 *
 *   connecting ──► live ──► waiting ──► connecting …
 *        │                                  │
 *        └────────► refused (the key is not accepted; trying again would not help)
 */
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ApiClient } from '../../../core/api/contract.ts';

export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live'; readonly api: ApiClient; readonly ended: AbortSignal }
  /** `retryAt`: epoch milliseconds of the next try. */
  | { readonly kind: 'waiting'; readonly retryAt: number }
  | { readonly kind: 'refused' };

/** What the connection needs of the browser; tests bring their own. */
export interface ConnectionHost {
  openSocket(): WebSocket;
  /** True when the agent answers, but does not accept the key. */
  isRefused(): Promise<boolean>;
  now(): number;
  random(): number;
  /** Calls back after a while; returns how to call it off. */
  after(delayMs: number, callback: () => void): () => void;
}

export const FIRST_RETRY_MS = 300;
export const LONGEST_RETRY_MS = 5000;
export const OPEN_TIMEOUT_MS = 8000;

export class Connection {
  #state: ConnectionState = { kind: 'connecting' };
  #attempts = 0;
  #closed = false;
  #socket: WebSocket | undefined;
  #cancelTimer: () => void = () => undefined;
  readonly #host: ConnectionHost;
  readonly #tell: (state: ConnectionState) => void;

  /** @param tell is called with every new state, from within `open` for the first. */
  constructor(host: ConnectionHost, tell: (state: ConnectionState) => void) {
    this.#host = host;
    this.#tell = tell;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  open(): void {
    if (this.#closed || this.#socket !== undefined) return;
    this.#cancelTimer();
    this.#become({ kind: 'connecting' });
    const socket = this.#host.openSocket();
    const ended = new AbortController();
    this.#socket = socket;
    this.#cancelTimer = this.#host.after(OPEN_TIMEOUT_MS, () => socket.close());
    socket.addEventListener('open', () => {
      this.#cancelTimer();
      this.#attempts = 0;
      const api: ApiClient = createORPCClient(new RPCLink({ websocket: socket }));
      this.#become({ kind: 'live', api, ended: ended.signal });
    });
    socket.addEventListener('close', () => {
      this.#socket = undefined;
      this.#cancelTimer();
      ended.abort();
      if (!this.#closed) void this.#recover();
    });
  }

  /** Tries at once instead of at the end of the pause. */
  retryNow(): void {
    if (this.#state.kind === 'waiting') this.open();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#socket?.close();
  }

  async #recover(): Promise<void> {
    const pauseMs = retryPauseMs(this.#attempts, this.#host.random());
    this.#attempts += 1;
    this.#become({ kind: 'waiting', retryAt: this.#host.now() + pauseMs });
    this.#cancelTimer = this.#host.after(pauseMs, () => this.open());
    if (await this.#host.isRefused()) {
      if (this.#state.kind !== 'waiting') return;
      this.#cancelTimer();
      this.#become({ kind: 'refused' });
    }
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#tell(state);
  }
}

/** Doubles from 0.3 s to 5 s, less up to a quarter by chance, so that many pages do not return at the same moment. */
export function retryPauseMs(attempt: number, random: number): number {
  const longest = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt, 10), LONGEST_RETRY_MS);
  return Math.round(longest * (1 - random / 4));
}
