/** Jitter and retry delays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { jitterOf } from '../../../core/scheduling/jitter.ts';
import { retryDelayMs } from '../../../core/scheduling/retry.ts';

describe('jitterOf', () => {
  it('is the same for the same occurrence on every machine', () => {
    // Fixed for good: another value would make machines of different versions disagree.
    expect(['a', 'b', 'mfrggzdfmztwq2lkn5ue'].map((id) => jitterOf(id, 86_400_000))).toMatchInlineSnapshot(`
      [
        8944665,
        44133904,
        80217731,
      ]
    `);
  });

  it('is a whole number from 0 to the most, both included', () => {
    const property = fc.property(fc.string(), fc.integer({ min: 0, max: LIMITS.jitterMs }), (id, jitterMs) => {
      const jitter = jitterOf(id, jitterMs);
      expect(Number.isInteger(jitter) && jitter >= 0 && jitter <= jitterMs).toBe(true);
    });
    fc.assert(property);
    expect(new Set(Array.from({ length: 200 }, (_, index) => jitterOf(`id-${index}`, 2)))).toEqual(new Set([0, 1, 2]));
  });

  it('spreads similar ids evenly', () => {
    const tenths = Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index += 1) {
      const tenth = Math.floor(jitterOf(`task-${index}`, 9999) / 1000);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('retryDelayMs', () => {
  const retry = { maxAttempts: 6, initialMs: 1000, factor: 3, maxMs: 20_000 };

  it('grows by the factor up to the cap, until no attempt is left', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => retryDelayMs(retry, attempt))).toEqual([
      1000,
      3000,
      9000,
      20_000,
      20_000,
      undefined,
      undefined,
    ]);
  });

  it('stays finite for the hundredth attempt', () => {
    expect(retryDelayMs({ ...retry, maxAttempts: 100, factor: 10 }, 99)).toBe(20_000);
  });

  it('a single attempt is not repeated', () => {
    expect(retryDelayMs({ ...retry, maxAttempts: 1 }, 1)).toBeUndefined();
  });
});
