/**
 * The real clock, with one timer. The system's timers may run off a millisecond early, and cannot wait for more than
 * some weeks; so whoever wakes looks at the clock, and goes on waiting when it is not time yet.
 */
import type { Clock } from '../ports/clock.ts';

const LONGEST_DELAY_MS = 2 ** 31 - 1;

export function createSystemClock(): Clock {
  let timer: NodeJS.Timeout | undefined;
  const wait = (atMonotonicMs: number, callback: () => void): void => {
    const delayMs = Math.max(0, Math.ceil(atMonotonicMs - performance.now()));
    timer = setTimeout(
      () => {
        if (performance.now() < atMonotonicMs) wait(atMonotonicMs, callback);
        else callback();
      },
      Math.min(LONGEST_DELAY_MS, delayMs),
    );
  };
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    soon: (callback) => {
      setImmediate(callback);
    },
    wake: (atMonotonicMs, callback) => {
      clearTimeout(timer);
      if (atMonotonicMs !== undefined) wait(atMonotonicMs, callback);
    },
  };
}
