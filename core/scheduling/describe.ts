/**
 * A schedule in words, for people. Cronstrue words each cron field by itself; how the fields go together is said here,
 * because it words two day fields as if both had to hold, while either is enough.
 */
import cronstrue from 'cronstrue';
import type { Schedule, Trigger } from '../domain/schedule.ts';
import { expandMacro, parseCron } from './cron.ts';
import type { DayOfMonthRule, DayOfWeekRule } from './cron-day-field.ts';
import type { CronSchedule } from './cron-schedule.ts';
import { formatZoned, validateTimeZone } from './time-zone.ts';

const WEEKDAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const WORD_OF_OUTCOME = { success: 'has succeeded', failure: 'has failed', any: 'has ended' } as const;
const EVERY_WEEKDAY = 0b1111111;
/** The week is listed from Monday, Sunday last. */
const WEEK = [1, 2, 3, 4, 5, 6, 0];
/** Fewer days are named each. */
const LEAST_IN_A_ROW = 3;

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
  const { only = [], except = [] } = schedule.calendars ?? {};
  if (only.length > 0) text += `, only in ${only.join(' or ')}`;
  if (except.length > 0) text += `, except in ${except.join(' and ')}`;
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
      return `Every ${describeDuration(trigger.everyMs).replace(/^1 /, '')}`;
    case 'once':
      return `Once at ${formatZoned(trigger.at, zone)}`;
    case 'after':
      return `After ${trigger.task} ${WORD_OF_OUTCOME[trigger.outcome]}`;
    case 'machine-start':
      return 'When a machine starts';
  }
}

function describeCron(expression: string): string {
  const parsed = parseCron(expression);
  const expanded = expandMacro(expression);
  if (!parsed.ok || !expanded.ok) return `Cron "${expression}"`;
  const fields = expanded.value.map((field) => field.toUpperCase());
  const [dayOfMonth = '*', month = '*', dayOfWeek = '*'] = fields.slice(-3);
  const { dayOfMonth: dates, dayOfWeek: weekdays } = parsed.value;
  const dateText = dates.restricted ? wordOfDates(dayOfMonth, dates) : '';
  const weekdayText = weekdays.restricted ? wordOfWeekdays(dayOfWeek, weekdays) : '';
  const monthText = month === '*' ? '' : `, ${wordOfDay(['*', month, '*'])}`;
  return word([...fields.slice(0, -3), '*', '*', '*']) + joinDays(dateText, weekdayText, weekdays.both) + monthText;
}

function joinDays(dateText: string, weekdayText: string, both: boolean): string {
  if (dateText === '' && weekdayText === '') return '';
  if (dateText === '' || weekdayText === '') return `, ${dateText}${weekdayText}`;
  return both ? `, ${dateText}, if that is also ${weekdayText.replace(/^on /, '')}` : `, ${dateText} or ${weekdayText}`;
}

/** Lists that mix days with ranges or steps are spelled out day by day. */
function wordOfDates(field: string, rule: DayOfMonthRule): string {
  if (!field.includes(',') || !/[-/]/.test(field)) return wordOfDay([field, '*', '*']);
  const days: string[] = [];
  for (let day = 1; day <= 31; day += 1) {
    if ((rule.days & (1 << (day - 1))) !== 0) days.push(String(day));
  }
  if (rule.lastDay) days.push('the last day');
  return `on day ${listed(days)} of the month`;
}

function wordOfWeekdays(field: string, rule: DayOfWeekRule): string {
  if (rule.nth !== undefined || rule.last !== 0) return wordOfDay(['*', '*', plainWeekdays(field)]);
  if (rule.weekdays === EVERY_WEEKDAY) return 'on every day of the week';
  const days = WEEK.filter((weekday) => (rule.weekdays & (1 << weekday)) !== 0);
  const names = days.map((weekday) => WEEKDAY_NAMES[weekday] ?? '');
  const from = WEEK.findIndex((weekday) => weekday === days[0]);
  const inARow = days.length >= LEAST_IN_A_ROW && days.every((weekday, index) => weekday === WEEK[from + index]);
  return inARow ? `${names[0] ?? ''} through ${names.at(-1) ?? ''}` : `on ${listed(names)}`;
}

/** `a`, `a and b`, `a, b and c`. */
function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
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
