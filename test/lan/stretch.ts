/** A stretch of time in which something must go on holding: the one case where a test has to let time pass. */
import { setTimeout as after } from 'node:timers/promises';

const LOOK_AGAIN_MS = 500;

/** Resolves when `durationMs` are over; rejects as soon as `holds` throws. */
export async function pass(durationMs: number, holds: () => unknown): Promise<void> {
  const endsAt = Date.now() + durationMs;
  while (Date.now() < endsAt) {
    await holds();
    await after(LOOK_AGAIN_MS);
  }
}
