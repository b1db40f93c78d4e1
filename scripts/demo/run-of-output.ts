/** A run as the API shows it, as the history rooms of core read it: instants are numbers, and what is absent is absent. */
import type { RunOutput } from '../../core/api/run-schemas.ts';
import type { MachineId, OccurrenceId, RunId, TaskId } from '../../core/domain/ids.ts';
import type { Cause, Run } from '../../core/domain/run.ts';

/** The tasks of the demo run on one machine each, so that every slot is the empty one. */
export function runOfOutput(output: RunOutput): Run {
  return {
    recorderId: output.recorderId as MachineId,
    sequence: output.sequence,
    recordedAt: Date.parse(output.recordedAt),
    id: output.id as RunId,
    taskId: output.taskId as TaskId,
    occurrenceId: output.occurrenceId as OccurrenceId,
    slot: '',
    attempt: output.attempt,
    machineId: output.machineId as MachineId,
    state: output.state,
    cause: output.cause as Cause,
    nominalAt: Date.parse(output.nominalAt),
    dueAt: Date.parse(output.dueAt),
    ...(output.startedAt === null ? {} : { startedAt: Date.parse(output.startedAt) }),
    ...(output.finishedAt === null ? {} : { finishedAt: Date.parse(output.finishedAt) }),
    ...(output.exitCode === null ? {} : { exitCode: output.exitCode }),
    ...(output.reason === null ? {} : { reason: output.reason }),
    ...(output.progress === null ? {} : { progress: output.progress }),
    ...(output.next === null
      ? {}
      : { next: { attempt: output.next.attempt, dueAt: Date.parse(output.next.dueAt), avoid: [] } }),
    duplicate: output.duplicate,
  };
}
