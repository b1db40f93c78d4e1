/**
 * How often strangers have tried something within a while: each of them (by key, or by address), and all together, since a
 * new key costs nothing.
 * Bounded by what all together may do. Pure; time is passed in.
 */
export interface TryLimits {
  readonly ofOne: number;
  readonly inAll: number;
  readonly windowMs: number;
}

export class StrangerTries {
  readonly #limits: TryLimits;
  /** Oldest first. */
  #tries: { readonly who: string; readonly atMs: number }[] = [];

  constructor(limits: TryLimits) {
    this.#limits = limits;
  }

  /** Tries that are remembered. */
  get size(): number {
    return this.#tries.length;
  }

  /** One has used up its own tries. @param nowMs monotonic. */
  isBarred(who: string, nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#tries.filter((each) => each.who === who).length >= this.#limits.ofOne;
  }

  /** All together have used up theirs. @param nowMs monotonic. */
  isExhausted(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#tries.length >= this.#limits.inAll;
  }

  /** Counts a try; when there are too many, the oldest is forgotten. @param nowMs monotonic. */
  note(who: string, nowMs: number): void {
    this.#forget(nowMs);
    this.#tries.push({ who, atMs: nowMs });
    if (this.#tries.length > this.#limits.inAll) this.#tries.shift();
  }

  /** Forgets all tries. */
  clear(): void {
    this.#tries = [];
  }

  #forget(nowMs: number): void {
    this.#tries = this.#tries.filter(({ atMs }) => nowMs - atMs < this.#limits.windowMs);
  }
}
