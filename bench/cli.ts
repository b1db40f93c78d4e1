/**
 * How long does a person wait for a command? Cold starts from process start to end, beside `node -e 0`, which is what
 * Node itself takes. `runs` asks a running agent.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { BenchOptions } from './bench-options.ts';
import { distributionOf } from './distribution.ts';
import { PROGRAM } from './real-agent.ts';
import { RealCluster } from './real-cluster.ts';

const ROUNDS = 15;
const ROUNDS_FULL = 60;

export async function run(options: BenchOptions): Promise<object> {
  return RealCluster.use({ agents: 1 }, options, async ({ founder }) => {
    const data = ['--data', founder.dataFolder];
    const commands: Record<string, string[]> = {
      node: ['-e', '0'],
      version: [PROGRAM, '--version'],
      nextOffline: [PROGRAM, 'next', '--cron', '30 2 * * *'],
      runs: [PROGRAM, 'runs', ...data],
      status: [PROGRAM, 'cluster', 'status', ...data],
    };
    const samples: Record<string, number[]> = {};
    // Round by round, so that what else the machine does meets all of them alike. The first round fills the caches.
    for (let round = 0; round <= (options.full ? ROUNDS_FULL : ROUNDS); round += 1) {
      for (const [name, words] of Object.entries(commands)) {
        const elapsedMs = await timed(words);
        if (round > 0) (samples[name] ??= []).push(elapsedMs);
      }
    }
    const floorMs = distributionOf(samples['node'] ?? []).p50;
    const results = Object.entries(samples).map(([name, values]) => {
      const { p50, p95 } = distributionOf(values);
      return [name, { p50Ms: p50, p95Ms: p95, ratio: p50 / floorMs }];
    });
    return { rounds: samples['node']?.length ?? 0, ...(Object.fromEntries(results) as object) };
  });
}

async function timed(words: readonly string[]): Promise<number> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, words, { stdio: 'ignore', timeout: 30_000 });
  const [code] = (await once(child, 'exit')) as [number | null];
  const elapsedMs = performance.now() - beganMs;
  if (code !== 0) throw new Error(`${words.slice(1).join(' ')} ended with ${code ?? 'a signal'}`);
  return elapsedMs;
}
