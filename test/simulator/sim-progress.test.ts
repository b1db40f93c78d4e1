/** While stories are played, people are told how far they have come: now and then, and in words. */
import { expect, test } from 'vitest';
import { ProgressTeller, progressLine } from './sim-progress.ts';
import { simulate } from './sim-run.ts';

const HALF_WAY = { simulatedHours: 12.345, ofHours: 24.041, occurrences: 98_765, runs: 43_210 };

test('a line says how many stories are done, and how far the others have come', () => {
  const stories = [
    { seed: 7, ...HALF_WAY },
    { seed: 8, ...HALF_WAY, simulatedHours: 30 },
  ];
  expect(progressLine({ seconds: 61.4, done: 6, of: 100, stories })).toBe(
    'after 61 s: 6 of 100 stories done; ' +
      'seed 7: 12.35 of 24.04 virtual hours, 98765 occurrences, 43210 runs; ' +
      'seed 8: 24.04 of 24.04 virtual hours, 98765 occurrences, 43210 runs',
  );
  expect(progressLine({ seconds: 10, done: 0, of: undefined, stories: [] })).toBe('after 10 s: 0 stories done');
});

test('a line comes every ten seconds, however many steps there are, and looks at a story only for that', () => {
  let nowMs = 5000;
  let looks = 0;
  const lines: string[] = [];
  const teller = new ProgressTeller(
    (line) => lines.push(line),
    3,
    () => nowMs,
  );
  const look = () => {
    looks += 1;
    return HALF_WAY;
  };
  for (let step = 0; step < 1000; step += 1) {
    teller.onStep(1, look);
    nowMs += 25;
  }
  expect(lines).toHaveLength(2);
  expect(looks).toBe(2);
  expect(lines[0]).toContain('after 10 s: 0 of 3 stories done; seed 1: 12.35 of 24.04');
  teller.onDone(1);
  nowMs += 10_000;
  teller.onStep(2, look);
  expect(lines[2]).toContain('1 of 3 stories done; seed 2:');
  expect(lines[2]).not.toContain('seed 1');
});

test('a story shows how far it has come from its first step to its last, and is the same whether or not anybody looks', async () => {
  const story = { seed: 5, machines: 3, tasks: 5, hours: 0.05, faults: 'none' } as const;
  const seen: number[] = [];
  const watched = await simulate({
    ...story,
    progress: (look) => {
      const { simulatedHours, ofHours, occurrences } = look();
      expect(occurrences).toBeGreaterThanOrEqual(0);
      seen.push(simulatedHours / ofHours);
    },
  });
  expect(seen[0]).toBeLessThan(0.01);
  expect(seen.at(-1)).toBeGreaterThan(0.99);
  expect(watched).toEqual(await simulate(story));
});
