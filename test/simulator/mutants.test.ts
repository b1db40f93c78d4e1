/**
 * The checkers bite: each way of breaking the core is caught by a checker that was named beforehand, in a story that the
 * unbroken core passes. Every mutant is a process of its own, in which one file is changed as it is loaded.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { MUTANTS } from './mutants/mutants.ts';
import type { Played } from './mutants/play.ts';

const PLAY = fileURLToPath(new URL('./mutants/play.ts', import.meta.url));
const SEEDS = 3;
/** Of one process, milliseconds. */
const PLAY_MAX_MS = 120_000;

/** Plays in a process of its own; what it printed, story by story. */
function play(mutant: string, seeds: number): Promise<Played[]> {
  return new Promise((resolve, reject) => {
    const options = { timeout: PLAY_MAX_MS, maxBuffer: 16 * 1024 * 1024 };
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', PLAY, mutant, String(seeds)],
      options,
      (fault, stdout, stderr) => {
        if (fault !== null) reject(new Error(`${mutant}: ${fault.message}\n${stderr}`));
        else
          resolve(
            stdout
              .trim()
              .split('\n')
              .map((line) => JSON.parse(line) as Played),
          );
      },
    );
  });
}

describe('the unbroken core', () => {
  test('comes through every story', async () => {
    const played = await play('none', SEEDS);
    expect(played.length).toBeGreaterThan(MUTANTS.length);
    for (const { story, seed, violations } of played) expect(violations, `${story}, seed ${seed}`).toEqual([]);
  });
});

describe('a core in which', () => {
  test.for(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s is caught', async ([name, mutant]) => {
    const played = await play(name, SEEDS);
    const found = new Set(played.flatMap(({ violations }) => violations.map(({ invariant }) => invariant)));
    expect(
      mutant.caughtBy.some((invariant) => found.has(invariant)),
      `reported were: ${[...found].join()}`,
    ).toBe(true);
  });

  test('every mutant has a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
