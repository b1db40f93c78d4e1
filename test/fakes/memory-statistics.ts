/** Figures over runs in memory, counted by the same tally as those of the real store. */
import type { TaskId } from '../../core/domain/ids.ts';
import { STORAGE } from '../../core/config/storage.ts';
import type { Run } from '../../core/domain/run.ts';
import { type Quantiles, Samples } from '../../core/history/samples.ts';
import { newestFirst } from '../../core/history/run-merge.ts';
import {
  MEASURED_STATES,
  type RunFigures,
  type StatisticsQuestion,
  StatisticsTally,
} from '../../core/history/statistics.ts';

export function figuresOf(runs: readonly Run[], question: StatisticsQuestion): RunFigures {
  const { since, until, taskId, machineId, taskIds } = question;
  const wanted = taskIds === undefined ? undefined : new Set(taskIds);
  const tally = new StatisticsTally<string>(question);
  for (const run of runs) {
    const { nominalAt, dueAt, startedAt, finishedAt, state } = run;
    if (nominalAt < since || nominalAt >= until) continue;
    if (taskId !== undefined && run.taskId !== taskId) continue;
    if (wanted?.has(run.taskId) === false) continue;
    if (machineId !== undefined && run.machineId !== machineId) continue;
    tally.add({
      task: run.taskId,
      machine: run.machineId,
      state,
      nominalAt,
      dueAt,
      startedAfterMs: startedAt === undefined ? undefined : startedAt - dueAt,
      tookMs: startedAt === undefined || finishedAt === undefined ? undefined : finishedAt - startedAt,
    });
  }
  return tally.figures((id) => id);
}

export function usualTimesOf(runs: readonly Run[], tasks: readonly TaskId[]): Record<TaskId, Quantiles> {
  const found: Record<TaskId, Quantiles> = {};
  for (const id of tasks) {
    const newest = runs
      .filter((run) => run.taskId === id)
      .sort(newestFirst)
      .slice(0, STORAGE.usualRunsLookedAt);
    const samples = new Samples();
    const measured = newest.filter((run) => MEASURED_STATES.has(run.state) && run.finishedAt !== undefined);
    for (const { startedAt, finishedAt } of measured.slice(0, STORAGE.usualRuns)) {
      if (startedAt !== undefined && finishedAt !== undefined) samples.add(finishedAt - startedAt);
    }
    const quantiles = samples.quantiles();
    if (quantiles !== undefined) found[id] = quantiles;
  }
  return found;
}
