/**
 * Brings a task, or a part of it, back to what it was: the handler of `tasks.revert`. It becomes a new revision, made and
 * signed here like any edit; what was then and would not do any more is refused.
 */
import type { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import type { Revision } from '../document/document-protocol.ts';
import { secretsNamedBy } from '../domain/action.ts';
import { FACET_NAMES, type FacetName, type Task, type TaskDefinition, taskDefinitionSchema } from '../domain/task.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import type { PeerView } from '../peer/peer-view.ts';
import { findParameterFault } from '../scheduling/parameter-validation.ts';
import { validateSchedule } from '../scheduling/schedule-validation.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';
import { issueError } from './implementer.ts';
import type { RevertOutput, revertInput } from './task-edit-schemas.ts';

type RevertInput = z.output<typeof revertInput>;
type Facets = Partial<Record<FacetName, unknown>>;

/**
 * REVISION_NOT_FOUND; TASK_DELETED for a part of a deleted task; INVALID_INPUT, NO_ELIGIBLE_MACHINE or SECRET_NOT_FOUND for
 * what is not valid any more; DOCUMENT_CONFLICT when somebody edits it at the same time.
 */
export async function revertTask(peer: PeerHandle, input: RevertInput): Promise<Result<RevertOutput>> {
  const { id } = input;
  const history = await peer.history(id, LIMITS.pageSize);
  if (!history.ok) return history;
  const before = peer.view.task(id);
  const past = pastFacets(history.value, input);
  if (!past.ok) return past;
  if (before === undefined && input.facet !== undefined) {
    return err(appError('TASK_DELETED', `the task "${id}" is deleted: bring back the whole task`));
  }
  const wanted = definitionOf(peer.view, { ...before, ...past.value, id }, Object.keys(past.value) as FacetName[]);
  if (!wanted.ok) return wanted;
  const expectRevisions =
    before === undefined ? {} : Object.fromEntries(FACET_NAMES.map((name) => [name, before.origins[name].revision]));
  const command = { kind: 'put-tasks', mode: 'upsert', definitions: [wanted.value], expectRevisions } as const;
  const put = await peer.execute(command);
  if (!put.ok) return put;
  const facets = FACET_NAMES.filter((name) => before === undefined || isOther(before, peer.view.task(id), name));
  return ok({ id, outcome: facets.length === 0 ? 'unchanged' : 'changed', facets });
}

/** The values to be brought back, as they were after a change. */
function pastFacets(revisions: readonly Revision[], { id, changeHash, facet }: RevertInput): Result<Facets> {
  // The newest first; a change may have written several parts.
  const index = revisions.findIndex((one) => one.changeHash.startsWith(changeHash) && fits(one, facet));
  const named = revisions[index];
  if (named === undefined) {
    const what = facet === undefined ? `the task "${id}"` : `the ${facet} of "${id}"`;
    return err(appError('REVISION_NOT_FOUND', `no revision of ${what} is known by ${changeHash.slice(0, 12)}`));
  }
  if (named.void === true) {
    return err(appError('INVALID_INPUT', 'that revision does not count: its author had no right to make it', FIELD));
  }
  if (named.facet === 'deleted' && named.after === 'true') {
    return err(appError('INVALID_INPUT', 'that revision deleted the task: choose an earlier one', FIELD));
  }
  const facets: Facets = {};
  for (const name of facet === undefined ? FACET_NAMES : [facet]) {
    const then = revisions.slice(index).find((one) => one.facet === name && one.void !== true);
    if (then?.after !== undefined) facets[name] = JSON.parse(then.after);
  }
  return ok(facets);
}

const FIELD = { field: 'changeHash' };

function fits(revision: Revision, facet: FacetName | undefined): boolean {
  return facet === undefined || revision.facet === facet;
}

/** The task as it is to be. @param changed the parts that come from the past */
function definitionOf(
  view: PeerView,
  { id, about, schedule, action, placement, policy, notify }: Facets & Pick<Task, 'id'>,
  changed: readonly FacetName[],
): Result<TaskDefinition> {
  const parsed = taskDefinitionSchema.safeParse({ id, about, schedule, action, placement, policy, notify });
  if (!parsed.success) {
    const { message, field } = issueError(parsed.error.issues[0]);
    return err(
      appError('INVALID_INPUT', `as it was it is not valid any more: ${message}`, field === undefined ? {} : { field }),
    );
  }
  const definition = parsed.data;
  const valid = changed.includes('schedule') ? validateSchedule(definition.schedule, view.calendarBook) : ok(undefined);
  if (!valid.ok) {
    const { code, message, field } = valid.error;
    return err(appError(code, `as it was it is not valid any more: ${message}`, { field: field ?? 'schedule' }));
  }
  const parameter = findParameterFault(definition);
  if (parameter !== undefined) {
    const { code, message, field } = parameter;
    const told = `as it was it does not go with the rest of the task: ${message}`;
    return err(appError(code, told, field === undefined ? {} : { field }));
  }
  const { mode, machine } = definition.placement;
  if (changed.includes('placement') && mode === 'pin' && !isThere(view, machine)) {
    const name = machine === undefined ? 'a machine' : (view.nameOf(machine) ?? machine);
    const message = `it was pinned to ${name}, which does not belong to the cluster any more`;
    return err(appError('NO_ELIGIBLE_MACHINE', message, { field: 'placement.machine' }));
  }
  const secrets = changed.includes('action') ? secretsNamedBy(definition.action) : [];
  const missing = secrets.find((name) => !view.secrets().some((secret) => secret.name === name));
  if (missing !== undefined) {
    const message = `it named the secret "${missing}", which does not exist any more`;
    return err(appError('SECRET_NOT_FOUND', message, { field: 'action' }));
  }
  return ok(definition);
}

function isThere(view: PeerView, machine: string | undefined): boolean {
  return view.machines().some(({ entry }) => entry.id === machine && !entry.removed);
}

function isOther(before: Task, after: Task | undefined, facet: FacetName): boolean {
  const [old, now] = [before.origins[facet], after?.origins[facet]];
  // What was never written has no author of its own.
  return old.revision !== now?.revision || (old.revision > 0 && old.author !== now.author);
}
