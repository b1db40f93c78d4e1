/** Waits for what has to come true, by looking again and again, and never longer than stated. */
import { vi } from 'vitest';

const LOOK_AGAIN_MS = 100;

/**
 * Resolves with the answer of `look` once it no longer throws; assertions inside say what is still missing.
 * @param timeoutMs after which the last error of `look` is thrown.
 */
export function eventually<T>(look: () => T | Promise<T>, timeoutMs = 20_000): Promise<T> {
  return vi.waitFor(look, { timeout: timeoutMs, interval: LOOK_AGAIN_MS });
}
