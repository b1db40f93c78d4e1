/** What every source of chance gives. Its own bounds hold always; the tests of spread fail once in a million years. */
import { describe, expect, it } from 'vitest';
import type { Random } from '../../core/ports/random.ts';

const DRAWS = 20_000;

export function describeRandom(name: string, create: () => Random): void {
  describe(`${name} as chance`, () => {
    it('gives fractions from 0 to below 1, spread evenly', () => {
      const random = create();
      const tenths = new Array<number>(10).fill(0);
      for (let draw = 0; draw < DRAWS; draw += 1) {
        const fraction = random.fraction();
        expect(fraction).toBeGreaterThanOrEqual(0);
        expect(fraction).toBeLessThan(1);
        const tenth = Math.floor(fraction * 10);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      // The standard deviation of each is 42; this is seven of them.
      for (const count of tenths) expect(Math.abs(count - DRAWS / 10)).toBeLessThan(300);
    });

    it('gives as many bytes as it is asked for, of every value, and others each time', () => {
      const random = create();
      for (const length of [0, 1, 16, 32, 65_537]) expect(random.bytes(length)).toHaveLength(length);
      expect(new Set(random.bytes(DRAWS)).size).toBe(256);
      const keys = new Set(Array.from({ length: 100 }, () => String(random.bytes(16))));
      expect(keys.size).toBe(100);
    });

    it('gives bytes that are the caller’s own', () => {
      const random = create();
      const bytes = random.bytes(16);
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      expect(bytes.buffer.byteLength).toBe(16);
      const before = [...bytes];
      random.bytes(16).fill(0);
      expect([...bytes]).toEqual(before);
    });
  });
}
