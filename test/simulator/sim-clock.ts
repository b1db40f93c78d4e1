/**
 * A clock in virtual time, as one life of an agent sees it. While the agent is paused nothing calls back; what should
 * have is called when the pause is over. A dead life hears nothing any more.
 */
import type { Clock } from '../../core/ports/clock.ts';
import type { Timing } from './machine-clock.ts';

/** What a clock must know of the machine that it is in. */
export interface SimClockOwner {
  /** Milliseconds since the epoch; the clock tells whole ones, as the system's does. */
  wallMs(): number;
  /** Virtual instant until which the agent stands still; past when it does not. Absent: its time knows of pauses itself. */
  pausedUntilMs?(): number;
  /** False once this life of the agent is over. */
  isAlive(): boolean;
}

/** A timer that rings a breath too early, because the machine's own time drifts, is set again for no less than this. */
const SMALLEST_WAIT_MS = 0.001;

export function createSimClock(time: Timing, owner: SimClockOwner): Clock {
  let generation = 0;
  /** On a slow machine each turn takes its own time, but their order is kept. As a rule one waits. */
  let next: (() => void) | undefined;
  const later: (() => void)[] = [];
  const pauseMs = (): number => (owner.pausedUntilMs === undefined ? 0 : owner.pausedUntilMs() - time.now);
  const callNext = (): void => {
    const restMs = pauseMs();
    if (restMs > 0) return time.after(restMs, callNext);
    const callback = next;
    next = later.length === 0 ? undefined : later.shift();
    if (callback !== undefined && owner.isAlive()) callback();
  };
  const wakeAt = (atMs: number, mine: number, callback: () => void): void => {
    const ring = (): void => {
      const restMs = pauseMs();
      if (restMs > 0) return time.after(restMs, ring);
      if (mine !== generation || !owner.isAlive()) return;
      const earlyMs = atMs - time.now;
      if (earlyMs > 0) time.after(Math.max(earlyMs, SMALLEST_WAIT_MS), ring);
      else callback();
    };
    time.after(atMs - time.now, ring);
  };
  return {
    wallMs: () => Math.floor(owner.wallMs()),
    monotonicMs: () => time.now,
    soon: (callback) => {
      if (next === undefined) next = callback;
      else later.push(callback);
      time.after(0, callNext);
    },
    wake: (atMs, callback) => {
      generation += 1;
      if (atMs !== undefined) wakeAt(atMs, generation, callback);
    },
  };
}
