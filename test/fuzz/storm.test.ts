/** The fuzzers themselves: the same seed makes the same inputs, every door has its file, and what goes wrong is told. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../simulator/seeded-random.ts';
import { budgetOf, DOORS, fuzzRequest, isDoor } from './budget.ts';
import { MAX_INPUT_BYTES, mutateBytes, mutateText } from './mutation.ts';
import { inputRandom, type Storm, storm } from './storm.ts';
import { mutateValue } from './value-mutation.ts';

const quick: Storm = {
  door: 'codec',
  title: 'test',
  part: 0.01,
  inputs: 500,
  make: (random) => random.bytes(4),
  feed: () => undefined,
};

describe('a storm', () => {
  test('tells the input that failed, and how to feed it again', async () => {
    const failing = storm({
      ...quick,
      feed: (input) => {
        if (input.length > 0) throw new TypeError('no such thing');
      },
    });
    await expect(failing).rejects.toThrow(
      /TypeError: no such thing\nSee it again: npm run test:fuzz -- --door codec --input \S{8}$/,
    );
  });

  test('fails when an input takes long', async () => {
    const slow = storm({
      ...quick,
      feed: () => {
        const before = process.cpuUsage();
        for (let used = before; used.user + used.system < 3_200_000;) used = process.cpuUsage(before);
      },
    });
    await expect(slow).rejects.toThrow(/of processor time/);
  });

  test('fails when the heap grows', async () => {
    const kept: Uint8Array[] = [];
    const growing = storm({ ...quick, part: 1, growthMib: 10, feed: () => void kept.push(new Uint8Array(100_000)) });
    await expect(growing).rejects.toThrow(/the heap grew by \d/);
    expect(kept.length).toBeGreaterThan(100);
  });
});

describe('chance', () => {
  test('is the same for the same seed, and another for the next input', () => {
    const good = [Uint8Array.from({ length: 200 }, (_, index) => index)];
    const make = (index: number): string => Buffer.from(mutateBytes(inputRandom(3, 'a', index), good)).toString('hex');
    expect(make(1)).toBe(make(1));
    expect(new Set(Array.from({ length: 50 }, (_, index) => make(index))).size).toBeGreaterThan(40);
    const value = { a: [1, 'x', { b: true }] };
    const change = (): unknown => mutateValue(new SeededRandom(5), value, []);
    expect(change()).toEqual(change());
    expect(value).toEqual({ a: [1, 'x', { b: true }] });
  });

  test('makes no input beyond its size', () => {
    const large = new Uint8Array(MAX_INPUT_BYTES);
    for (let seed = 0; seed < 30; seed += 1) {
      expect(mutateBytes(new SeededRandom(seed), [large]).length).toBeLessThanOrEqual(MAX_INPUT_BYTES);
      expect(mutateText(new SeededRandom(seed), ['x'.repeat(100_000)]).length).toBeLessThanOrEqual(MAX_INPUT_BYTES);
    }
  });
});

describe('the doors', () => {
  test('have a file each', () => {
    const files = readdirSync(new URL('./doors/', import.meta.url)).map((name) => name.replace('.test.ts', ''));
    expect(files.sort()).toEqual(Object.keys(DOORS).sort());
    expect(isDoor('constructor')).toBe(false);
  });

  test('share the time that was asked for', () => {
    const request = fuzzRequest({ CARILLON_FUZZ_SECONDS: '60', CARILLON_FUZZ_SEED: '5' });
    const all = Object.keys(DOORS).filter(isDoor);
    expect(all.reduce((sum, door) => sum + budgetOf(door, 1, request).ms, 0)).toBeCloseTo(60_000);
    expect(budgetOf('peer', 1, { ...request, door: 'peer' }).ms).toBe(60_000);
    expect(() => fuzzRequest({ CARILLON_FUZZ_DOOR: 'window' })).toThrow('no door');
    expect(() => fuzzRequest({ CARILLON_FUZZ_SECONDS: 'soon' })).toThrow('no number');
  });
});
