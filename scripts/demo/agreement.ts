/** Whether all machines tell the same history: each run that has ended, with its machine, instants and outcome. */
import type { RunOutput } from '../../core/api/run-schemas.ts';
import { FINAL_STATES } from '../../core/domain/run.ts';

/**
 * What one machine tells otherwise than the first, in words; empty when all agree.
 * @param views by the name of the machine, the same stretch of time each
 */
export function disagreements(views: ReadonlyMap<string, readonly RunOutput[]>): string[] {
  const [first, ...others] = [...views].map(([name, runs]) => ({
    name,
    told: new Map(runs.map((run) => [run.id, run])),
  }));
  if (first === undefined) return [];
  const found: string[] = [];
  for (const other of others) {
    for (const [id, run] of first.told) {
      const theirs = other.told.get(id);
      if (theirs === undefined) found.push(`${other.name} does not know run ${id} of ${run.taskId}`);
      else if (essence(theirs) !== essence(run)) found.push(`${other.name} and ${first.name} differ about run ${id}`);
    }
    for (const [id, run] of other.told) {
      if (!first.told.has(id)) found.push(`${first.name} does not know run ${id} of ${run.taskId}`);
    }
  }
  return found;
}

/** Progress of a run that goes on is told at different moments. */
function essence(run: RunOutput): string {
  const { id, taskId, machineId, attempt, nominalAt, startedAt, finishedAt, exitCode, duplicate } = run;
  const state = FINAL_STATES.has(run.state) ? run.state : 'open';
  return JSON.stringify([id, taskId, machineId, attempt, nominalAt, state, startedAt, finishedAt, exitCode, duplicate]);
}
