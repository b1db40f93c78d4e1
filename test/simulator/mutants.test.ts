/**
 * The checkers bite: each way of breaking the core is caught by a checker that was named beforehand, in a story that the
 * unbroken core passes. Every mutant is a process of its own, in which one file is changed as it is loaded; so is every
 * story of the unbroken core, so that none waits for the others and the bound is that of a few seeds of one story.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { MUTANTS } from './mutants/mutants.ts';
import type { Played } from './mutants/play.ts';
import { STORIES, type StoryName } from './mutants/stories.ts';

const PLAY = fileURLToPath(new URL('./mutants/play.ts', import.meta.url));
const SEEDS = 3;
const SEEDS_PLAYED = Array.from({ length: SEEDS }, (_, index) => index + 1);
/** Of one process, milliseconds: against one that never ends, well beyond what the longest story takes on a busy machine. */
const PLAY_MAX_MS = 240_000;

/** Plays in a process of its own; what it printed, seed by seed. */
function play(mutant: string, seeds: number, story?: StoryName): Promise<Played[]> {
  return new Promise((resolve, reject) => {
    const options = { timeout: PLAY_MAX_MS, maxBuffer: 16 * 1024 * 1024 };
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', PLAY, mutant, String(seeds), ...(story === undefined ? [] : [story])],
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
  test.for(Object.keys(STORIES) as StoryName[])('comes through the story: %s', async (story) => {
    const played = await play('none', SEEDS, story);
    expect(played.map((one) => one.seed)).toEqual(SEEDS_PLAYED);
    for (const { seed, violations } of played) expect(violations, `seed ${seed}`).toEqual([]);
  });

  test('is told no story that breaks nothing', () => {
    expect(new Set(Object.keys(STORIES))).toEqual(new Set(MUTANTS.map(({ story }) => story)));
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
