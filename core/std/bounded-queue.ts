/**
 * A first-in first-out queue with a stated maximum. `push` says whether the item was taken, so that overflow is the
 * caller's decision and never a silent growth. Amortised O(1): places are used from the first again whenever the queue is
 * empty, and what waits is moved to the front when half of a long array is spent.
 */
/** An array of more places is given up when the queue is empty, and compacted when half of it is spent. */
const SPENT_MAX = 1024;

export class BoundedQueue<T> {
  #items: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;
  readonly #limit: number;

  /** @param limit how many items may wait at once; at least 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#tail - this.#head;
  }

  /** Appends `item`; false when the queue is full and the item was not taken. */
  push(item: T): boolean {
    if (this.#tail - this.#head >= this.#limit) return false;
    this.#items[this.#tail] = item;
    this.#tail += 1;
    return true;
  }

  /** Takes the oldest item, or undefined when there is none. */
  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    const isEmpty = this.#head === this.#tail;
    if (isEmpty || (this.#head > SPENT_MAX && this.#head * 2 > this.#tail)) this.#compact();
    return item;
  }

  #compact(): void {
    if (this.#tail > SPENT_MAX) this.#items = this.#items.slice(this.#head, this.#tail);
    this.#tail -= this.#head;
    this.#head = 0;
  }
}
