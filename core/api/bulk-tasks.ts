/**
 * The same for many tasks: the handler of `tasks.bulk`. What can be one edit is one edit. When the document refuses it for
 * the sake of one task, it is halved until that task is found, and the others are done.
 */
import type { TaskId } from '../domain/ids.ts';
import type { BulkAct } from '../peer/commands.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import type { AppError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';
import type { BulkOutput } from './task-edit-schemas.ts';
import { findTask } from './references.ts';

/** Refusals that may be due to one of the tasks. */
const OF_ONE_TASK = new Set<AppError['code']>(['TASK_NOT_FOUND', 'TASK_DELETED', 'INVALID_INPUT', 'LIMIT_EXCEEDED']);

interface Progress {
  readonly done: Set<TaskId>;
  readonly refused: Map<TaskId, AppError>;
}

/** Refused as a whole only when nothing was done for a reason that has nothing to do with the tasks. */
export async function bulkTasks(
  peer: PeerHandle,
  ids: readonly TaskId[],
  act: BulkAct | 'run',
): Promise<Result<BulkOutput>> {
  const asked = [...new Set(ids)];
  const progress: Progress = { done: new Set(), refused: new Map() };
  const known: TaskId[] = [];
  for (const id of asked) {
    const found = act === 'restore' ? ok(undefined) : findTask(peer.view, id);
    if (found.ok) known.push(id);
    else progress.refused.set(id, found.error);
  }
  if (act === 'run') await runEach(peer, known, progress);
  else {
    const refusal = known.length === 0 ? undefined : await editAll(peer, known, act, progress);
    if (refusal !== undefined && progress.done.size === 0) return err(refusal);
  }
  return ok({
    done: asked.filter((id) => progress.done.has(id)),
    refused: asked.flatMap((id) => {
      const error = progress.refused.get(id);
      return error === undefined ? [] : [{ id, code: error.code, message: error.message }];
    }),
  });
}

/** @returns why nothing more can be edited at all; undefined when it is only some of the tasks, or none */
async function editAll(
  peer: PeerHandle,
  ids: readonly TaskId[],
  act: BulkAct,
  progress: Progress,
): Promise<AppError | undefined> {
  const outcome = await peer.execute({ kind: 'edit-tasks', act, ids });
  if (outcome.ok) {
    for (const id of ids) progress.done.add(id);
    return undefined;
  }
  const { error } = outcome;
  const ofOne = OF_ONE_TASK.has(error.code);
  if (!ofOne || ids.length === 1) {
    for (const id of ids) progress.refused.set(id, error);
    return ofOne ? undefined : error;
  }
  const middle = ids.length >>> 1;
  const first = await editAll(peer, ids.slice(0, middle), act, progress);
  return (await editAll(peer, ids.slice(middle), act, progress)) ?? first;
}

async function runEach(peer: PeerHandle, ids: readonly TaskId[], { done, refused }: Progress): Promise<void> {
  const outcomes = await Promise.all(ids.map((id) => peer.execute({ kind: 'run-task', id })));
  for (const [index, id] of ids.entries()) {
    const outcome = outcomes[index];
    if (outcome?.ok === false) refused.set(id, outcome.error);
    else done.add(id);
  }
}
