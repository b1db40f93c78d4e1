/** Handlers of the group `calendars`. */
import { calendarFromIcal } from '../formats/ical.ts';
import type { CalendarView } from '../peer/peer-view.ts';
import { isoOf } from './api-values.ts';
import type { CalendarOutput } from './calendar-schemas.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import { machineNames } from './references.ts';

/** Tasks that are named with a calendar. */
const TASKS_NAMED = 100;

export function calendarProcedures({ os, peer, host }: ApiParts) {
  return {
    list: os.calendars.list.handler(() => {
      const nameOf = machineNames(peer.view);
      return { calendars: peer.view.calendars().map((view) => calendarOutputOf(view, nameOf)) };
    }),
    put: os.calendars.put.handler(async ({ input: { name, calendar, expectRevision } }) =>
      valueOf(
        await peer.execute({
          kind: 'put-calendar',
          name,
          calendar,
          ...(expectRevision === undefined ? {} : { expectRevision }),
        }),
      ),
    ),
    delete: os.calendars.delete.handler(async ({ input: { name } }) =>
      valueOf(await peer.execute({ kind: 'delete-calendar', name })),
    ),
    fromIcal: os.calendars.fromIcal.handler(({ input: { text } }) => {
      const { calendar, skipped, skippedCount } = valueOf(calendarFromIcal(text, isoOf(host.wallMs()).slice(0, 10)));
      return { calendar, skipped: [...skipped], skippedCount };
    }),
  };
}

function calendarOutputOf(view: CalendarView, nameOf: ReturnType<typeof machineNames>): CalendarOutput {
  const { name, calendar, revision, changedAt, author, tasks } = view;
  return {
    name,
    calendar,
    revision,
    changedAt: isoOf(changedAt),
    changedBy: { id: author, name: nameOf(author) },
    tasks: tasks.slice(0, TASKS_NAMED),
    taskCount: tasks.length,
  };
}
