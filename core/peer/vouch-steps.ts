/**
 * Nothing is run that is not vouched for: the document looks whether each facet of the task is signed by its author, and
 * whether that is an editor. It is asked once for each form of a task, before this machine first asks for a claim.
 *
 *   unknown ──asked──► under way ──the document's answer──► sound | refused (recorded, not run)
 *      ▲                                                        │
 *      └────────── the task or the roster has changed ──────────┘
 */
import type { DocumentEvent, VouchProblem } from '../document/document-protocol.ts';
import { originsKey } from '../document/vouching.ts';
import type { TaskId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import { evaluateTaskSoon } from './occurrence-list.ts';
import { emit, type Turn } from './state.ts';

const REQUEST = 'vouch:';

export type Standing =
  | { readonly kind: 'sound' }
  | { readonly kind: 'awaited' }
  | { readonly kind: 'refused'; readonly problem: VouchProblem };

/** What is known of a task in its present form; asks the document when nothing is. */
export function standingOf(turn: Turn, task: Task): Standing {
  const { vouched, vouching } = turn.state;
  const known = vouched.get(task.id);
  const origins = originsKey(task);
  if (known?.origins === origins) {
    return known.problem === undefined ? { kind: 'sound' } : { kind: 'refused', problem: known.problem };
  }
  if (vouching.get(task.id) !== origins) {
    vouching.set(task.id, origins);
    emit(turn, { type: 'document', command: { type: 'vouch', requestId: REQUEST + task.id, taskId: task.id } });
  }
  return { kind: 'awaited' };
}

export function onVouched(turn: Turn, event: Extract<DocumentEvent, { type: 'vouched' }>): void {
  const { taskId, origins, problem } = event;
  turn.state.vouching.delete(taskId);
  // Deleted meanwhile: nothing is remembered of what is not there.
  if (!turn.state.tasks.has(taskId)) return;
  turn.state.vouched.set(taskId, { origins, ...(problem === undefined ? {} : { problem }) });
  evaluateTaskSoon(turn, taskId);
}

/** The document cannot say: the task is gone, or the document was closed. True when the request was one of these. */
export function onVouchRefused(turn: Turn, requestId: string): boolean {
  if (!requestId.startsWith(REQUEST)) return false;
  turn.state.vouching.delete(requestId.slice(REQUEST.length) as TaskId);
  return true;
}

/** Who is an editor may be another one now, or the document was opened anew: everything is looked at again. */
export function forgetVouched({ state }: Turn): void {
  state.vouched.clear();
  state.vouching.clear();
}
