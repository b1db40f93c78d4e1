/** A run, as the API shows it: instants as text, null for what is absent. */
import type { MachineId } from '../domain/ids.ts';
import type { Run, RunRecord } from '../domain/run.ts';
import { isoOf } from './api-values.ts';
import type { RunOutput, RunRecordOutput } from './run-schemas.ts';

type NameOf = (id: MachineId) => string | null;

export function runRecordOutputOf(record: RunRecord, nameOf: NameOf): RunRecordOutput {
  return {
    id: record.id,
    taskId: record.taskId,
    occurrenceId: record.occurrenceId,
    attempt: record.attempt,
    machineId: record.machineId,
    machineName: nameOf(record.machineId),
    state: record.state,
    cause: causeOf(record),
    nominalAt: isoOf(record.nominalAt),
    dueAt: isoOf(record.dueAt),
    claimedAt: isoOf(record.claimedAt),
    startedAt: isoOf(record.startedAt),
    finishedAt: isoOf(record.finishedAt),
    recordedAt: isoOf(record.recordedAt),
    fencingToken: record.fencingToken ?? null,
    exitCode: record.exitCode ?? null,
    signal: record.signal ?? null,
    reason: record.reason ?? null,
    progress: record.progress ?? null,
    result: record.result ?? null,
    outputBytes: record.outputBytes ?? null,
    outputDroppedBytes: record.outputDroppedBytes ?? null,
    recorderId: record.recorderId,
    sequence: record.sequence,
    next: record.next === undefined ? null : { attempt: record.next.attempt, dueAt: isoOf(record.next.dueAt) },
  };
}

/** Without the signature, which is for machines. */
function causeOf({ cause }: RunRecord): RunRecordOutput['cause'] {
  switch (cause.kind) {
    case 'manual': {
      const { kind, triggerId, by, on, parameters } = cause;
      const said = parameters === undefined ? {} : { parameters };
      return { kind, triggerId, by, ...(on === undefined ? {} : { on }), ...said };
    }
    case 'after': {
      const { kind, taskId, runId, state } = cause;
      return { kind, after: { taskId, runId, state } };
    }
    case 'machine-start':
      return { kind: cause.kind, machine: cause.machineId };
    default:
      return { kind: cause.kind };
  }
}

export function runOutputOf(run: Run, nameOf: NameOf): RunOutput {
  return { ...runRecordOutputOf(run, nameOf), duplicate: run.duplicate };
}
