/**
 * Named moments, earliest first. Setting a name again moves it; so a whole peer needs one real timer, and "what is due"
 * is a question with one answer. A binary heap with lazy removal: O(log n) a change.
 */
interface Entry {
  readonly key: string;
  readonly at: number;
}

export class TimerQueue {
  readonly #heap: Entry[] = [];
  readonly #at = new Map<string, number>();

  get size(): number {
    return this.#at.size;
  }

  /** When `key` is due, if it is set. */
  get(key: string): number | undefined {
    return this.#at.get(key);
  }

  /** Sets or moves a moment; rounded up to a whole unit, so that it can be met exactly. */
  set(key: string, moment: number): void {
    const at = Math.ceil(moment);
    if (this.#at.get(key) === at) return;
    this.#at.set(key, at);
    this.#push({ key, at });
  }

  /** Sets the moment unless an earlier one is set already. */
  setEarliest(key: string, at: number): void {
    const present = this.#at.get(key);
    if (present === undefined || at < present) this.set(key, at);
  }

  clear(key: string): void {
    this.#at.delete(key);
  }

  /** The earliest moment, or undefined when nothing is set. */
  nextAt(): number | undefined {
    this.#dropStale();
    return this.#heap[0]?.at;
  }

  /** Removes and returns the name that is due at `now` and was due first; undefined when none is. */
  takeDue(now: number): string | undefined {
    this.#dropStale();
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.#pop();
    this.#at.delete(first.key);
    return first.key;
  }

  #dropStale(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#at.get(first.key) === first.at) return;
      this.#pop();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (!before(heap[index] as Entry, heap[parent] as Entry)) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      let smallest = index;
      for (const child of [left, left + 1]) {
        if (child < heap.length && before(heap[child] as Entry, heap[smallest] as Entry)) smallest = child;
      }
      if (smallest === index) return;
      this.#swap(index, smallest);
      index = smallest;
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a] as Entry;
    this.#heap[a] = this.#heap[b] as Entry;
    this.#heap[b] = held;
  }
}

/** Ties are broken by name, so that the order never depends on history. */
function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.key < b.key);
}
