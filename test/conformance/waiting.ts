/**
 * Waiting for what a suite expects. The real adapters are watched while time passes; in the simulator time passes
 * because somebody waits. Suites know neither: they are given an `Until`.
 */
import type { VirtualTime } from '../simulator/virtual-time.ts';

/** Resolves once the condition holds; fails, saying what it waited for, after a bounded time. */
export type Until = (condition: () => boolean, what: string) => Promise<void>;

const PATIENCE_MS = 12_000;
const REAL_STEP_MS = 5;
const VIRTUAL_STEP_MS = 1;

/** Looks again and again while real time passes. */
export const untilReal: Until = async (condition, what) => {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, REAL_STEP_MS));
  }
};

/** Lets virtual time pass, and promises settle, until the condition holds. */
export function untilVirtual(time: VirtualTime): Until {
  return async (condition, what) => {
    for (let waitedMs = 0; waitedMs <= PATIENCE_MS; waitedMs += VIRTUAL_STEP_MS) {
      if (condition()) return;
      await time.runUntil(time.now + VIRTUAL_STEP_MS);
      // Chains of promises that belong to nobody's act, such as an answer to the test itself.
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`waited in vain: ${what}`);
  };
}
