/**
 * Calendars of the cluster: what the document says of them, and edits. A calendar that changes moves what is due of every
 * task that names it; what it opens after the fact is not made up for, as with a changed schedule.
 */
import type { NamedCalendar } from '../document/calendar-changes.ts';
import { calendarsNamed } from '../domain/calendar.ts';
import { ok } from '../std/result.ts';
import { noteAudit } from './audit-steps.ts';
import { tasksNaming } from './calendar-view.ts';
import type { CommandOf } from './commands.ts';
import { editDocument } from './document-steps.ts';
import { failWith, refuse } from './join-steps.ts';
import { replanTasks } from './planning-steps.ts';
import { emit, type Turn } from './state.ts';

/** Tasks that a refusal names. */
const NAMED = 5;

/** The document has other calendars. */
export function applyCalendars(turn: Turn, calendars: readonly NamedCalendar[]): void {
  const { state } = turn;
  for (const { name, kept } of calendars) {
    if (kept === undefined) {
      state.calendars.delete(name);
      state.calendarBook.delete(name);
    } else {
      state.calendars.set(name, kept);
      state.calendarBook.set(name, kept.calendar);
    }
  }
  const changed = new Set(calendars.map(({ name }) => name));
  const moved = [...state.tasks.values()].filter(({ schedule }) =>
    calendarsNamed(schedule).some((name) => changed.has(name)),
  );
  replanTasks(turn, moved);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  if (moved.length > 0) emit(turn, { type: 'tell', change: { kind: 'tasks', ids: moved.map(({ id }) => id) } });
}

export function putCalendar(turn: Turn, requestId: string, command: CommandOf<'put-calendar'>): void {
  const { name } = command;
  const detail = turn.state.calendars.has(name) ? 'changed' : 'created';
  editDocument(turn, requestId, [command], {
    finish: (later) => {
      noteAudit(later, 'calendar-changed', { by: later.state.self, subject: name, detail });
      emit(later, { type: 'reply', requestId, outcome: ok({ name }) });
    },
    fail: failWith(requestId),
  });
}

/** Refused while a task names it: nobody could say any more when that is due. */
export function deleteCalendar(turn: Turn, requestId: string, command: CommandOf<'delete-calendar'>): void {
  const { name } = command;
  const users = tasksNaming(turn.state.tasks.values(), name);
  if (users.length > 0) {
    const more = users.length > NAMED ? ` and ${users.length - NAMED} more` : '';
    const named = users
      .slice(0, NAMED)
      .map((id) => `"${id}"`)
      .join(', ');
    return refuse(turn, requestId, 'CALENDAR_IN_USE', `the calendar "${name}" is named by ${named}${more}`);
  }
  editDocument(turn, requestId, [command], {
    finish: (later) => {
      noteAudit(later, 'calendar-changed', { by: later.state.self, subject: name, detail: 'deleted' });
      emit(later, { type: 'reply', requestId, outcome: ok({ name }) });
    },
    fail: failWith(requestId),
  });
}
