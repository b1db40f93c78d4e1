/** Rows that are chosen in a list: one by one, as a range from the last one, or all. Rows that go are let go. */
import { SvelteSet } from 'svelte/reactivity';

export class Selection {
  readonly #ids = new SvelteSet<string>();
  #anchor: string | undefined;

  get size(): number {
    return this.#ids.size;
  }

  get ids(): readonly string[] {
    return [...this.#ids];
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Chooses a row, or lets it go; the next range begins there. */
  toggle(id: string): void {
    if (!this.#ids.delete(id)) this.#ids.add(id);
    this.#anchor = id;
  }

  /** Chooses everything between the row that was chosen last and this one. @param order ids as they are shown. */
  extendTo(id: string, order: readonly string[]): void {
    const from = this.#anchor === undefined ? -1 : order.indexOf(this.#anchor);
    const to = order.indexOf(id);
    if (from < 0 || to < 0) {
      this.#ids.add(id);
      this.#anchor = id;
      return;
    }
    for (const between of order.slice(Math.min(from, to), Math.max(from, to) + 1)) this.#ids.add(between);
  }

  /** Begins a range at this row when none has begun. */
  anchorAt(id: string): void {
    if (this.#ids.size > 0 && this.#anchor !== undefined) return;
    this.#anchor = id;
    this.#ids.add(id);
  }

  /** Chooses all of them, or none when all are chosen. */
  toggleAll(order: readonly string[]): void {
    const all = order.length > 0 && order.every((id) => this.#ids.has(id));
    this.clear();
    if (!all) for (const id of order) this.#ids.add(id);
  }

  /** Only rows that are still there stay chosen. */
  keep(known: (id: string) => boolean): void {
    for (const id of this.#ids) if (!known(id)) this.#ids.delete(id);
  }

  clear(): void {
    this.#ids.clear();
    this.#anchor = undefined;
  }
}
