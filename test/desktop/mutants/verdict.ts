/**
 * What a seeded fault was worth: noticed only when the app with it was built and its spec ended by failing. Neither a build that
 * fails nor a spec that was cut off says anything about the spec.
 */
export type Verdict = 'noticed' | 'not noticed' | 'not built' | 'cut off';

/** @param status what Playwright ended with: 0 passed, 1 failed; null when it was ended from outside */
export function verdictOf(isBuilt: boolean, status: number | null): Verdict {
  if (!isBuilt) return 'not built';
  if (status === 0) return 'not noticed';
  return status === 1 ? 'noticed' : 'cut off';
}
