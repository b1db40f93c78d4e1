/**
 * How many runs a second the process runner starts and records, against the floor: bare `spawn` of `true` from a
 * process as small as the launcher. The runner also makes the run's folder and pipes, records start and end on the disk
 * (with fsync), and tells the agent of both.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProcessRunner } from '../core/adapters/processes/process-runner.ts';
import { hashId, type RunId, type TaskId } from '../core/domain/ids.ts';
import { measureSpawnFloor } from './spawn-floor.ts';

const RUNS = 600;
const AT_ONCE = 8;

/** Rates a second, the ratio of the two, and the latency of a single run from launch to end in milliseconds. */
export async function run(): Promise<object> {
  const floorPerSecond = measureSpawnFloor(RUNS, AT_ONCE);
  const dataFolder = await mkdtemp(join(tmpdir(), 'carillon-bench-spawn-'));
  const launcher = { pid: 0 };
  const runner = createProcessRunner({
    dataFolder,
    logger: { log: (_level, _message, fields) => (launcher.pid = Number(fields?.['pid'] ?? launcher.pid)) },
  });
  const waiting = new Map<RunId, () => void>();
  await runner.start((event) => {
    if (event.type === 'started' || event.type === 'progress') return;
    waiting.get(event.runId)?.();
  }, []);
  try {
    const launch = (index: number): Promise<void> =>
      new Promise((resolve) => {
        const runId = hashId('bench', String(index)) as RunId;
        waiting.set(runId, resolve);
        runner.launch({
          runId,
          taskId: 'bench' as TaskId,
          action: { type: 'command', argv: ['true'], environment: {} },
          environment: {},
          description: '{}',
          timeoutMs: undefined,
          killGraceMs: 1000,
          outputLimitBytes: 1024,
        });
      });
    const lane = async (from: number): Promise<void> => {
      for (let index = from; index < RUNS; index += AT_ONCE) await launch(index);
    };
    const beganMs = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, (_, from) => lane(from)));
    const runnerPerSecond = (RUNS * 1000) / (performance.now() - beganMs);
    const latencies: number[] = [];
    for (let index = 0; index < 50; index += 1) {
      const startMs = performance.now();
      await launch(RUNS + index);
      latencies.push(performance.now() - startMs);
    }
    latencies.sort((a, b) => a - b);
    return {
      runs: RUNS,
      atOnce: AT_ONCE,
      floorPerSecond: Math.round(floorPerSecond),
      runnerPerSecond: Math.round(runnerPerSecond),
      ratio: Math.round((100 * runnerPerSecond) / floorPerSecond) / 100,
      latencyMedianMs: Math.round(10 * (latencies[25] as number)) / 10,
    };
  } finally {
    await runner.stop();
    // Nothing runs any more: it ends at once.
    if (launcher.pid > 0) process.kill(launcher.pid, 'SIGTERM');
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
