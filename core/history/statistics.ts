/** Figures over runs: how often they succeed, how long they take, how late they start. Pure; the caller picks the runs. */
import type { TaskId } from '../domain/ids.ts';
import type { Run, RunState } from '../domain/run.ts';

/** Durations and lateness are milliseconds; absent when no run has one. */
export interface RunStatistics {
  readonly count: number;
  readonly states: Readonly<Partial<Record<RunState, number>>>;
  /** Runs that ended by themselves: succeeded, failed or timed out. */
  readonly finished: number;
  /** Succeeded of those that finished, or were lost, 0 to 1; absent when none did. */
  readonly successRate?: number;
  readonly duplicates: number;
  readonly durationMs?: Quantiles;
  /** Start minus due instant, never negative. */
  readonly latenessMs?: Quantiles;
}

export interface Quantiles {
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** Figures over all the given runs. */
export function summarizeRuns(runs: Iterable<Run>): RunStatistics {
  const states: Partial<Record<RunState, number>> = {};
  const durations: number[] = [];
  const lateness: number[] = [];
  let count = 0;
  let duplicates = 0;
  for (const run of runs) {
    count += 1;
    states[run.state] = (states[run.state] ?? 0) + 1;
    if (run.duplicate) duplicates += 1;
    if (run.startedAt === undefined) continue;
    lateness.push(Math.max(0, run.startedAt - run.dueAt));
    if (run.finishedAt !== undefined) durations.push(Math.max(0, run.finishedAt - run.startedAt));
  }
  const succeeded = states.succeeded ?? 0;
  const finished = succeeded + (states.failed ?? 0) + (states['timed-out'] ?? 0);
  const judged = finished + (states.lost ?? 0);
  const durationMs = quantilesOf(durations);
  const latenessMs = quantilesOf(lateness);
  return {
    count,
    states,
    finished,
    duplicates,
    ...(judged === 0 ? {} : { successRate: succeeded / judged }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(latenessMs === undefined ? {} : { latenessMs }),
  };
}

/** Figures per task. */
export function summarizeByTask(runs: Iterable<Run>): ReadonlyMap<TaskId, RunStatistics> {
  const byTask = new Map<TaskId, Run[]>();
  for (const run of runs) {
    const list = byTask.get(run.taskId);
    if (list === undefined) byTask.set(run.taskId, [run]);
    else list.push(run);
  }
  return new Map([...byTask].map(([taskId, list]) => [taskId, summarizeRuns(list)]));
}

/** Nearest-rank quantiles: the smallest value that at least that share of the values does not exceed. */
export function quantilesOf(values: readonly number[]): Quantiles | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((left, right) => left - right);
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
  return { median: rank(0.5), p95: rank(0.95), max: rank(1) };
}
