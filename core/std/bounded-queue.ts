/**
 * A first-in first-out queue with a stated maximum. `push` says whether the item was taken, so that overflow is the
 * caller's decision and never a silent growth. Amortised O(1): a head index, compacted when half of the array is spent.
 */
export class BoundedQueue<T> {
  #items: T[] = [];
  #head = 0;
  readonly #limit: number;

  /** @param limit how many items may wait at once; at least 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Appends `item`; false when the queue is full and the item was not taken. */
  push(item: T): boolean {
    if (this.size >= this.#limit) return false;
    this.#items.push(item);
    return true;
  }

  /** Takes the oldest item, or undefined when there is none. */
  shift(): T | undefined {
    if (this.#head >= this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined as T;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
