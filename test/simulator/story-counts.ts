/** What a story amounts to, counted from outside when it is over. */
import type { TaskDefinition } from '../../core/domain/task.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimResult } from './sim-run.ts';

/** Counts by what any machine holds in the end, and by what really started. */
export function countStory(
  cluster: SimCluster,
  tasks: readonly TaskDefinition[],
): Pick<SimResult, 'occurrences' | 'runs' | 'duplicatesAllowed' | 'withheld'> {
  const withheld = new Set<string>();
  for (const { disk } of cluster.machines) {
    for (const { records } of disk.tables.logs.values()) {
      for (const { state, occurrenceId } of records) if (state === 'withheld') withheld.add(occurrenceId);
    }
  }
  return {
    occurrences: countOccurrences(cluster),
    runs: cluster.starts.length,
    duplicatesAllowed: secondStarts(cluster, tasks),
    withheld: withheld.size,
  };
}

/** Occurrences that any machine knows of. */
export function countOccurrences({ machines }: SimCluster): number {
  const occurrences = new Set<string>();
  for (const { disk } of machines) for (const id of disk.tables.occurrences.keys()) occurrences.add(id);
  return occurrences.size;
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
