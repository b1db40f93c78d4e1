/**
 * Which element of the page shows which row of a long list. Rows that stay keep their element, and with it the focus and
 * whatever is open there; the elements of rows that went out of sight are given to those that came in, which is far
 * cheaper than making new ones. Elements are told apart by numbers.
 *
 * An element given to a row further down is moved behind those that stay, or those before it: whichever are fewer. The
 * browser takes the focus from what is moved, so that nothing is given again while what is held stays in sight.
 */

export class RowSlots {
  /** By key of the row, in the order of the rows. */
  #slots = new Map<string, number>();
  #made = 0;

  /**
   * @param keys of the rows in sight, in their order, each once
   * @param isHeld true for an element that must neither come to show another row nor be moved
   * @returns the number of the element of each, in the same order
   */
  place(keys: readonly string[], isHeld: (slot: number) => boolean): readonly number[] {
    const wanted = new Set(keys);
    const before = [...this.#slots];
    const free = before.some(([key, slot]) => wanted.has(key) && isHeld(slot))
      ? []
      : before.flatMap(([key, slot]) => (wanted.has(key) || isHeld(slot) ? [] : [slot]));
    const next = new Map<string, number>();
    let taken = 0;
    for (const key of keys) {
      const kept = this.#slots.get(key);
      // Freed elements are given out in their order: after a jump of a whole screen none has to be moved.
      next.set(key, kept ?? free[taken] ?? this.#made);
      if (kept !== undefined) continue;
      if (taken >= free.length) this.#made += 1;
      taken += 1;
    }
    this.#slots = next;
    return [...next.values()];
  }
}
