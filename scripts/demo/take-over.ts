/** What the others did in place of a machine that lost its power: its next occurrence, and the run it was in the midst of. */
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';

export interface TakeOver {
  readonly run: RunRecordOutput;
  /** From the due instant of the first occurrence after the power cut to its start elsewhere. */
  readonly delayMs: number;
}

export interface PowerCut {
  readonly machineId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The first occurrence of the task that came due after the cut, once it has started elsewhere; undefined before.
 * @param runs newest record of each run, in any order
 */
export function findTakeOver(runs: readonly RunRecordOutput[], task: string, cut: PowerCut): TakeOver | undefined {
  let first: TakeOver | undefined;
  for (const run of runs) {
    if (run.taskId !== task || run.cause.kind === 'manual' || run.attempt > 1) continue;
    const dueAt = Date.parse(run.dueAt);
    if (dueAt <= cut.at || run.startedAt === null || run.machineId === cut.machineId) continue;
    if (first === undefined || dueAt < Date.parse(first.run.dueAt)) {
      first = { run, delayMs: Math.max(0, Date.parse(run.startedAt) - dueAt) };
    }
  }
  return first;
}

/** The attempts of one occurrence that were lost with the machine, and those that followed elsewhere, oldest first. */
export function findRerun(
  runs: readonly RunRecordOutput[],
  occurrence: string,
  cut: PowerCut,
): { lost: RunRecordOutput | undefined; rerun: RunRecordOutput | undefined } {
  const attempts = runs.filter((run) => run.occurrenceId === occurrence).sort((a, b) => a.attempt - b.attempt);
  return {
    lost: attempts.find((run) => run.machineId === cut.machineId && run.state === 'lost'),
    rerun: attempts.find((run) => run.attempt > 1 && run.machineId !== cut.machineId && run.startedAt !== null),
  };
}
