/** Sorting and filtering of tasks, quick enough for ten thousand of them at every key that is pressed. */
import type { TaskOutput, TaskSummary } from '../../../core/api/task-schemas.ts';

export type TaskSort = 'name' | 'next' | 'owner';

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const searchTexts = new WeakMap<TaskSummary, string>();

/** The tasks that contain every word of `text` in id, name, tags, owner or schedule. */
export function filterTasks(tasks: readonly TaskSummary[], text: string): readonly TaskSummary[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return tasks;
  return tasks.filter((task) => words.every((word) => searchTextOf(task).includes(word)));
}

function searchTextOf(task: TaskSummary): string {
  const known = searchTexts.get(task);
  if (known !== undefined) return known;
  const parts = [task.id, task.name, task.ownerName ?? '', task.scheduleText, task.suspended ? 'suspended' : ''];
  const text = [...parts, ...task.tags].join('\n').toLowerCase();
  searchTexts.set(task, text);
  return text;
}

export function sortTasks(tasks: readonly TaskSummary[], order: TaskSort): readonly TaskSummary[] {
  const byName = (a: TaskSummary, b: TaskSummary): number => collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
  switch (order) {
    case 'name':
      return [...tasks].sort(byName);
    case 'next':
      return [...tasks].sort((a, b) => compareText(nextKey(a), nextKey(b)) || byName(a, b));
    case 'owner':
      return [...tasks].sort(
        (a, b) => collator.compare(a.ownerName ?? '\uffff', b.ownerName ?? '\uffff') || byName(a, b),
      );
  }
}

/** ISO instants sort as text; what never comes due goes last. */
function nextKey(task: TaskSummary): string {
  return task.suspended ? '~' : (task.nextDueAt ?? '~');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The row of a task that was fetched by itself. */
export function summaryOf(task: TaskOutput): TaskSummary {
  const { definition, placement, origins } = task;
  const newest = Object.values(origins).reduce((a, b) => (b.changedAt > a.changedAt ? b : a));
  const { action } = definition;
  const count = action.type === 'http' ? 0 : (action.parameters?.length ?? 0);
  return {
    id: definition.id,
    name: definition.about.name,
    description: definition.about.description,
    tags: definition.about.tags,
    suspended: definition.about.suspended,
    actionType: definition.action.type,
    ...(count === 0 ? {} : { parameters: count }),
    scheduleText: task.scheduleText,
    timeZone: definition.schedule.timeZone,
    placementMode: definition.placement.mode,
    guarantee: definition.policy.guarantee,
    ownerId: placement.owner?.id ?? null,
    ownerName: placement.owner?.name ?? null,
    nextDueAt: task.nextDueAt,
    ...(definition.schedule.triggers.some(isByEvent) ? { byEvent: true } : {}),
    conflicts: task.conflicts,
    createdAt: task.createdAt,
    changedAt: newest.changedAt,
    changedBy: newest.author,
  };
}

/** As the agent has it; its own module would bring all schemas to the first screen. */
function isByEvent({ kind }: TaskOutput['definition']['schedule']['triggers'][number]): boolean {
  return kind === 'after' || kind === 'machine-start';
}
