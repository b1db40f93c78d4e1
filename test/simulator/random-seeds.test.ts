/**
 * Fresh seeds, as many as there is time for: what nobody has tried yet. A violation is told with the command that plays
 * its story again. `CARILLON_SIM_SECONDS` says how long (60 by default).
 */
import { expect, test } from 'vitest';
import { freshSeed } from './sim-arguments.ts';
import { seedLines } from './sim-report.ts';
import { simulate } from './sim-run.ts';

const SECONDS = Number(process.env['CARILLON_SIM_SECONDS'] ?? '60');
/** No story of these sizes takes longer than this. */
const LAST_STORY_MS = 120_000;

test(
  `whatever happens, the invariants hold: fresh seeds for ${SECONDS} s`,
  { timeout: SECONDS * 1000 + LAST_STORY_MS },
  async () => {
    const endsAtMs = performance.now() + SECONDS * 1000;
    let stories = 0;
    while (performance.now() < endsAtMs) {
      const seed = freshSeed();
      // Small stories: more of them in the time, and easier to read when one fails.
      const story = {
        machines: 3 + (seed % 5),
        tasks: 8 + (seed % 23),
        hours: 0.05 + (seed % 4) * 0.05,
        faults: 'all',
      } as const;
      const result = await simulate({ ...story, seed });
      expect(result.violations, seedLines(result, story).join('\n')).toEqual([]);
      stories += 1;
    }
    expect(stories).toBeGreaterThan(0);
  },
);
