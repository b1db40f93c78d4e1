/**
 * Keeps the process of the core running: started with the app, started again with growing pauses when it ends by itself, not
 * running while the machine sleeps, ended with the app. What tasks it had started live on meanwhile, under the launcher.
 *
 *   starting ──► serving ──► down ──► starting …      sleep: ──► asleep ──wake──► starting
 *       └─────────────────────┘                       stop:  ──► stopped
 */
import type { MessagePortMain } from 'electron';
import { type Conditions, type KeysForCore, type ToCore, isFromCore } from '../shared/core-messages.ts';

export type CoreState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'serving'; readonly mode: 'core' | 'attached' }
  /** `retryAt`: epoch milliseconds of the next try. */
  | { readonly kind: 'down'; readonly retryAt: number; readonly reason: string }
  | { readonly kind: 'asleep' }
  | { readonly kind: 'stopped' };

/** What is used of Electron's `UtilityProcess`. */
export interface CoreChild {
  readonly pid: number | undefined;
  postMessage(message: ToCore, transfer?: MessagePortMain[]): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

export interface SupervisorHost {
  fork(): CoreChild;
  /** Asked at each start. */
  keys(): KeysForCore;
  now(): number;
  /** Calls back after a while; returns how to call it off. */
  after(delayMs: number, callback: () => void): () => void;
  tell(state: CoreState): void;
}

/** Time as the system has it. */
export const TIME: Pick<SupervisorHost, 'now' | 'after'> = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 30_000;
/** A core that has served for so long begins with short pauses again. */
export const STEADY_MS = 60_000;
/** Longer than the core allows itself for taking leave. */
export const STOP_TIMEOUT_MS = 12_000;

export class CoreSupervisor {
  #state: CoreState = { kind: 'stopped' };
  #child: CoreChild | undefined;
  #attempts = 0;
  #servingSince = Infinity;
  #reason = '';
  /** The machine woke up before the core had ended. */
  #waking = false;
  #conditions: Conditions = {};
  #cancelRetry: () => void = () => undefined;
  readonly #host: SupervisorHost;

  constructor(host: SupervisorHost) {
    this.#host = host;
  }

  get state(): CoreState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#child !== undefined) return;
    this.#cancelRetry();
    this.#waking = false;
    this.#become({ kind: 'starting' });
    this.#servingSince = Infinity;
    this.#reason = '';
    const child = this.#host.fork();
    this.#child = child;
    child.on('message', (message) => {
      if (child === this.#child) this.#hear(message);
    });
    child.on('exit', (code) => this.#ended(child, code));
    child.postMessage({ type: 'begin', keys: this.#host.keys() });
    child.postMessage({ type: 'conditions', conditions: this.#conditions });
  }

  /** Hands a port to the core; false when there is none that could take it. */
  connect(port: MessagePortMain): boolean {
    if (this.#child === undefined || !['starting', 'serving'].includes(this.#state.kind)) return false;
    this.#child.postMessage({ type: 'client' }, [port]);
    return true;
  }

  tellConditions(conditions: Conditions): void {
    this.#conditions = conditions;
    this.#child?.postMessage({ type: 'conditions', conditions });
  }

  /** Takes leave of the cluster and ends the core; an agent that it was attached to is none of ours. */
  sleep(): Promise<void> {
    return this.#end({ kind: 'asleep' });
  }

  wake(): void {
    if (this.#state.kind !== 'asleep') return;
    if (this.#child === undefined) this.start();
    else this.#waking = true;
  }

  /** Ends the core and starts it again, for what it learns at its start. */
  restart(): void {
    if (this.#child === undefined || !['starting', 'serving'].includes(this.#state.kind)) return;
    void this.sleep();
    this.wake();
  }

  /** Resolves when the core has ended, in bounded time. */
  stop(): Promise<void> {
    return this.#end({ kind: 'stopped' });
  }

  #end(state: CoreState): Promise<void> {
    this.#cancelRetry();
    this.#waking = false;
    this.#become(state);
    const child = this.#child;
    if (child === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#host.after(STOP_TIMEOUT_MS, () => child.kill());
      child.on('exit', () => {
        cancel();
        resolve();
      });
      child.postMessage({ type: 'stop' });
    });
  }

  #hear(message: unknown): void {
    if (!isFromCore(message)) return;
    if (message.type === 'failed') {
      this.#reason = message.message;
    } else if (this.#state.kind === 'starting') {
      this.#servingSince = this.#host.now();
      this.#become({ kind: 'serving', mode: message.mode });
    }
  }

  #ended(child: CoreChild, code: number): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    if (this.#state.kind === 'stopped') return;
    if (this.#state.kind === 'asleep') {
      if (this.#waking) this.start();
      return;
    }
    const now = this.#host.now();
    if (now - this.#servingSince >= STEADY_MS) this.#attempts = 0;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.#attempts, 10), LONGEST_PAUSE_MS);
    this.#attempts += 1;
    const reason = this.#reason === '' ? `the core ended (${code})` : this.#reason;
    this.#become({ kind: 'down', retryAt: now + pauseMs, reason });
    this.#cancelRetry = this.#host.after(pauseMs, () => this.start());
  }

  #become(state: CoreState): void {
    this.#state = state;
    this.#host.tell(state);
  }
}
