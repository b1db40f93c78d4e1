/** Edits of tasks: what each of them writes into a draft, or why it is refused. */
import { LIMITS } from '../config/constants.ts';
import type { TaskId } from '../domain/ids.ts';
import { type Notify, notifySchema } from '../domain/notify.ts';
import { type About, FACET_NAMES, type FacetName, aboutSchema } from '../domain/task.ts';
import { type AppError, appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';
import { readCandidates } from './conflicts.ts';
import type { DocumentEdit } from './document-protocol.ts';
import type { Draft } from './draft.ts';
import { type MapName, type Place, bucketOf, facetPlace, facetPlaceIn } from './schema.ts';

type EditOf<Kind extends DocumentEdit['kind']> = Extract<DocumentEdit, { kind: Kind }>;
/** What is written where a task told somebody and does not any more. */
const NOBODY: Notify = { rules: [] };

type Status = 'absent' | 'live' | 'deleted';

/** Writes a task's facets; see `DocumentEdit`. */
export function putTask(draft: Draft, edit: EditOf<'put-task'>): Result<undefined> {
  const { definition, mode } = edit;
  const { id } = definition;
  const map = bucketOf(id);
  const status = statusOf(draft, map, id);
  if (mode === 'create' && status === 'live') return err(appError('TASK_EXISTS', `A task "${id}" exists already.`));
  const expected = checkRevisions(draft, map, edit);
  if (!expected.ok) return expected;
  const counted = countIn(draft, status, id);
  if (!counted.ok) return counted;
  const fresh = mode === 'create' && status === 'deleted';
  for (const facet of FACET_NAMES) {
    const place = facetPlaceIn(map, id, facet);
    const value = definition[facet] ?? (toldSomebody(draft, place) ? NOBODY : undefined);
    if (value === undefined) continue;
    const put = draft.put(place, value, `${facet} of "${id}"`, { fresh });
    if (!put.ok) return put;
  }
  return status === 'deleted'
    ? draft.put(facetPlaceIn(map, id, 'deleted'), false, `tombstone of "${id}"`)
    : ok(undefined);
}

/** Suspends a task, or resumes it. */
export function suspendTask(draft: Draft, edit: EditOf<'suspend-task'>): Result<undefined> {
  const live = requireLive(draft, edit.id);
  if (!live.ok) return live;
  const place = facetPlace(edit.id, 'about');
  const about = draft.has(place) ? aboutSchema.safeParse(draft.read(place)?.value) : undefined;
  if (about !== undefined && !about.success) {
    const message = `The description of task "${edit.id}" cannot be read.`;
    return err(appError('INVALID_INPUT', message, { advice: 'Apply the whole task again.', field: 'about' }));
  }
  const value: About = { ...(about?.data ?? aboutSchema.parse({ name: edit.id })), suspended: edit.suspended };
  return draft.put(place, value, `about of "${edit.id}"`);
}

/** Marks a task as deleted; its facets stay, so that it can be undone. */
export function deleteTask(draft: Draft, edit: EditOf<'delete-task'>): Result<undefined> {
  const live = requireLive(draft, edit.id);
  if (!live.ok) return live;
  const { deleted } = draft.counts;
  if (deleted >= LIMITS.deletedTasksPerCluster) {
    return err(appError('LIMIT_EXCEEDED', `${deleted} tasks were deleted already; no more can be remembered.`));
  }
  draft.count(-1, +1);
  return draft.put(facetPlace(edit.id, 'deleted'), true, `tombstone of "${edit.id}"`);
}

/** Brings a deleted task back as it was; a task that is there stays as it is. */
export function restoreTask(draft: Draft, edit: EditOf<'restore-task'>): Result<undefined> {
  const status = statusOf(draft, bucketOf(edit.id), edit.id);
  if (status === 'absent') return err(notFound(edit.id));
  if (status === 'live') return ok(undefined);
  const counted = countIn(draft, status, edit.id);
  if (!counted.ok) return counted;
  return draft.put(facetPlace(edit.id, 'deleted'), false, `tombstone of "${edit.id}"`);
}

/** Puts one of a facet's concurrent values into force for good. */
export function settleConflict(draft: Draft, edit: EditOf<'settle-conflict'>): Result<undefined> {
  const live = requireLive(draft, edit.id);
  if (!live.ok) return live;
  const place = facetPlace(edit.id, edit.facet);
  const chosen = readCandidates(draft.candidatesOf(place)).find(({ key }) => key === edit.chosen);
  if (chosen === undefined) {
    const message = `That value of the ${edit.facet} of "${edit.id}" is not to be chosen any more.`;
    return err(appError('DOCUMENT_CONFLICT', message, { field: edit.facet }));
  }
  return draft.put(place, chosen.envelope.value, `${edit.facet} of "${edit.id}"`, { always: true });
}

/** A facet that only later versions can read stays as it is. */
function toldSomebody(draft: Draft, place: Place): boolean {
  return notifySchema.safeParse(draft.read(place)?.value).success;
}

function checkRevisions(draft: Draft, map: MapName, edit: EditOf<'put-task'>): Result<undefined> {
  const { id } = edit.definition;
  for (const facet of FACET_NAMES) {
    const expected = edit.expectRevisions?.[facet];
    if (expected === undefined) continue;
    const revision = draft.read(facetPlaceIn(map, id, facet))?.revision ?? 0;
    if (revision !== expected) return err(meanwhile(id, facet));
  }
  return ok(undefined);
}

/** Counts a task in that comes, or comes back. */
function countIn(draft: Draft, status: Status, id: TaskId): Result<undefined> {
  if (status === 'live') return ok(undefined);
  if (draft.counts.live >= LIMITS.tasksPerCluster) {
    return err(
      appError('LIMIT_EXCEEDED', `There are ${LIMITS.tasksPerCluster} tasks already; "${id}" is one too many.`),
    );
  }
  draft.count(+1, status === 'deleted' ? -1 : 0);
  return ok(undefined);
}

function requireLive(draft: Draft, id: TaskId): Result<undefined> {
  const status = statusOf(draft, bucketOf(id), id);
  if (status === 'absent') return err(notFound(id));
  if (status === 'deleted') return err(appError('TASK_DELETED', `The task "${id}" is deleted.`));
  return ok(undefined);
}

function statusOf(draft: Draft, map: MapName, id: TaskId): Status {
  if (draft.read(facetPlaceIn(map, id, 'deleted'))?.value === true) return 'deleted';
  return FACET_NAMES.some((facet) => draft.has(facetPlaceIn(map, id, facet))) ? 'live' : 'absent';
}

function notFound(id: TaskId): AppError {
  return appError('TASK_NOT_FOUND', `There is no task "${id}".`);
}

function meanwhile(id: TaskId, facet: FacetName): AppError {
  return appError('DOCUMENT_CONFLICT', `The ${facet} of "${id}" was changed meanwhile.`, { field: facet });
}
