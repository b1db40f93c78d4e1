/** What a story amounts to, counted from outside when it is over. */
import type { TaskDefinition } from '../../core/domain/task.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimResult } from './sim-run.ts';

/** Counts by what the first machine holds in the end (all hold the same then) and by what really started. */
export function countStory(
  cluster: SimCluster,
  tasks: readonly TaskDefinition[],
): Pick<SimResult, 'occurrences' | 'runs' | 'duplicatesAllowed' | 'withheld'> {
  const { occurrences, logs } = cluster.machine(0).disk.tables;
  const withheld = new Set<string>();
  for (const { records } of logs.values()) {
    for (const record of records) if (record.state === 'withheld') withheld.add(record.occurrenceId);
  }
  return {
    occurrences: occurrences.size,
    runs: cluster.starts.length,
    duplicatesAllowed: secondStarts(cluster, tasks),
    withheld: withheld.size,
  };
}

/** Starts of an at-least-once attempt that had been started before; those that were not allowed are violations too. */
function secondStarts(cluster: SimCluster, tasks: readonly TaskDefinition[]): number {
  const least = new Set(tasks.filter(({ policy }) => policy.guarantee === 'at-least-once').map(({ id }) => id));
  const seen = new Set<string>();
  let count = 0;
  for (const { taskId, occurrenceId, attempt } of cluster.starts) {
    if (!least.has(taskId)) continue;
    const key = `${occurrenceId}/${attempt}`;
    if (seen.has(key)) count += 1;
    seen.add(key);
  }
  return count;
}
