/** The colour of each tone, as classes that the style sheet knows. */
import type { Tone } from '../format/run-state.ts';

export const TONE_TEXT: Readonly<Record<Tone, string>> = {
  ok: 'text-ok',
  bad: 'text-bad',
  warn: 'text-warn',
  live: 'text-live',
  quiet: 'text-dim',
};
