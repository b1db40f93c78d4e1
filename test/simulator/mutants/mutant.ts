/**
 * What a mutant is: the core, broken on purpose in one way that has a name. It proves that the checkers bite: each must
 * be caught, by a checker that it names, in a story that the unbroken core passes.
 */
import type { InvariantName } from '../checkers/checker.ts';
import type { StoryName } from './stories.ts';

export interface Edit {
  /** Path from the root of the project. */
  readonly file: string;
  /** Exact text that occurs once: when it does not, the code has changed, and the mutant must be looked at again. */
  readonly replace: string;
  readonly by: string;
}

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly story: StoryName;
  /** One of these has to report it. */
  readonly caughtBy: readonly InvariantName[];
}

/**
 * The source with the edit made.
 * @throws when the text to replace does not occur exactly once
 */
export function mutated(source: string, { file, replace, by }: Edit): string {
  const parts = source.split(replace);
  if (parts.length !== 2) throw new Error(`${file}: the text to replace occurs ${parts.length - 1} times: ${replace}`);
  return parts.join(by);
}
