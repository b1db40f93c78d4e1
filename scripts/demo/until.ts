/** Waits for what has to come true, by looking again and again, and never longer than stated. */
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 50;

/**
 * Resolves with the first answer of `look` that is not undefined.
 * @param what is waited for, to be told when it did not come true: "the reports to end"
 */
export async function until<T>(what: string, timeoutMs: number, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== null) return answer;
    if (performance.now() > giveUpAt) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await delay(LOOK_AGAIN_MS);
  }
}
