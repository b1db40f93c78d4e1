/** The real clock, with one timer. Timers may run off a millisecond early or late; whoever is woken looks at the clock. */
import type { Clock } from '../ports/clock.ts';

const LONGEST_DELAY_MS = 2 ** 31 - 1;

export function createSystemClock(): Clock {
  let timer: NodeJS.Timeout | undefined;
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    soon: (callback) => {
      setImmediate(callback);
    },
    wake: (atMonotonicMs, callback) => {
      clearTimeout(timer);
      timer = undefined;
      if (atMonotonicMs === undefined) return;
      const delayMs = Math.min(LONGEST_DELAY_MS, Math.max(0, Math.ceil(atMonotonicMs - performance.now())));
      timer = setTimeout(callback, delayMs);
    },
  };
}
