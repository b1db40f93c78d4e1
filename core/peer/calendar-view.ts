/** Calendars as they are shown, with the tasks that name them, what is wrong with those, and since when they are due so. */
import { calendarsNamed } from '../domain/calendar.ts';
import type { TaskId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { CalendarView, WarningView } from './peer-view.ts';
import type { PeerState } from './state.ts';

/** Tasks of which one warning each is shown. */
const WARNED = 5;

/** The calendars as they are shown, in the order of their names. */
export function calendarViews(state: PeerState): CalendarView[] {
  const users = new Map<string, TaskId[]>();
  for (const { id, schedule } of state.tasks.values()) {
    for (const name of new Set(calendarsNamed(schedule))) {
      const known = users.get(name);
      if (known === undefined) users.set(name, [id]);
      else known.push(id);
    }
  }
  return [...state.calendars]
    .map(([name, kept]) => ({ name, ...kept, tasks: users.get(name)?.sort() ?? [] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Tasks that are not planned, because a calendar that they name was deleted elsewhere, or has not arrived. */
export function calendarWarnings(state: PeerState): WarningView[] {
  const warnings: WarningView[] = [];
  for (const { id, schedule, about } of state.tasks.values()) {
    const missing = calendarsNamed(schedule).find((name) => !state.calendars.has(name));
    if (missing === undefined || about.suspended) continue;
    const text = `the task "${id}" is not due any more: it names the calendar "${missing}", which does not exist`;
    const advice = 'Create the calendar again, or take it out of the schedule of the task.';
    warnings.push({ code: 'CALENDAR_NOT_FOUND', text, advice });
    if (warnings.length === WARNED) break;
  }
  return warnings;
}

/** Tasks whose schedules name a calendar, in the order of their ids. */
export function tasksNaming(tasks: Iterable<Task>, name: string): TaskId[] {
  const ids: TaskId[] = [];
  for (const task of tasks) if (calendarsNamed(task.schedule).includes(name)) ids.push(task.id);
  return ids.sort();
}

/** When what a task is due at changed last: its schedule, or a calendar that it names. Epoch milliseconds. */
export function dueChangedAt({ calendars }: Pick<PeerState, 'calendars'>, { schedule, origins }: Task): number {
  const changes = calendarsNamed(schedule).map((name) => calendars.get(name)?.changedAt ?? 0);
  return Math.max(origins.schedule.changedAt, ...changes);
}
