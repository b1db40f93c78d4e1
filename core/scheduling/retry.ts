/** How long to wait before a failed attempt is repeated: exponential back-off with a cap, free of chance. */
import type { Retry } from '../domain/policy.ts';

/**
 * The wait between the end of a failed attempt and the next one: initial × factor^(failed attempt − 1), at most the cap.
 * @param failedAttempt the attempt that failed, from 1
 * @returns whole milliseconds, or undefined when no attempt is left
 */
export function retryDelayMs(retry: Retry, failedAttempt: number): number | undefined {
  if (failedAttempt >= retry.maxAttempts) return undefined;
  const grown = retry.initialMs * retry.factor ** Math.max(0, failedAttempt - 1);
  return Math.round(Math.min(grown, retry.maxMs));
}
