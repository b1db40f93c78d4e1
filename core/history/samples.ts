/**
 * Many measured times, for their quantiles. Whole milliseconds from 0 to 49.7 days, four bytes each: longer than any time
 * limit and any catch-up window; what is longer still counts as that, what is negative (clocks differ) as 0.
 */

/** Milliseconds, by nearest rank: the smallest value that at least that share of the values does not exceed. */
export interface Quantiles {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly count: number;
}

const FIRST_LENGTH = 16;
const LONGEST_MS = 2 ** 32 - 1;

export class Samples {
  #values = new Uint32Array(FIRST_LENGTH);
  #count = 0;

  add(valueMs: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Uint32Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = Math.min(LONGEST_MS, Math.max(0, Math.round(valueMs)));
    this.#count += 1;
  }

  /** Undefined when nothing was added. More can be added afterwards. */
  quantiles(): Quantiles | undefined {
    if (this.#count === 0) return undefined;
    const sorted = this.#values.subarray(0, this.#count).sort();
    const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
    return { medianMs: rank(0.5), p95Ms: rank(0.95), maxMs: rank(1), count: this.#count };
  }
}
