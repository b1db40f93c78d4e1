/** Which tasks the table shows and in which order, as the address says it; quick enough for ten thousand at every key. */
import type { TaskSummary } from '../../../core/api/task-schemas.ts';
import { RUN_LOOKS } from '../format/run-state.ts';
import type { LastOutcome } from './last-outcomes.svelte.ts';
import type { Query } from './router.svelte.ts';
import { type TaskSort, filterTasks, sortTasks } from './task-list.ts';

export const TASK_STATES = ['suspended', 'conflicted', 'failing', 'orphaned'] as const;
/** `failing`: the last run failed; `orphaned`: no machine may run it. */
export type TaskStateFilter = (typeof TASK_STATES)[number];
const SORTS: readonly TaskSort[] = ['name', 'next', 'owner'];

export interface TaskFilter {
  readonly text: string;
  readonly state: TaskStateFilter | undefined;
  readonly tag: string | undefined;
  /** The id of a machine. */
  readonly owner: string | undefined;
  readonly sort: TaskSort;
  readonly descending: boolean;
}

/** The filter that an address asks for; what it says amiss is left out. */
export function taskFilterOf(query: Query): TaskFilter {
  return {
    text: query['q'] ?? '',
    state: TASK_STATES.find((state) => state === query['state']),
    tag: query['tag'],
    owner: query['owner'],
    sort: SORTS.find((sort) => sort === query['sort']) ?? 'name',
    descending: query['desc'] === '1',
  };
}

export function isFiltering({ text, state, tag, owner }: TaskFilter): boolean {
  return text.trim() !== '' || state !== undefined || tag !== undefined || owner !== undefined;
}

export function orderTasks(tasks: readonly TaskSummary[], sort: TaskSort, descending: boolean): readonly TaskSummary[] {
  const sorted = sortTasks(tasks, sort);
  if (!descending) return sorted;
  // What never comes due, and what nobody owns, stays at the end in either direction.
  const last = sorted.filter((task) => isLast(task, sort));
  return [...sorted.filter((task) => !isLast(task, sort)).reverse(), ...last];
}

/** @param lastOf how a task went the last time. */
export function matchingTasks(
  tasks: readonly TaskSummary[],
  filter: TaskFilter,
  lastOf: (id: string) => LastOutcome | undefined,
): readonly TaskSummary[] {
  const { state, tag, owner } = filter;
  const found = tasks.filter(
    (task) =>
      (tag === undefined || task.tags.includes(tag)) &&
      (owner === undefined || task.ownerId === owner) &&
      (state === undefined || isIn(task, state, lastOf)),
  );
  return filterTasks(found, filter.text);
}

function isIn(task: TaskSummary, state: TaskStateFilter, lastOf: (id: string) => LastOutcome | undefined): boolean {
  switch (state) {
    case 'suspended':
      return task.suspended;
    case 'conflicted':
      return task.conflicts.length > 0;
    case 'orphaned':
      return task.ownerId === null && task.placementMode !== 'all' && task.placementMode !== 'n';
    case 'failing': {
      const last = lastOf(task.id);
      return last != null && RUN_LOOKS[last.state].group === 'failed';
    }
  }
}

function isLast(task: TaskSummary, sort: TaskSort): boolean {
  if (sort === 'next') return task.suspended || task.nextDueAt === null;
  return sort === 'owner' && task.ownerName === null;
}

/** Every tag, the most used first. */
export function tagsOf(tasks: readonly TaskSummary[]): readonly { readonly tag: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const task of tasks) for (const tag of task.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .map(([tag, count]) => ({ tag, count }))
    .sort((a, b) => b.count - a.count || (a.tag < b.tag ? -1 : 1));
}
