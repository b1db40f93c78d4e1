/**
 * Triggers as people think of them (every quarter of an hour, on weekdays at eight) and as core has them. Each pattern
 * stands for exactly one trigger; a trigger that no pattern stands for is shown as what it is, a cron expression.
 */
import type { TaskId } from '../../../core/domain/ids.ts';
import type { AfterOutcome, Trigger } from '../../../core/domain/schedule.ts';
import { zoneOffsetMs, validateTimeZone } from '../../../core/scheduling/time-zone.ts';

export const PATTERN_KINDS = [
  'every',
  'daily',
  'weekdays',
  'weekly',
  'monthly',
  'once',
  'after',
  'start',
  'cron',
] as const;
export type PatternKind = (typeof PATTERN_KINDS)[number];

export const EVERY_UNITS = { seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;
export type EveryUnit = keyof typeof EVERY_UNITS;

/** `time` is `HH:MM`; days of the week count from Sunday, 0; `day` is of the month, `L` its last. */
export type Pattern =
  | { readonly kind: 'every'; readonly count: number; readonly unit: EveryUnit; readonly anchorAt: number }
  | { readonly kind: 'daily'; readonly time: string }
  | { readonly kind: 'weekdays'; readonly time: string }
  | { readonly kind: 'weekly'; readonly days: readonly number[]; readonly time: string }
  | { readonly kind: 'monthly'; readonly day: number | 'L'; readonly time: string }
  | { readonly kind: 'once'; readonly at: number }
  | { readonly kind: 'after'; readonly task: string; readonly outcome: AfterOutcome }
  | { readonly kind: 'start' }
  | { readonly kind: 'cron'; readonly expression: string };

const DEFAULT_TIME = '02:30';
const HOUR_MS = 3_600_000;

export function patternOf(trigger: Trigger): Pattern {
  switch (trigger.kind) {
    case 'once':
      return { kind: 'once', at: trigger.at };
    case 'after':
      return { kind: 'after', task: trigger.task, outcome: trigger.outcome };
    case 'machine-start':
      return { kind: 'start' };
    case 'interval': {
      const units = Object.entries(EVERY_UNITS) as [EveryUnit, number][];
      const [unit, unitMs] = units.findLast(([, ms]) => trigger.everyMs % ms === 0) ?? ['seconds', 1000];
      return { kind: 'every', count: trigger.everyMs / unitMs, unit, anchorAt: trigger.anchorAt };
    }
    case 'cron':
      return cronPattern(trigger.expression) ?? { kind: 'cron', expression: trigger.expression };
  }
}

export function triggerOf(pattern: Pattern): Trigger {
  switch (pattern.kind) {
    case 'every': {
      const everyMs = Math.round(pattern.count * EVERY_UNITS[pattern.unit]);
      return { kind: 'interval', everyMs, anchorAt: pattern.anchorAt };
    }
    case 'once':
      return { kind: 'once', at: pattern.at };
    case 'after':
      return { kind: 'after', task: pattern.task as TaskId, outcome: pattern.outcome };
    case 'start':
      return { kind: 'machine-start' };
    case 'cron':
      return { kind: 'cron', expression: pattern.expression };
    case 'daily':
      return cron(pattern.time, '*', '*');
    case 'weekdays':
      return cron(pattern.time, '*', '1-5');
    case 'weekly':
      return cron(pattern.time, '*', [...pattern.days].sort((a, b) => a - b).join(',') || '1');
    case 'monthly':
      return cron(pattern.time, String(pattern.day), '*');
  }
}

/** A pattern of another kind, with what of the present one fits it. @param now epoch milliseconds. */
export function patternAs(kind: PatternKind, from: Pattern, now: number): Pattern {
  const time = 'time' in from ? from.time : DEFAULT_TIME;
  switch (kind) {
    case 'every':
      return { kind, count: 15, unit: 'minutes', anchorAt: 0 };
    case 'daily':
    case 'weekdays':
      return { kind, time };
    case 'weekly':
      return { kind, days: from.kind === 'weekdays' ? [1, 2, 3, 4, 5] : [1], time };
    case 'monthly':
      return { kind, day: 1, time };
    case 'once':
      return { kind, at: Math.ceil((now + HOUR_MS) / HOUR_MS) * HOUR_MS };
    case 'after':
      return { kind, task: '', outcome: 'success' };
    case 'start':
      return { kind };
    case 'cron': {
      const trigger = triggerOf(from);
      return { kind, expression: trigger.kind === 'cron' ? trigger.expression : '*/15 * * * *' };
    }
  }
}

/** The wall-clock time of an instant, `2026-12-24T18:00`, as fields for dates and times have it. */
export function localText(instant: number, timeZone: string): string {
  const zone = validateTimeZone(timeZone);
  const offsetMs = zone.ok ? zoneOffsetMs(zone.value, instant) : 0;
  return new Date(instant + offsetMs).toISOString().slice(0, 16);
}

function cron(time: string, day: string, weekday: string): Trigger {
  const [hour = '0', minute = '0'] = time.split(':');
  return { kind: 'cron', expression: `${Number(minute)} ${Number(hour)} ${day} * ${weekday}` };
}

function cronPattern(expression: string): Pattern | undefined {
  const form = /^(\d{1,2}) (\d{1,2}) (\*|L|\d{1,2}) \* (\*|1-5|[0-6](?:,[0-6])*)$/i.exec(expression.trim());
  if (form === null) return undefined;
  const [, minute = '', hour = '', day = '', weekday = ''] = form;
  if (Number(minute) > 59 || Number(hour) > 23) return undefined;
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (day !== '*') {
    if (weekday !== '*' || (day !== 'L' && (Number(day) < 1 || Number(day) > 31))) return undefined;
    return { kind: 'monthly', day: day.toUpperCase() === 'L' ? 'L' : Number(day), time };
  }
  if (weekday === '*') return { kind: 'daily', time };
  if (weekday === '1-5') return { kind: 'weekdays', time };
  return { kind: 'weekly', days: weekday.split(',').map(Number), time };
}
