/**
 * A clock in virtual time, as one life of an agent sees it. While the agent is paused nothing calls back; what should
 * have is called when the pause is over. A dead life hears nothing any more.
 */
import type { Clock } from '../../core/ports/clock.ts';
import type { Timing } from './machine-clock.ts';

/** What a clock must know of the machine that it is in. */
export interface SimClockOwner {
  /** Whole milliseconds since the epoch. */
  wallMs(): number;
  /** Virtual instant until which the agent stands still; past when it does not. */
  pausedUntilMs(): number;
  /** False once this life of the agent is over. */
  isAlive(): boolean;
}

export function createSimClock(time: Timing, owner: SimClockOwner): Clock {
  let generation = 0;
  const whenAwake = (delayMs: number, callback: () => void): void => {
    time.after(delayMs, () => {
      const restMs = owner.pausedUntilMs() - time.now;
      if (restMs > 0) whenAwake(restMs, callback);
      else callback();
    });
  };
  return {
    wallMs: () => owner.wallMs(),
    monotonicMs: () => time.now,
    soon: (callback) => {
      whenAwake(0, () => {
        if (owner.isAlive()) callback();
      });
    },
    wake: (atMs, callback) => {
      generation += 1;
      const mine = generation;
      if (atMs === undefined) return;
      whenAwake(atMs - time.now, () => {
        if (mine === generation && owner.isAlive()) callback();
      });
    },
  };
}
