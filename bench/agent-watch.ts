/**
 * Loaded into an agent before its own program (`node --import`), so that the product needs no hook to be measured: it
 * watches the pauses of the main thread's event loop and the processor time, and answers the bench over the IPC channel.
 *
 *   'reset'  → begins anew, answers with what was used since the last time
 *   'report' → answers with the same, and goes on
 *   'collect' → collects all garbage, and tells what is held as well
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** What an agent used since the last reset. */
export interface AgentUse {
  /** Time between two turns of the event loop beyond the 1 ms that was asked for. */
  readonly loop: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };
  /**
   * The most that the main thread computed between two turns of the event loop, in processor time: what a quiet machine would
   * take for it, however busy this one is. Waiting for the disk is not in it.
   */
  readonly turnMaxMs: number;
  /** Processor time of all its threads, without its launcher and what that starts. */
  readonly processorMs: number;
  readonly residentBytes: number;
  /** What is held in memory once garbage is collected; told by 'collect' alone. */
  readonly heldBytes?: number;
}

export type WatchRequest = 'reset' | 'report' | 'collect';

const RESOLUTION_MS = 1;
const NANOSECONDS = 1e6;

if (isMainThread && process.send !== undefined) watch();

function watch(): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let used = process.cpuUsage();
  let turnMaxMs = 0;
  let turnFromMs = threadMs();
  setInterval(() => {
    const nowMs = threadMs();
    turnMaxMs = Math.max(turnMaxMs, nowMs - turnFromMs);
    turnFromMs = nowMs;
  }, RESOLUTION_MS).unref();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  process.on('message', (request: WatchRequest) => {
    const since = process.cpuUsage(used);
    const excess = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS);
    const use: AgentUse = {
      loop: { p50Ms: excess(delay.percentile(50)), p99Ms: excess(delay.percentile(99)), maxMs: excess(delay.max) },
      turnMaxMs,
      processorMs: (since.user + since.system) / 1000,
      residentBytes: process.memoryUsage.rss(),
      ...(request === 'collect' ? { heldBytes: heldAfter(collect) } : {}),
    };
    if (request === 'reset') {
      delay.reset();
      turnMaxMs = 0;
      used = process.cpuUsage();
    }
    process.send?.(use);
    // Collecting is no work of the agent's.
    turnFromMs = threadMs();
  });
  // A bench that was ended leaves no agent behind.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel alone does not keep an agent that wants to end.
  process.channel?.unref();
}

/** Processor time of the main thread. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function heldAfter(collect: () => void): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
