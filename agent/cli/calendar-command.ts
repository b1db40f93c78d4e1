/** `carillon calendar list|show|put|delete`: times that tasks keep to, or stay clear of. */
import type { Command } from 'commander';
import type { CalendarOutput } from '../../core/api/calendar-schemas.ts';
import type { Calendar } from '../../core/domain/calendar.ts';
import { AppErrorException } from '../../core/std/app-error.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand, newGroup } from './command.ts';
import { formatTable } from './table.ts';
import { relativeTime } from './times.ts';

export function calendarCommand(host: CliHost): Command {
  return newGroup('calendar', 'Keep holidays and opening hours for tasks')
    .addCommand(listCommand(host))
    .addCommand(showCommand(host))
    .addCommand(putCommand(host))
    .addCommand(deleteCommand(host));
}

function listCommand(host: CliHost): Command {
  const command = newCommand('list', 'List calendars, and how many tasks name them', 'carillon calendar list');
  return handle(command, host, async (session) => {
    const value = await (await session.connect()).calendars.list({});
    return { value, text: calendarTable(value.calendars, session) };
  });
}

function showCommand(host: CliHost): Command {
  const command = newCommand(
    'show <name>',
    'Show a calendar as a file that can be put again',
    'carillon calendar show holidays > holidays.yaml',
  );
  return handle(command, host, async (session, _options, name = '') => {
    const [{ calendars }, { formatCalendarFile }, { appError }] = await Promise.all([
      (await session.connect()).calendars.list({}),
      import('../../core/formats/calendar-file.ts'),
      import('../../core/std/app-error.ts'),
    ]);
    const found = calendars.find((calendar) => calendar.name === name);
    if (found === undefined) {
      throw new AppErrorException(appError('CALENDAR_NOT_FOUND', `There is no calendar "${name}".`));
    }
    return { value: found, text: formatCalendarFile(found.calendar).trimEnd() };
  });
}

function putCommand(host: CliHost): Command {
  const command = newCommand(
    'put <name> <file>',
    'Create or change a calendar from a file, YAML or iCalendar ("-": standard input)',
    'carillon calendar put holidays holidays.ics\ncarillon calendar put office-hours office.yaml',
  ).option('--dry-run', 'show what it would become, and change nothing');
  return handle<{ dryRun?: true }>(command, host, async (session, { dryRun }, name = '', file = '') => {
    const { calendar, skipped, skippedCount } = await readCalendar(session, file);
    if (dryRun !== true) await (await session.connect()).calendars.put({ name, calendar });
    const { formatCalendarFile } = await import('../../core/formats/calendar-file.ts');
    const left = skipped.map((event) => session.paint.yellow(`left out: ${event.name || 'an event'}: ${event.reason}`));
    if (skippedCount > skipped.length) left.push(`and ${skippedCount - skipped.length} more`);
    const counts = `${calendar.days.length} day(s), ${calendar.windows.length} window(s)`;
    const last = dryRun === true ? formatCalendarFile(calendar).trimEnd() : `${name} has ${counts}.`;
    return {
      value: { name, calendar, skipped, skippedCount, written: dryRun !== true },
      text: [...left, last].join('\n'),
    };
  });
}

function deleteCommand(host: CliHost): Command {
  const command = newCommand(
    'delete <name>',
    'Delete a calendar that no task names',
    'carillon calendar delete old-holidays',
  );
  return handle(command, host, async (session, _options, name = '') => {
    const value = await (await session.connect()).calendars.delete({ name });
    return { value, text: `${name} is deleted.` };
  });
}

interface ReadCalendar {
  readonly calendar: Calendar;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly skippedCount: number;
}

/** An iCalendar file is known by how it begins; anything else is read as YAML. */
async function readCalendar({ host }: Session, file: string): Promise<ReadCalendar> {
  const [{ readText }, { LIMITS }] = await Promise.all([
    import('./task-files.ts'),
    import('../../core/config/constants.ts'),
  ]);
  const text = await readText(file, LIMITS.icalLength, host);
  if (/^\uFEFF?\s*BEGIN:/i.test(text)) {
    const { calendarFromIcal } = await import('../../core/formats/ical.ts');
    const read = calendarFromIcal(text, new Date(host.now()).toISOString().slice(0, 10));
    if (!read.ok) throw new AppErrorException(read.error);
    return read.value;
  }
  const { parseCalendarFile } = await import('../../core/formats/calendar-file.ts');
  const read = parseCalendarFile(text);
  if (!read.ok) throw new AppErrorException(read.error);
  return { calendar: read.value, skipped: [], skippedCount: 0 };
}

function calendarTable(calendars: readonly CalendarOutput[], { paint, host }: Session): string {
  if (calendars.length === 0) return 'No calendars yet: `carillon calendar put NAME FILE` makes one.';
  const now = host.now();
  const rows = calendars.map(({ name, calendar, taskCount, changedAt, changedBy }) => [
    name,
    String(calendar.days.length),
    String(calendar.windows.length),
    String(taskCount),
    relativeTime(changedAt, now),
    changedBy.name ?? changedBy.id,
    calendar.about.split('\n', 1)[0] ?? '',
  ]);
  return formatTable(['NAME', 'DAYS', 'WINDOWS', 'TASKS', 'CHANGED', 'BY', 'ABOUT'], rows, {
    paint,
    columns: host.columns,
  });
}
