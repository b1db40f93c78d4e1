/**
 * Loaded into an agent before its own program (`node --import`): writes down, four times a second, the longest pause of
 * its event loop since the last time and its memory, one JSON line each, to the file that `CARILLON_LOOP_WATCH` names. At
 * SIGUSR2 it collects all garbage first, and also tells what is left: a process that has memory to spare lets garbage lie.
 */
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** One line. */
export interface LoopSample {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly longestPauseMs: number;
  readonly residentBytes: number;
  /** What is held in memory once garbage is collected. */
  readonly heldBytes?: number;
}

const EVERY_MS = 250;
const NANOSECONDS = 1e6;

const path = process.env['CARILLON_LOOP_WATCH'];
// The launcher of the agent inherits its environment.
if (isMainThread && path !== undefined && process.argv.includes('start')) watch(path);

function watch(file: string): void {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const write = (held: { heldBytes?: number }): void => {
    const sample: LoopSample = {
      at: Date.now(),
      longestPauseMs: delay.max / NANOSECONDS,
      residentBytes: process.memoryUsage.rss(),
      ...held,
    };
    delay.reset();
    appendFileSync(file, `${JSON.stringify(sample)}\n`);
  };
  setInterval(() => write({}), EVERY_MS).unref();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  process.on('SIGUSR2', () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    write({ heldBytes: heapUsed + external });
    delay.reset();
  });
}
