/**
 * How long does an agent stand still? Pauses of the main thread's event loop of real agents: idle, while many tasks are
 * imported, and of both sides while a second agent joins and merges them. A pause delays heartbeats, claims and the
 * console alike. Measured beside the agent (see `agent-watch`), on wall time, where idle shows what the machine itself adds, and
 * as processor time of the busiest turn, which is what a quiet machine would take.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentUse } from './agent-watch.ts';
import type { BenchOptions } from './bench-options.ts';
import { RealCluster } from './real-cluster.ts';

const TASKS = 10_000;
const PER_REQUEST = 1000;
const IDLE_MS = 3000;

export async function run(options: BenchOptions): Promise<object> {
  return RealCluster.use({ agents: 1 }, options, async (cluster) => {
    const { founder } = cluster;
    await founder.ask('reset');
    await sleep(IDLE_MS);
    const idle = await founder.ask('reset');
    const importStarted = performance.now();
    await importTasks(cluster);
    const importMs = performance.now() - importStarted;
    const importing = await founder.ask('report');
    const joiner = await cluster.start();
    await Promise.all([founder.ask('reset'), joiner.ask('reset')]);
    const joinStarted = performance.now();
    await cluster.admit(joiner);
    await cluster.settled(TASKS);
    const joinMs = performance.now() - joinStarted;
    const [giving, taking] = [await founder.ask('report'), await joiner.ask('report')];
    return {
      tasks: TASKS,
      idle: pausesOf(idle),
      importing: { totalMs: importMs, ...pausesOf(importing) },
      joining: { totalMs: joinMs, giving: pausesOf(giving), taking: pausesOf(taking) },
    };
  });
}

async function importTasks(cluster: RealCluster): Promise<void> {
  for (let start = 0; start < TASKS; start += PER_REQUEST) {
    const definitions = Array.from({ length: PER_REQUEST }, (_, index) => definitionOf(start + index));
    await cluster.founder.client.tasks.apply({ definitions });
  }
  await cluster.settled(TASKS);
}

/** Daily at some minute: nothing comes due meanwhile but what would anyway. */
function definitionOf(index: number) {
  return {
    id: `task-${index}`,
    about: { name: `Task ${index}`, tags: ['bench'], suspended: false },
    schedule: {
      triggers: [{ kind: 'cron' as const, expression: `${index % 60} ${index % 24} 29 2 *` }],
      timeZone: 'Europe/Berlin',
    },
    action: { type: 'command' as const, argv: ['true'] },
  };
}

function pausesOf(use: AgentUse): object {
  return {
    maxMs: use.loop.maxMs,
    turnMaxMs: use.turnMaxMs,
    p99Ms: use.loop.p99Ms,
    processorMs: use.processorMs,
    residentMebibytes: Math.round(use.residentBytes / 1024 / 1024),
  };
}
