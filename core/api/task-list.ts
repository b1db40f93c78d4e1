/** Lists tasks: filtered, sorted, one page at a time. All in memory, so a page is exact at the moment it is made. */
import type { z } from 'zod';
import type { Task } from '../domain/task.ts';
import { isTrial } from '../domain/trial.ts';
import type { PeerView } from '../peer/peer-view.ts';
import { type Result, ok } from '../std/result.ts';
import { findMachine, machineNames } from './references.ts';
import { taskSummaryOf } from './task-output.ts';
import type { listTasksInput, listTasksOutput } from './task-schemas.ts';

type Filter = z.output<typeof listTasksInput>;

/** One page of the tasks that match. MACHINE_NOT_FOUND when `owner` names none. */
export function listTasks(view: PeerView, filter: Filter): Result<z.output<typeof listTasksOutput>> {
  let tasks = view.tasks().filter((task) => matches(task, filter));
  if (filter.owner !== undefined) {
    const owner = findMachine(view, filter.owner);
    if (!owner.ok) return owner;
    tasks = tasks.filter((task) => view.placement(task.id)?.owner === owner.value.entry.id);
  }
  const sorted = sort(tasks, filter.sort, view);
  const page = sorted.slice(filter.offset, filter.offset + filter.limit);
  const nameOf = machineNames(view);
  const end = filter.offset + page.length;
  return ok({
    tasks: page.map((task) => taskSummaryOf(task, view, nameOf)),
    total: sorted.length,
    nextOffset: end < sorted.length ? end : null,
  });
}

function matches(task: Task, filter: Filter): boolean {
  // What comes due is shown, whatever it calls itself.
  if (!filter.includeTries && isTrial(task) && task.schedule.triggers.length === 0) return false;
  if (filter.suspended !== undefined && task.about.suspended !== filter.suspended) return false;
  if (filter.conflicted !== undefined && task.conflicts.length > 0 !== filter.conflicted) return false;
  if (filter.tag !== undefined && !task.about.tags.includes(filter.tag)) return false;
  return filter.text === undefined || containsText(task, filter.text.toLowerCase());
}

function containsText(task: Task, wanted: string): boolean {
  const { name, description, tags } = task.about;
  return [task.id, name, description, ...tags].some((text) => text.toLowerCase().includes(wanted));
}

function sort(tasks: Task[], order: Filter['sort'], view: PeerView): Task[] {
  const byId = (a: Task, b: Task): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  switch (order) {
    case 'id':
      return tasks.sort(byId);
    case 'name':
      return tasks.sort((a, b) => (a.about.name < b.about.name ? -1 : a.about.name > b.about.name ? 1 : byId(a, b)));
    case 'next': {
      const due = new Map(tasks.map((task) => [task.id, view.nextDue(task.id) ?? Number.MAX_SAFE_INTEGER]));
      return tasks.sort((a, b) => (due.get(a.id) ?? 0) - (due.get(b.id) ?? 0) || byId(a, b));
    }
  }
}
