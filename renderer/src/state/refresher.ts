/**
 * Keeps a piece of the page fresh without being driven by a burst: work is done at once when it was not done lately,
 * else once at the end of the pause, and never twice at the same time.
 */
import type { Scheduler } from './scheduler.ts';

export class Refresher {
  readonly #work: () => Promise<void>;
  readonly #pauseMs: number;
  readonly #scheduler: Scheduler;
  #busy = false;
  #asked = false;
  #readyAt = 0;
  #cancelTimer: (() => void) | undefined;

  /** @param pauseMs the least time from the end of one refresh to the start of the next. */
  constructor(work: () => Promise<void>, pauseMs: number, scheduler: Scheduler) {
    this.#work = work;
    this.#pauseMs = pauseMs;
    this.#scheduler = scheduler;
  }

  /** Something changed: refresh as soon as it is allowed. */
  ask(): void {
    this.#asked = true;
    if (this.#busy || this.#cancelTimer !== undefined) return;
    const waitMs = this.#readyAt - this.#scheduler.now();
    if (waitMs <= 0) void this.#run();
    else this.#cancelTimer = this.#scheduler.after(waitMs, () => void this.#run());
  }

  /** Forgets what was asked for; a refresh under way ends by itself. */
  cancel(): void {
    this.#asked = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  async #run(): Promise<void> {
    this.#cancelTimer = undefined;
    this.#asked = false;
    this.#busy = true;
    try {
      await this.#work();
    } finally {
      this.#busy = false;
      this.#readyAt = this.#scheduler.now() + this.#pauseMs;
      if (this.#asked) this.ask();
    }
  }
}
