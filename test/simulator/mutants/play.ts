/**
 * Plays the story of a mutant in a process of its own, in which the core is broken as it is loaded; or a story with the
 * core as it is. Prints one JSON line a seed.
 *
 *   node play.ts <mutant> <seeds>
 *   node play.ts none <seeds> <story>
 */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Edit, mutated } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import type { StoryName } from './stories.ts';

const ROOT = new URL('../../../', import.meta.url);

/** What one story came to. */
export interface Played {
  readonly story: string;
  readonly seed: number;
  readonly violations: readonly { readonly invariant: string; readonly detail: string }[];
  readonly tookMs: number;
}

const [name = 'none', seeds = '1', wanted = ''] = process.argv.slice(2);
const mutant = MUTANTS.find((other) => other.name === name);
if (mutant === undefined && name !== 'none') throw new Error(`no mutant ${name}`);
breakCore(mutant?.edits ?? []);
const { STORIES } = await import('./stories.ts');
const story = mutant?.story ?? Object.keys(STORIES).find((known): known is StoryName => known === wanted);
if (story === undefined) throw new Error(`no story ${wanted}`);
await play(story);

/** Until it is caught, or all seeds have been played. */
async function play(story: StoryName): Promise<void> {
  for (let seed = 1; seed <= Number(seeds); seed += 1) {
    const begin = process.hrtime.bigint();
    const violations = await judged(story, seed);
    const tookMs = Number((process.hrtime.bigint() - begin) / 1_000_000n);
    const played: Played = { story, seed, violations, tookMs };
    process.stdout.write(`${JSON.stringify(played)}\n`);
    if (mutant !== undefined && violations.some(({ invariant }) => mutant.caughtBy.some((by) => by === invariant)))
      return;
  }
}

async function judged(story: StoryName, seed: number): Promise<Played['violations']> {
  const found = await STORIES[story](seed);
  return found.map(({ invariant, detail }) => ({ invariant, detail }));
}

/** From now on the sources are loaded as the edits make them. */
function breakCore(edits: readonly Edit[]): void {
  const files = new Map<string, Edit[]>();
  for (const edit of edits) {
    const url = new URL(edit.file, ROOT).href;
    files.set(url, [...(files.get(url) ?? []), edit]);
  }
  registerHooks({
    load: (url, context, nextLoad) => {
      const changes = files.get(url);
      if (changes === undefined) return nextLoad(url, context);
      const source = changes.reduce(mutated, readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module', source: stripTypeScriptTypes(source), shortCircuit: true };
    },
  });
}
