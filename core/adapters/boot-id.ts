/**
 * Which start of the machine this is: the same name for as long as it is not started anew, whatever agents come and go.
 * Linux names each start. Elsewhere the instant of the start is worked out from how long the system is up; as clocks are
 * set now and then, an instant that is nearly that of last time is that of last time.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

/** Clocks are set by no more than this between two agents of one start, or it counts as another start. */
const SAME_WITHIN_MS = 5 * 60_000;
const FILE = 'boot';

/** What is asked of the system; tests ask something else. */
export interface BootSource {
  /** What Linux calls this start; undefined elsewhere. */
  readonly named: () => string | undefined;
  /** Epoch milliseconds, and for how long (milliseconds) the system is up. */
  readonly now: () => number;
  readonly upMs: () => number;
}

/** The name of this start; undefined where it cannot be told, or not be kept. */
export function bootIdOf(dataFolder: string, source: BootSource = SYSTEM): string | undefined {
  const named = source.named();
  if (named !== undefined) return named;
  const path = join(dataFolder, FILE);
  const startedAt = Math.round(source.now() - source.upMs());
  const before = Number(textOf(path) ?? NaN);
  if (Math.abs(startedAt - before) < SAME_WITHIN_MS) return `at-${before}`;
  try {
    writeFileSync(path, String(startedAt), { mode: 0o600 });
  } catch {
    // Without the note the next agent would take this start for another one.
    return undefined;
  }
  return `at-${startedAt}`;
}

const SYSTEM: BootSource = {
  named: () => {
    const id = process.platform === 'linux' ? textOf('/proc/sys/kernel/random/boot_id') : undefined;
    return id !== undefined && /^[0-9a-f-]{36}$/.test(id) ? id : undefined;
  },
  now: Date.now,
  upMs: () => uptime() * 1000,
};

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // None: the answer is worked out in another way.
    return undefined;
  }
}
