/**
 * How many runs a second does an agent carry out, and a cluster of three on the same machine? Everything is in it:
 * planning, claims, two durable records a run, the launcher, the process, and what each machine tells the others. Beside
 * it the floor: starting the same processes and doing nothing else.
 */
import type { BenchOptions } from './bench-options.ts';
import { type DueOutcome, runDueAtOnce } from './due-at-once.ts';

export async function run(options: BenchOptions): Promise<object> {
  const tasks = options.full ? 10_000 : 1000;
  return {
    tasks,
    oneAgent: ratesOf(await runDueAtOnce({ agents: 1, tasks }, options)),
    threeAgents: ratesOf(await runDueAtOnce({ agents: 3, tasks }, options)),
  };
}

function ratesOf({ runs, dueAt, uses, floorPerSecond }: DueOutcome): object {
  const lastEndAt = Math.max(...runs.map((each) => Date.parse(each.finishedAt ?? '')));
  const perSecond = (runs.length * 1000) / (lastEndAt - dueAt);
  const processorMs = uses.reduce((sum, use) => sum + use.processorMs, 0);
  return {
    runs: runs.length,
    perSecond,
    floorPerSecond,
    ratio: perSecond / floorPerSecond,
    /** Of all agents together, launchers and tasks not counted. */
    agentProcessorMsPerRun: processorMs / runs.length,
    runsByAgent: countsOf(runs.map((each) => each.machineName ?? '')),
    loopMaxMs: Math.max(...uses.map((use) => use.loop.maxMs)),
  };
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
