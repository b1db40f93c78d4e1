/**
 * The values that a run is given, judged by the machine that is to run it: what was asked for elsewhere is believed no
 * more than it fits the task as its editors have signed it.
 */
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import { LIMITS, TIMES } from '../config/constants.ts';
import { parametersOf } from '../domain/action.ts';
import { type ParameterValues, resolveParameters } from '../domain/parameter.ts';
import type { Cause, Reason } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import type { Result } from '../std/result.ts';
import type { Turn } from './state.ts';

/** What was asked for may arrive before the change of the task that it is about. */
const PATIENCE_MS = 2 * TIMES.syncRepairMs;

export type ParameterStanding =
  | { readonly kind: 'fits' }
  | { readonly kind: 'awaited'; readonly untilMs: number }
  | { readonly kind: 'refused'; readonly reason: Reason };

/** The values of a run of a task as it is now. What nobody asked for by hand has the defaults. PARAMETER_INVALID. */
export function parametersOfRun(task: Task, cause: Cause): Result<ParameterValues> {
  return resolveParameters(parametersOf(task.action), cause.kind === 'manual' ? cause.parameters : undefined);
}

/** Whether the values of an occurrence fit its task; what does not yet is waited for when others have asked for it. */
export function parameterStandingOf(turn: Turn, task: Task, occurrence: OpenOccurrence): ParameterStanding {
  const { cause, turnsFromMs } = occurrence;
  const values = parametersOfRun(task, cause);
  if (values.ok) return { kind: 'fits' };
  const isOfOther = cause.kind === 'manual' && cause.by !== turn.state.self;
  const untilMs = (turnsFromMs ?? turn.nowMs) + PATIENCE_MS;
  if (isOfOther && turn.nowMs < untilMs) return { kind: 'awaited', untilMs };
  const { code, message } = values.error;
  return { kind: 'refused', reason: { code, text: message.slice(0, LIMITS.reasonLength) } };
}
