/** A bounded queue is a list that takes no more than its limit, however long or short it has been. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundedQueue } from '../../../core/std/bounded-queue.ts';

describe('a bounded queue', () => {
  test('does what a list does, and takes no more than its limit', () => {
    const limit = 3000;
    const burst = fc.tuple(fc.nat(limit), fc.nat(limit));
    fc.assert(
      fc.property(fc.array(burst, { maxLength: 8 }), (bursts) => {
        const queue = new BoundedQueue<number>(limit);
        const listed: number[] = [];
        let next = 0;
        for (const [pushes, shifts] of bursts) {
          for (let count = 0; count < pushes; count += 1) {
            expect(queue.push(next)).toBe(listed.length < limit);
            if (listed.length < limit) listed.push(next);
            next += 1;
          }
          const taken = Array.from({ length: shifts }, () => queue.shift());
          const due = listed.splice(0, shifts);
          expect(taken).toEqual([...due, ...new Array<undefined>(shifts - due.length).fill(undefined)]);
          expect(queue.size).toBe(listed.length);
        }
      }),
      { numRuns: 20 },
    );
  });
});
