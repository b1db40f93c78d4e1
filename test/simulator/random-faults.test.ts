/** Random faults from seeds: some that once found something, and some that nobody has tried. */
import { describe, expect, test } from 'vitest';
import { runUnderFaults } from './random-faults.ts';

/** Seeds and sizes of clusters that showed a fault before it was mended. */
const KNOWN: readonly (readonly [seed: number, machines: number])[] = [
  // Slots of claims that came to nothing were never given back.
  [118, 3],
  // A retry began beside a duplicate of the attempt before it.
  [144, 7],
  // A queue of a suspended task stayed open for ever.
  [103, 5],
  // A note on the next attempt hid that the present one had ended.
  [242, 7],
  // A run of a machine whose clock was ahead was given up again and again.
  [500, 6],
];
const FRESH = 2;

describe('whatever happens to a cluster', () => {
  test.for(KNOWN)('the invariants hold: seed %i, %i machines', async ([seed, machines]) => {
    const { violations } = await runUnderFaults({ seed, machines, minutes: 5 });
    expect(violations).toEqual([]);
  });

  test.for(Array.from({ length: FRESH }, () => freshSeed()))('the invariants hold: new seed %i', async (seed) => {
    const machines = 3 + (seed % 4);
    const { violations } = await runUnderFaults({ seed, machines, minutes: 3 });
    expect(violations, `seed ${seed}, ${machines} machines, 3 minutes`).toEqual([]);
  });
});

function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
}
