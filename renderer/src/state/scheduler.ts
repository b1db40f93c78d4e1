/** Time, as the view-models know it, so that tests can move it. */

export interface Scheduler {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back after a while; returns how to call it off. */
  after(delayMs: number, callback: () => void): () => void;
}

export const browserScheduler: Scheduler = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
