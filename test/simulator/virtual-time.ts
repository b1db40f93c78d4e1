/**
 * Virtual time: what is scheduled happens in order of its instant, ties in order of scheduling. Nothing happens by
 * itself, so a run is the same every time.
 */
interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

/** More acts than this in one instant are a loop. */
const ACTS_AT_ONCE = 100_000;

export class VirtualTime {
  /** Milliseconds since the start of the simulation. */
  now = 0;
  readonly #heap: Scheduled[] = [];
  #order = 0;
  #busy = 0;

  /** Acts once `delayMs` from now. */
  after(delayMs: number, act: () => void): void {
    this.#push({ at: this.now + Math.max(0, delayMs), order: (this.#order += 1), act });
  }

  /** Runs everything until an instant; promises get their turn after each act. */
  async runUntil(at: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.at <= at; next = this.#heap[0]) {
      this.#pop();
      this.#busy = next.at > this.now ? 0 : this.#busy + 1;
      if (this.#busy > ACTS_AT_ONCE)
        throw new Error(`time stands still at ${next.at.toFixed(0)} ms: somebody asks again at once, for ever`);
      this.now = next.at;
      next.act();
      await settled();
    }
    this.now = Math.max(this.now, at);
  }

  #push(entry: Scheduled): void {
    const heap = this.#heap;
    heap.push(entry);
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (!before(heap[index] as Scheduled, heap[parent] as Scheduled)) return;
      swap(heap, index, parent);
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
      let smallest = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && before(heap[child] as Scheduled, heap[smallest] as Scheduled)) smallest = child;
      }
      if (smallest === index) return;
      swap(heap, index, smallest);
      index = smallest;
    }
  }
}

/** A few turns of the promise queue: enough for every chain of promises in core, which are short. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
}

function before(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function swap(heap: Scheduled[], a: number, b: number): void {
  const held = heap[a] as Scheduled;
  heap[a] = heap[b] as Scheduled;
  heap[b] = held;
}
