/** The present moment, once a second, for everything on the page that counts or ages. */
import type { Scheduler } from './scheduler.ts';

const TICK_MS = 1000;

export class Clock {
  #now = $state(0);
  #cancelTimer: () => void = () => undefined;
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#now = scheduler.now();
  }

  /** Epoch milliseconds, at most a second old. */
  get now(): number {
    return this.#now;
  }

  start(): void {
    this.#now = this.#scheduler.now();
    this.#cancelTimer = this.#scheduler.after(TICK_MS - (this.#now % TICK_MS), () => this.start());
  }

  stop(): void {
    this.#cancelTimer();
  }
}
