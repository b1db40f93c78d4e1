/** Which element shows which row: those that stay keep theirs, those that come take the elements of those that went. */
import { describe, expect, it } from 'vitest';
import { RowSlots } from '../../renderer/src/components/row-slots.ts';

const none = (): boolean => false;
const keys = (from: number, count: number): string[] => Array.from({ length: count }, (_, at) => `row-${from + at}`);

describe('the elements of a long list', () => {
  it('are given again, in their order, after a jump of a whole screen', () => {
    const slots = new RowSlots();
    const first = slots.place(keys(0, 5), none);
    expect(new Set(first).size).toBe(5);
    expect(slots.place(keys(100, 5), none)).toEqual(first);
  });

  it('stay with their rows when the list moves by a few', () => {
    const slots = new RowSlots();
    const [a, b, c, d] = slots.place(keys(0, 4), none);
    expect(slots.place(keys(1, 4), none)).toEqual([b, c, d, a]);
    expect(slots.place(keys(0, 4), none)).toEqual([a, b, c, d]);
  });

  it('stay with their rows when these are put in another order', () => {
    const slots = new RowSlots();
    const [a, b, c] = slots.place(['x', 'y', 'z'], none);
    expect(slots.place(['z', 'new', 'x'], none)).toEqual([c, b, a]);
  });

  it('are never given to another row while they are held', () => {
    const slots = new RowSlots();
    const [held, other] = slots.place(['x', 'y'], none);
    const next = slots.place(['p', 'q'], (slot) => slot === held);
    expect(next[0]).toBe(other);
    expect(next).not.toContain(held);
    expect(new Set(next).size).toBe(2);
  });

  it('are not given again while one that is held stays, for what is moved loses the focus', () => {
    const slots = new RowSlots();
    const first = slots.place(keys(0, 5), none);
    const held = first[4];
    const next = slots.place(keys(4, 5), (slot) => slot === held);
    expect(next[0]).toBe(held);
    expect(next.slice(1).filter((slot) => first.includes(slot))).toEqual([]);
  });

  it('are as many as rows are in sight, however far the list is scrolled', () => {
    const slots = new RowSlots();
    const seen = new Set<number>();
    for (let from = 0; from < 10_000; from += 7) {
      for (const slot of slots.place(keys(from, 20), none)) seen.add(slot);
    }
    expect(seen.size).toBe(20);
  });
});
