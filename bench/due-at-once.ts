/**
 * The situation behind throughput and lateness: a cluster of real agents, and many tasks that all come due at the same
 * instant, each of which starts `true`. What happened is read from the run records.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunOutput } from '../core/api/run-schemas.ts';
import type { AgentUse } from './agent-watch.ts';
import type { BenchOptions } from './bench-options.ts';
import { type ClusterWishes, RealCluster, until } from './real-cluster.ts';
import { measureSpawnFloor } from './spawn-floor.ts';

export interface DueWishes extends ClusterWishes {
  readonly tasks: number;
}

export interface DueOutcome {
  /** The newest record of each task's run. */
  readonly runs: readonly RunOutput[];
  readonly dueAt: number;
  /** What each agent used from the due instant to the last end. */
  readonly uses: readonly AgentUse[];
  /** Bare starts a second, measured just before and just after. */
  readonly floorPerSecond: number;
}

/** Time to import a task and have it everywhere, and as much again for safety. */
const LEAD_MS = 6000;
const LEAD_PER_TASK_MS = 4;
const PER_REQUEST = 1000;
const LONGEST_MS = 120_000;
const LOOK_AGAIN_MS = 500;
const PAGE = 500;
const FLOOR_RUNS = 300;
const FLOOR_AT_ONCE = 8;

export async function runDueAtOnce(wishes: DueWishes, options: BenchOptions): Promise<DueOutcome> {
  const floorBefore = measureSpawnFloor(FLOOR_RUNS, FLOOR_AT_ONCE);
  const outcome = await RealCluster.use(wishes, options, (cluster) => runInCluster(cluster, wishes.tasks));
  const floorAfter = measureSpawnFloor(FLOOR_RUNS, FLOOR_AT_ONCE);
  return { ...outcome, floorPerSecond: (floorBefore + floorAfter) / 2 };
}

async function runInCluster(cluster: RealCluster, tasks: number): Promise<Omit<DueOutcome, 'floorPerSecond'>> {
  const dueAt = Math.ceil((Date.now() + LEAD_MS + tasks * LEAD_PER_TASK_MS) / 1000) * 1000;
  await importTasks(cluster, tasks, dueAt);
  const leftMs = dueAt - Date.now();
  if (leftMs < 1000) throw new Error('the tasks were not everywhere before they came due');
  await sleep(leftMs - 500);
  for (const agent of cluster.agents) await agent.ask('reset');
  await allEnded(cluster, tasks, dueAt);
  const uses = await Promise.all(cluster.agents.map((agent) => agent.ask('report')));
  return { runs: await readRuns(cluster, tasks), dueAt, uses };
}

async function importTasks(cluster: RealCluster, count: number, dueAt: number): Promise<void> {
  const definitions = Array.from({ length: count }, (_, index) => ({
    id: `due-${index}`,
    about: { name: `Due ${index}` },
    schedule: { triggers: [{ kind: 'once' as const, at: dueAt }] },
    action: { type: 'command' as const, argv: ['true'] },
    // However long the queue is: each of them runs.
    policy: { catchUp: { mode: 'latest' as const } },
  }));
  for (let start = 0; start < count; start += PER_REQUEST) {
    await cluster.founder.client.tasks.apply({ definitions: definitions.slice(start, start + PER_REQUEST) });
  }
  await cluster.settled(count);
}

/** Asks little, so that asking does not become what is measured. */
async function allEnded(cluster: RealCluster, count: number, dueAt: number): Promise<void> {
  await sleep(Math.max(0, dueAt - Date.now()));
  await until('all runs to end', LONGEST_MS, async () => {
    await sleep(LOOK_AGAIN_MS);
    const { counts } = await cluster.founder.client.cluster.status({});
    if (counts.activeRuns > 0) return false;
    const { totals } = await cluster.founder.client.runs.totals({ since: new Date(dueAt - 1).toISOString() });
    return totals.reduce((sum, total) => sum + (total.state === 'succeeded' ? total.count : 0), 0) >= count;
  });
}

async function readRuns(cluster: RealCluster, count: number): Promise<RunOutput[]> {
  const runs: RunOutput[] = [];
  let cursor: string | null = null;
  do {
    const page: { runs: RunOutput[]; nextCursor: string | null } = await cluster.founder.client.runs.list({
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    runs.push(...page.runs);
    cursor = page.nextCursor;
  } while (cursor !== null && runs.length < 2 * count);
  return runs;
}
