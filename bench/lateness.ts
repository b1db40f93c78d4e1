/**
 * A thousand tasks come due in the same second: how much later than due does each start? The last ones wait for a slot
 * and for all the others, so the floor of the maximum is the time that starting that many processes takes at all.
 */
import type { BenchOptions } from './bench-options.ts';
import { distributionOf } from './distribution.ts';
import { type DueOutcome, runDueAtOnce } from './due-at-once.ts';
import type { ClusterWishes } from './real-cluster.ts';

const TASKS = 1000;

export async function run(options: BenchOptions): Promise<object> {
  const measure = async (wishes: ClusterWishes): Promise<object> =>
    latenessOf(await runDueAtOnce({ ...wishes, tasks: TASKS }, options));
  return {
    tasks: TASKS,
    oneAgent: { usualSlots: await measure({ agents: 1 }), slots64: await measure({ agents: 1, slots: 64 }) },
    threeAgents: { usualSlots: await measure({ agents: 3 }), slots64: await measure({ agents: 3, slots: 64 }) },
  };
}

function latenessOf({ runs, dueAt, uses, floorPerSecond }: DueOutcome): object {
  const floorMs = (runs.length * 1000) / floorPerSecond;
  const startMs = distributionOf(runs.map((each) => Date.parse(each.startedAt ?? '') - dueAt));
  const claimMs = distributionOf(runs.map((each) => Date.parse(each.claimedAt ?? '') - dueAt));
  return {
    startMs,
    /** Until it was decided that it runs now, and where. */
    claimMs,
    floorMaxMs: floorMs,
    ratio: startMs.max / floorMs,
    loopMaxMs: Math.max(...uses.map((use) => use.loop.maxMs)),
  };
}
