/** By hand: an occurrence of its own, in the log of this machine, so that everyone learns of it and the owner runs it. */
import { parametersOf } from '../domain/action.ts';
import { type ClusterId, type MachineId, type OccurrenceId, triggeredOccurrenceId } from '../domain/ids.ts';
import { type ParameterValues, resolveParameters } from '../domain/parameter.ts';
import type { Task } from '../domain/task.ts';
import { signTrigger } from '../security/signed-trigger.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';
import { openOccurrence } from './occurrence-list.ts';
import { nameOf, noteUnstarted } from './occurrence-notes.ts';
import { slotsOf } from './planning-steps.ts';
import type { Turn } from './state.ts';

/**
 * Lets a task come due now.
 * @param machine there and nowhere else
 * @param given values of its parameters; of the others the defaults count, as they are now
 * @returns an occurrence, or one for each machine of a task placed on several; PARAMETER_INVALID, NO_ELIGIBLE_MACHINE,
 *   LIMIT_EXCEEDED
 */
export function startByHand(
  turn: Turn,
  task: Task,
  machine: MachineId | undefined,
  given: ParameterValues | undefined,
): Result<readonly OccurrenceId[]> {
  const { state } = turn;
  const values = resolveParameters(parametersOf(task.action), given);
  if (!values.ok) return values;
  const parameters = Object.keys(values.value).length === 0 ? undefined : values.value;
  const reason = machine === undefined ? undefined : state.ring.reasonAgainst(task, machine);
  if (machine !== undefined && reason !== undefined) {
    const message = `${nameOf(turn, machine)} cannot run "${task.id}": ${reason}`;
    return err(appError('NO_ELIGIBLE_MACHINE', message));
  }
  const slots = machine === undefined ? slotsOf(turn, task) : ([''] as const);
  if (slots.length === 0) {
    return err(appError('NO_ELIGIBLE_MACHINE', `no machine can run "${task.id}" at the moment`));
  }
  const triggerId = [...turn.random.bytes(12)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  // Right after voters changed, a claim on this very moment could not be judged: it is due a moment later.
  const surelyAt = task.policy.guarantee === 'at-most-once' ? state.electorate.unsureUntil + 1 : turn.wallMs;
  const dueAt = Math.max(turn.wallMs, surelyAt);
  // Every record of it tells, so that the tie and the values outlive each of them.
  const tie = {
    ...(machine === undefined ? {} : { on: machine }),
    ...(parameters === undefined ? {} : { parameters }),
  };
  const occurrenceIds: OccurrenceId[] = [];
  const clusterId = state.cluster?.id ?? ('' as ClusterId);
  for (const slot of slots) {
    const statement = { clusterId, taskId: task.id, triggerId, slot, on: machine, nominalAt: turn.wallMs, parameters };
    const id = triggeredOccurrenceId(task.id, triggerId, slot);
    const occurrence = openOccurrence(turn, {
      id,
      taskId: task.id,
      slot,
      cause: { kind: 'manual', triggerId, by: state.self, ...tie, signature: signTrigger(turn.signer, statement) },
      nominalAt: turn.wallMs,
      dueAt,
      only: machine,
    });
    if (occurrence === undefined) {
      return err(appError('LIMIT_EXCEEDED', `too many occurrences of "${task.id}" wait already`));
    }
    const on = machine === undefined ? undefined : { code: 'ON', text: 'to run on this machine only' };
    noteUnstarted(turn, occurrence, 'due', on, machine);
    occurrence.withheld = undefined;
    occurrenceIds.push(id);
  }
  return ok(occurrenceIds);
}
