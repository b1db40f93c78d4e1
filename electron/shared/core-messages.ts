/** What the main process and the process of the core say to each other, besides the ports that are handed over. */

/** What the system tells the main process of the machine; absent: unknown. */
export interface Conditions {
  readonly onMains?: boolean;
  /** For how long nobody has used the machine. */
  readonly idleMs?: number;
}

/** How the core is to keep its keys. */
export interface KeysForCore {
  /** 32 bytes, which the keyring keeps; absent where there is none. It goes this way alone: no environment, no command line. */
  readonly key?: Uint8Array;
  readonly use: 'new' | 'all' | 'none';
  /** Why, for `doctor`. */
  readonly reason: string;
}

export type ToCore =
  /** The first message: the core opens its data with it. */
  | { readonly type: 'begin'; readonly keys: KeysForCore }
  /** Comes with a port: serve the API there. */
  | { readonly type: 'client' }
  | { readonly type: 'conditions'; readonly conditions: Conditions }
  /** Take leave of the cluster and end. */
  | { readonly type: 'stop' };

export type FromCore =
  /** `core`: this process is the machine's core. `attached`: an agent runs here, and this process passes on to it. */
  | { readonly type: 'serving'; readonly mode: 'core' | 'attached' }
  /** Told before it ends: why it cannot serve. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

export function isFromCore(message: unknown): message is FromCore {
  const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
  return type === 'serving' || type === 'failed';
}
