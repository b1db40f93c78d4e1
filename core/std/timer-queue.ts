/**
 * Named moments, earliest first. Setting a name again moves it; so a whole peer needs one real timer, and "what is due"
 * is a question with one answer. A binary heap in which each entry knows its place: O(log n) a change, the earliest
 * moment at once. Most names are set again by what they stand for: what was taken last keeps its entry until another is.
 */
interface Entry<Key extends string> {
  readonly key: Key;
  /** The key's first three characters as one number: most ties are broken without looking at texts. */
  readonly rank: number;
  at: number;
  /** Where the entry is in the heap. */
  index: number;
}

export class TimerQueue<Key extends string = string> {
  readonly #heap: Entry<Key>[] = [];
  /** Those in the heap, and the one that was taken last. */
  readonly #entries = new Map<Key, Entry<Key>>();
  /** Out of the heap, until its name is set again. */
  #taken: Entry<Key> | undefined;

  get size(): number {
    return this.#heap.length;
  }

  /** When `key` is due, if it is set. */
  get(key: Key): number | undefined {
    const entry = this.#entries.get(key);
    return entry === this.#taken ? undefined : entry?.at;
  }

  /** Sets or moves a moment; rounded up to a whole unit, so that it can be met exactly. */
  set(key: Key, moment: number): void {
    const at = Math.ceil(moment);
    const entry = this.#entryOf(key);
    if (entry === undefined) this.#add(key, at);
    else if (entry === this.#taken) this.#addAgain(entry, at);
    else this.#move(entry, at);
  }

  /** Sets the moment unless an earlier one is set already. */
  setEarliest(key: Key, moment: number): void {
    const entry = this.#entryOf(key);
    if (entry === undefined) this.#add(key, Math.ceil(moment));
    else if (entry === this.#taken) this.#addAgain(entry, Math.ceil(moment));
    else if (moment < entry.at) this.#move(entry, Math.ceil(moment));
  }

  clear(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry === this.#taken) return;
    this.#entries.delete(key);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#fill(entry.index, last);
  }

  /** The earliest moment, or undefined when nothing is set. */
  nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Removes and returns the name that is due at `now` and was due first; undefined when none is. */
  takeDue(now: number): Key | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    if (this.#taken !== undefined) this.#entries.delete(this.#taken.key);
    this.#taken = first;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#fill(0, last);
    return first.key;
  }

  /** What was taken last is the one that is set again, as a rule: it need not be looked up. */
  #entryOf(key: Key): Entry<Key> | undefined {
    return this.#taken?.key === key ? this.#taken : this.#entries.get(key);
  }

  #add(key: Key, at: number): void {
    const entry = { key, rank: rankOf(key), at, index: this.#heap.length };
    this.#entries.set(key, entry);
    this.#heap.push(entry);
    this.#rise(entry, entry.index);
  }

  #addAgain(entry: Entry<Key>, at: number): void {
    this.#taken = undefined;
    entry.at = at;
    this.#heap.push(entry);
    this.#rise(entry, this.#heap.length - 1);
  }

  #move(entry: Entry<Key>, at: number): void {
    const earlier = at < entry.at;
    entry.at = at;
    if (earlier) this.#rise(entry, entry.index);
    else this.#sink(entry, entry.index);
  }

  /** Puts an entry where it belongs, from a free place upwards. */
  #rise(entry: Entry<Key>, from: number): void {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const above = heap[(index - 1) >>> 1] as Entry<Key>;
      if (!isBefore(entry, above)) break;
      heap[index] = above;
      above.index = index;
      index = (index - 1) >>> 1;
    }
    heap[index] = entry;
    entry.index = index;
  }

  /**
   * Fills a free place with the heap's last entry. That belongs near the end: so the place is let down to the end first,
   * at one comparison a level, and the entry rises from there.
   */
  #fill(place: number, last: Entry<Key>): void {
    const heap = this.#heap;
    let index = place;
    for (let child = 2 * index + 1; child < heap.length; child = 2 * index + 1) {
      let least = heap[child] as Entry<Key>;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, least)) least = right;
      const freed = least.index;
      heap[index] = least;
      least.index = index;
      index = freed;
    }
    this.#rise(last, index);
  }

  /** Puts an entry where it belongs, from a free place downwards. */
  #sink(entry: Entry<Key>, from: number): void {
    const heap = this.#heap;
    let index = from;
    for (let child = 2 * index + 1; child < heap.length; child = 2 * index + 1) {
      let least = heap[child] as Entry<Key>;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, least)) least = right;
      if (!isBefore(least, entry)) break;
      const freed = least.index;
      heap[index] = least;
      least.index = index;
      index = freed;
    }
    heap[index] = entry;
    entry.index = index;
  }
}

/** Ties are broken by name, so that the order never depends on history. */
function isBefore(one: Entry<string>, other: Entry<string>): boolean {
  if (one.at !== other.at) return one.at < other.at;
  return one.rank < other.rank || (one.rank === other.rank && one.key < other.key);
}

/** In the order of the texts: characters have 16 bits, of which three fit a number; what is missing goes first. */
function rankOf(key: string): number {
  let rank = 0;
  for (let index = 0; index < 3; index += 1) {
    rank = rank * 0x1_0001 + (index < key.length ? key.charCodeAt(index) + 1 : 0);
  }
  return rank;
}
