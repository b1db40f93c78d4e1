/**
 * Something that is so or not, over time. Only changes are kept, so that a day of looking every second costs no more
 * than what happened in it. Questions about a stretch of time are answered by bisection.
 */
interface Change {
  readonly atMs: number;
  readonly value: boolean;
}

export class Timeline {
  readonly #changes: Change[] = [];
  /** The value of the last change: asked for with each look. */
  #last: boolean | undefined;

  /** How many changes are kept. */
  get size(): number {
    return this.#changes.length;
  }

  /** What it was when last looked at; undefined before the first look. */
  get last(): boolean | undefined {
    return this.#last;
  }

  /** Since when it is as it is, virtual milliseconds; undefined before the first look. */
  get sinceMs(): number | undefined {
    return this.#changes.at(-1)?.atMs;
  }

  /** Notes what is so at an instant, which must not be before that of the last note. */
  note(atMs: number, value: boolean): void {
    if (this.#last === value) return;
    this.#last = value;
    this.#changes.push({ atMs, value });
  }

  /** True when it was so all the time from one instant to the other. Before the first look it was as at the first. */
  held(fromMs: number, untilMs: number): boolean {
    let index = this.#indexAt(untilMs);
    for (; index > 0 && (this.#changes[index] as Change).atMs > fromMs; index -= 1) {
      if (!(this.#changes[index] as Change).value) return false;
    }
    return this.#changes[Math.max(0, index)]?.value ?? false;
  }

  /** The longest that it was not so, without a break, after an instant and until another; milliseconds. */
  longestLapseMs(fromMs: number, untilMs: number): number {
    let longest = 0;
    for (const [index, change] of this.#changes.entries()) {
      if (change.value) continue;
      const end = Math.min(this.#changes[index + 1]?.atMs ?? untilMs, untilMs);
      longest = Math.max(longest, end - Math.max(change.atMs, fromMs));
    }
    return longest;
  }

  /** The last change at or before an instant; -1 before the first. */
  #indexAt(atMs: number): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle] as Change).atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
