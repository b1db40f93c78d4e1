/**
 * A cluster under random faults from a seed: first anything may happen, then faults stop and order is demanded. What
 * must hold is checked from outside, from what processes really started and what the machines say in the end.
 */
import type { TaskDefinition } from '../../core/domain/task.ts';
import { checkAccounted, checkAgreement, checkOverlap, checkSlots, checkStarts } from './checkers.ts';
import { befall, calm, type FaultScene, swarm } from './fault-kinds.ts';
import { Observer } from './observer.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimCluster, simTask } from './sim-cluster.ts';

export interface FaultRun {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly starts: number;
}

export interface FaultOptions {
  readonly seed: number;
  readonly machines: number;
  readonly minutes: number;
  readonly trace?: (line: string) => void;
}

const CALM_MS = 150_000;
const SLOTS = 4;

export async function runUnderFaults(options: FaultOptions): Promise<FaultRun> {
  const random = new SeededRandom(options.seed * 7919);
  const cluster = new SimCluster({
    machines: options.machines,
    seed: options.seed,
    slots: SLOTS,
    behaviour: () => ({
      durationMs: 20 + random.below(random.fraction() < 0.2 ? 20_000 : 500),
      exitCode: random.fraction() < 0.1 ? 1 : 0,
    }),
    ...(options.trace === undefined ? {} : { trace: options.trace }),
  });
  await cluster.form();
  const steady = steadyTasks();
  const volatile = volatileTasks();
  await cluster.put(0, ...steady, ...volatile);
  await cluster.run(3000);
  const observer = new Observer(cluster);
  const scene: FaultScene = { cluster, observer, random, steady, volatile, trace: options.trace };
  const begin = cluster.time.now;
  const end = begin + options.minutes * 60_000;
  const kinds = swarm(random);
  while (cluster.time.now < end) {
    await observer.run(500 + random.below(8000));
    await befall(scene, random.pick(kinds));
  }
  await calm(scene);
  await observer.run(CALM_MS);
  const all = [...steady, ...volatile];
  const violations = [
    ...checkStarts(cluster, all),
    ...checkOverlap(cluster, observer, all),
    ...(await checkAccounted(cluster, observer, steady, begin + 1000, end - 60_000)),
    ...(await checkAgreement(cluster, all)),
    ...(await checkSlots(cluster, simTask('probe', undefined, { policy: { overlap: 'allow' } }), SLOTS)),
  ];
  return { seed: options.seed, violations, starts: cluster.starts.length };
}

/** One of each kind of promise. Nobody edits them. */
function steadyTasks(): TaskDefinition[] {
  return [
    simTask('once', '*/20 * * * * *', {
      policy: { guarantee: 'at-most-once', retry: { maxAttempts: 2, initialMs: 1000 } },
    }),
    simTask('least', '*/15 * * * * *', { policy: { retry: { maxAttempts: 3, initialMs: 2000 }, rerunAfterMs: 5000 } }),
    simTask('queued', '*/30 * * * * *', { policy: { overlap: 'queue-all', catchUp: { mode: 'all' } } }),
    simTask('single', '*/20 * * * * *', { policy: { overlap: 'queue-one', catchUp: { mode: 'latest' } } }),
    simTask('replaced', '*/10 * * * * *', { policy: { overlap: 'replace', rerunAfterMs: 8000 } }),
    simTask('free', '*/10 * * * * *', { policy: { overlap: 'allow', guarantee: 'at-most-once' } }),
    simTask('all', '0 * * * * *', { placement: { mode: 'all' } }),
  ];
}

function volatileTasks(): TaskDefinition[] {
  return [
    simTask('volatile', '*/10 * * * * *', { policy: { catchUp: { mode: 'latest' } } }),
    simTask('fickle', '*/20 * * * * *', { policy: { guarantee: 'at-most-once', overlap: 'queue-all' } }),
  ];
}
