/** Waiting on a LAN, for what must come true, and while something must go on holding. */
import { setTimeout as after } from 'node:timers/promises';
import { eventually } from '../integration/eventually.ts';

const LOOK_AGAIN_MS = 500;
/** All machines of a LAN share the processors of one, and those with others: what takes a second may take half a minute. */
const PATIENCE_MS = 90_000;

/** Resolves with the answer of `look` once it no longer throws. */
export function patiently<T>(look: () => T | Promise<T>): Promise<T> {
  return eventually(look, PATIENCE_MS);
}

/** Resolves when `durationMs` are over; rejects as soon as `holds` throws: the one case where a test has to let time pass. */
export async function pass(durationMs: number, holds: () => unknown): Promise<void> {
  const endsAt = Date.now() + durationMs;
  while (Date.now() < endsAt) {
    await holds();
    await after(LOOK_AGAIN_MS);
  }
}
