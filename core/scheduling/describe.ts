/**
 * A schedule in words, for people. Cronstrue words each cron field by itself; how the fields go together is said here,
 * because it words two day fields as if both had to hold, while either is enough.
 */
import cronstrue from 'cronstrue';
import type { Schedule, Trigger } from '../domain/schedule.ts';
import { expandMacro, parseCron } from './cron.ts';
import type { CronSchedule } from './cron-schedule.ts';
import { formatZoned, validateTimeZone } from './time-zone.ts';

/** One sentence, such as `At 03:00, Monday through Friday (Europe/Berlin)`. Never fails: what it cannot word, it quotes. */
export function describeSchedule(schedule: Schedule): string {
  if (schedule.triggers.length === 0) return 'By hand only';
  const zone = validateTimeZone(schedule.timeZone);
  const shownZone = zone.ok ? zone.value : 'UTC';
  const parts = schedule.triggers.map((trigger) => describeTrigger(trigger, shownZone));
  let text = parts.map((part, index) => (index === 0 ? part : lowerFirst(part))).join('; ');
  if (schedule.triggers.some((trigger) => trigger.kind === 'cron')) text += ` (${schedule.timeZone})`;
  if (schedule.startAt !== undefined) text += `, from ${formatZoned(schedule.startAt, shownZone)}`;
  if (schedule.endAt !== undefined) text += `, until ${formatZoned(schedule.endAt, shownZone)}`;
  if (schedule.jitterMs > 0) text += `, spread over ${describeDuration(schedule.jitterMs)}`;
  return text;
}

/**
 * What the schedule does when clocks are set forward or back, or undefined when that never concerns it (UTC, or no cron
 * trigger).
 */
export function daylightSavingNote(schedule: Schedule): string | undefined {
  const zone = validateTimeZone(schedule.timeZone);
  if (!zone.ok || zone.value === 'UTC') return undefined;
  const crons = schedule.triggers.flatMap((trigger) =>
    trigger.kind === 'cron' ? [parseCron(trigger.expression)] : [],
  );
  const parsed = crons.flatMap((cron) => (cron.ok ? [cron.value] : []));
  if (parsed.length === 0) return undefined;
  const skipped = 'When clocks are set forward, a skipped time runs once, at the first moment after the gap.';
  const isRecurring = (cron: CronSchedule): boolean => cron.recurring;
  if (parsed.every(isRecurring)) return `${skipped} When they are set back, it goes on by elapsed time.`;
  if (parsed.some(isRecurring)) {
    return `${skipped} When they are set back, fixed times run once and recurring ones go on by elapsed time.`;
  }
  return `${skipped} When they are set back, a repeated time runs once, the first time.`;
}

function describeTrigger(trigger: Trigger, zone: string): string {
  switch (trigger.kind) {
    case 'cron':
      return describeCron(trigger.expression);
    case 'interval':
      return `Every ${describeDuration(trigger.everyMs)}`;
    case 'once':
      return `Once at ${formatZoned(trigger.at, zone)}`;
  }
}

function describeCron(expression: string): string {
  const parsed = parseCron(expression);
  const expanded = expandMacro(expression);
  if (!parsed.ok || !expanded.ok) return `Cron "${expression}"`;
  const fields = expanded.value.map((field) => field.toUpperCase());
  const [dayOfMonth = '*', month = '*', dayOfWeek = '*'] = fields.slice(-3);
  const time = word([...fields.slice(0, -3), '*', '*', '*']);
  const { dayOfMonth: dates, dayOfWeek: weekdays } = parsed.value;
  const dateText = dates.restricted ? wordOfDay([dayOfMonth, '*', '*']) : '';
  const weekdayText = weekdays.restricted ? wordOfDay(['*', '*', plainWeekdays(dayOfWeek)]) : '';
  const monthText = month === '*' ? '' : wordOfDay(['*', month, '*']);
  let text = time;
  if (dateText !== '' && weekdayText !== '') {
    text += weekdays.both ? `, ${dateText}, if that is also ${weekdayText}` : `, ${dateText} or ${weekdayText}`;
  } else if (dateText !== '' || weekdayText !== '') {
    text += `, ${dateText}${weekdayText}`;
  }
  return monthText === '' ? text : `${text}, ${monthText}`;
}

/** The specification's forms of the day-of-week field in those that cronstrue knows. */
function plainWeekdays(field: string): string {
  return field.replace(/^\+/, '').replaceAll('#L', 'L');
}

/** The wording of one date field alone, without the time of day. */
function wordOfDay(dateFields: readonly string[]): string {
  return word(['0', '0', ...dateFields])
    .replace(/^At 00:00, /, '')
    .replace(/^only (?=on |in )/, '');
}

function word(fields: readonly string[]): string {
  return cronstrue.toString(fields.join(' '), { use24HourTimeFormat: true, throwExceptionOnParseError: false });
}

/** `90 minutes`, `1 day`: the largest unit that divides it. */
function describeDuration(durationMs: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ];
  for (const [unit, unitMs] of units) {
    if (durationMs % unitMs !== 0) continue;
    const count = durationMs / unitMs;
    return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
  }
  return `${durationMs} ms`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
