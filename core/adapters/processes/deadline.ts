/** A timer for any length of time: the platform's own fires at once when it is set for more than 24 days. */
const HOP_MS = 24 * 60 * 60 * 1000;

export class Deadline {
  readonly #atMs: number;
  readonly #callback: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** Calls back once, `delayMs` from now, unless cleared before. */
  constructor(delayMs: number, callback: () => void) {
    this.#atMs = performance.now() + delayMs;
    this.#callback = callback;
    this.#arm();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    const leftMs = this.#atMs - performance.now();
    if (leftMs <= 0) this.#callback();
    else this.#timer = setTimeout(() => this.#arm(), Math.min(HOP_MS, Math.ceil(leftMs)));
  }
}
