/**
 * Virtual time: what is scheduled happens in order of its instant, ties in order of scheduling. Nothing happens by
 * itself, so a run is the same every time.
 *
 * Built for speed, since every message of every machine is an act here: what is due at once waits in a plain queue; the
 * rest in a heap of numbers, four children a node, without an object for each entry. An act stays where it was put while
 * its entry moves through the heap: numbers are moved without the garbage collector's notice, acts are not.
 */
import { promiseCount } from './promise-watch.ts';

type Act = () => void;

/** More acts than this in one instant are a loop. */
const ACTS_AT_ONCE = 100_000;
const FIRST_CAPACITY = 1024;
const CHILDREN = 4;
/** Turns of the promise queue: enough for every chain of promises in core, which are short. */
const PROMISE_TURNS = 8;

export class VirtualTime {
  /** Milliseconds since the start of the simulation. */
  now = 0;
  /** Acts carried out so far. */
  acts = 0;
  #instants = new Float64Array(FIRST_CAPACITY);
  #orders = new Float64Array(FIRST_CAPACITY);
  /** Where the act of each entry is. Beyond the size: the places that are free. */
  #places = Int32Array.from({ length: FIRST_CAPACITY }, (_, place) => place);
  /** As long as it ever was: free places are empty. */
  readonly #acts: (Act | undefined)[] = [];
  #size = 0;
  #order = 0;
  /** Due now, after what the heap holds for now: it was scheduled later. Its places are used again and again. */
  readonly #soon: (Act | undefined)[] = [];
  #awaited = 0;
  #taken = 0;
  #busy = 0;

  /** Acts once `delayMs` from now. */
  after(delayMs: number, act: Act): void {
    const at = this.now + delayMs;
    if (at > this.now) this.#push(at, act);
    else {
      this.#soon[this.#awaited] = act;
      this.#awaited += 1;
    }
  }

  /** Runs everything until an instant; promises get their turn after each act that has to do with some. */
  async runUntil(at: number): Promise<void> {
    while (!this.runFreely(at)) await settled();
  }

  /** The same after `runFreely` has stopped for promises. */
  async goOnUntil(at: number): Promise<void> {
    await settled();
    await this.runUntil(at);
  }

  /**
   * Runs everything until an instant, or up to an act that has to do with promises.
   * @returns false in the latter case: they want their turn before anything else happens
   */
  runFreely(at: number): boolean {
    for (let act = this.#next(at); act !== undefined; act = this.#next(at)) {
      this.acts += 1;
      const promises = promiseCount();
      act();
      if (promiseCount() !== promises) return false;
    }
    this.now = Math.max(this.now, at);
    return true;
  }

  /** Takes the next act, and lets time pass until it is due; undefined when nothing is due until then. */
  #next(until: number): Act | undefined {
    const first = this.#size > 0 ? (this.#instants[0] as number) : Infinity;
    if (first <= this.now) return this.#pop();
    if (this.#taken < this.#awaited) return this.#takeSoon();
    if (first > until) return undefined;
    this.now = first;
    this.#busy = 0;
    return this.#pop();
  }

  #takeSoon(): Act {
    const act = this.#soon[this.#taken] as Act;
    this.#soon[this.#taken] = undefined;
    this.#taken += 1;
    this.#busy += 1;
    if (this.#busy > ACTS_AT_ONCE) {
      throw new Error(`time stands still at ${this.now.toFixed(0)} ms: somebody asks again at once, for ever`);
    }
    if (this.#taken === this.#awaited) {
      this.#awaited = 0;
      this.#taken = 0;
    }
    return act;
  }

  #push(at: number, act: Act): void {
    if (this.#size === this.#instants.length) this.#grow();
    const instants = this.#instants;
    const orders = this.#orders;
    const places = this.#places;
    let index = this.#size;
    const place = places[index] as number;
    this.#size += 1;
    this.#acts[place] = act;
    // Scheduled last: among its equals it goes last, so that only the instants need to be compared.
    while (index > 0) {
      const parent = ((index - 1) / CHILDREN) | 0;
      const above = instants[parent] as number;
      if (above <= at) break;
      instants[index] = above;
      orders[index] = orders[parent] as number;
      places[index] = places[parent] as number;
      index = parent;
    }
    instants[index] = at;
    orders[index] = this.#order += 1;
    places[index] = place;
  }

  #pop(): Act {
    const free = this.#places[0] as number;
    const first = this.#acts[free] as Act;
    this.#acts[free] = undefined;
    this.#size -= 1;
    if (this.#size > 0) this.#sinkLast();
    this.#places[this.#size] = free;
    return first;
  }

  /** Puts the last entry where the first one was, and lets it down to its place. */
  #sinkLast(): void {
    const instants = this.#instants;
    const orders = this.#orders;
    const places = this.#places;
    const size = this.#size;
    const at = instants[size] as number;
    const order = orders[size] as number;
    const place = places[size] as number;
    let index = 0;
    for (;;) {
      const from = CHILDREN * index + 1;
      const to = Math.min(from + CHILDREN, size);
      let least = -1;
      let leastAt = at;
      let leastOrder = order;
      for (let child = from; child < to; child += 1) {
        const childAt = instants[child] as number;
        if (childAt > leastAt || (childAt === leastAt && (orders[child] as number) > leastOrder)) continue;
        least = child;
        leastAt = childAt;
        leastOrder = orders[child] as number;
      }
      if (least < 0) break;
      instants[index] = leastAt;
      orders[index] = leastOrder;
      places[index] = places[least] as number;
      index = least;
    }
    instants[index] = at;
    orders[index] = order;
    places[index] = place;
  }

  #grow(): void {
    this.#instants = doubled(this.#instants);
    this.#orders = doubled(this.#orders);
    const before = this.#places;
    this.#places = Int32Array.from({ length: 2 * before.length }, (_, index) => before[index] ?? index);
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < PROMISE_TURNS; turn += 1) await Promise.resolve();
}

function doubled(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
