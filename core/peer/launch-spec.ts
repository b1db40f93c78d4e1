/** What a process is told about its run: environment and JSON description, as `docs/EXECUTION-PROTOCOL.md` has it. */
import { type ParameterValues, parameterVariable } from '../domain/parameter.ts';
import type { RunRecord } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import type { LaunchSpec } from '../ports/process-runner.ts';
import type { PeerState } from './state.ts';

/** @param values of all parameters of the task: each a variable of its own, and nothing else is made of them */
export function launchSpecOf(state: PeerState, task: Task, record: RunRecord, values: ParameterValues): LaunchSpec {
  const machineName = state.roster.get(state.self)?.name ?? state.identity.name;
  const nominalTime = new Date(record.nominalAt).toISOString();
  const { action } = task;
  const { cause } = record;
  const user = action.type === 'http' ? undefined : (action.user ?? state.localPolicy.reading.policy.runAs);
  const environment: Record<string, string> = {
    CARILLON_TASK: task.id,
    CARILLON_TASK_NAME: task.about.name,
    CARILLON_RUN: record.id,
    CARILLON_OCCURRENCE: record.occurrenceId,
    CARILLON_ATTEMPT: String(record.attempt),
    CARILLON_FENCING_TOKEN: String(record.fencingToken ?? 0),
    CARILLON_NOMINAL_TIME: nominalTime,
    CARILLON_MACHINE: machineName,
    CARILLON_CLUSTER: state.cluster?.name ?? '',
    CARILLON_CAUSE: cause.kind,
  };
  if (cause.kind === 'after') {
    environment['CARILLON_AFTER_TASK'] = cause.taskId;
    environment['CARILLON_AFTER_RUN'] = cause.runId;
    environment['CARILLON_AFTER_STATE'] = cause.state;
  }
  const given = Object.entries(values);
  for (const [name, value] of given) environment[parameterVariable(name)] = value;
  const spec: LaunchSpec = {
    runId: record.id,
    taskId: task.id,
    action,
    environment,
    description: JSON.stringify({
      version: 1,
      task: { id: task.id, name: task.about.name },
      run: record.id,
      occurrence: record.occurrenceId,
      attempt: record.attempt,
      fencingToken: record.fencingToken ?? 0,
      nominalAt: nominalTime,
      dueAt: record.dueAt === record.nominalAt ? nominalTime : new Date(record.dueAt).toISOString(),
      cause: cause.kind,
      after: cause.kind === 'after' ? { task: cause.taskId, run: cause.runId, state: cause.state } : undefined,
      parameters: given.length === 0 ? undefined : values,
      machine: { id: state.self, name: machineName },
      cluster: { id: state.cluster?.id ?? '', name: state.cluster?.name ?? '' },
    }),
    timeoutMs: task.policy.timeoutMs,
    killGraceMs: task.policy.killGraceMs,
    outputLimitBytes: task.policy.outputLimitBytes,
  };
  return user === undefined ? spec : { ...spec, user };
}
