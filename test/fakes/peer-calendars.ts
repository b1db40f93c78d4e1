/** Calendars of the peer in memory: put and deleted as the document would. */
import type { CommandOf } from '../../core/peer/commands.ts';
import { tasksNaming } from '../../core/peer/calendar-view.ts';
import { appError } from '../../core/std/app-error.ts';
import { type Result, err, ok } from '../../core/std/result.ts';
import type { FakePeer } from './peer-handle.ts';

export function writeCalendar(
  peer: FakePeer,
  command: CommandOf<'put-calendar'> | CommandOf<'delete-calendar'>,
): Result<unknown> {
  const { name } = command;
  const before = peer.calendarsByName.get(name);
  if (command.kind === 'delete-calendar') {
    const [user] = tasksNaming(peer.tasksById.values(), name);
    if (user !== undefined) return err(appError('CALENDAR_IN_USE', `the calendar "${name}" is named by "${user}"`));
    if (before === undefined) return err(appError('CALENDAR_NOT_FOUND', `There is no calendar "${name}".`));
    peer.calendarsByName.delete(name);
  } else {
    const { calendar, expectRevision } = command;
    const revision = before?.revision ?? 0;
    if (expectRevision !== undefined && expectRevision !== revision) {
      return err(appError('DOCUMENT_CONFLICT', `The calendar "${name}" was changed meanwhile.`));
    }
    const origin = { revision: revision + 1, author: peer.view.self, changedAt: peer.view.startedAt };
    peer.calendarsByName.set(name, { calendar, ...origin });
  }
  peer.emit({ kind: 'cluster' });
  return ok({ name });
}
