/**
 * When a task comes due: all triggers of its schedule together, in its time zone, within its bounds, at times that its
 * calendars leave open. Instants are epoch milliseconds; those that several triggers name are one occurrence. Every machine
 * computes the same ones. What a calendar closes is no occurrence: nothing is due then, and nothing is missed.
 */
import { LIMITS } from '../config/constants.ts';
import type { CalendarBook } from '../domain/calendar.ts';
import type { ClockTrigger, Schedule } from '../domain/schedule.ts';
import { err, ok, type Result } from '../std/result.ts';
import { changesAfter, compileOpenTimes, isOpenAt, type OpenTimes, unchangedSince } from './calendar.ts';
import { parseCron } from './cron.ts';
import { countCronOccurrences, nextCronOccurrence, previousCronOccurrence } from './cron-occurrence.ts';
import type { CronSchedule } from './cron-schedule.ts';
import { validateTimeZone } from './time-zone.ts';

type CompiledTrigger =
  | { readonly kind: 'cron'; readonly cron: CronSchedule }
  | { readonly kind: 'interval'; readonly everyMs: number; readonly anchorAt: number }
  | { readonly kind: 'once'; readonly at: number };

/** A schedule that was checked and is ready to be computed with. */
export interface CompiledSchedule {
  /** Those that name instants: what follows other tasks, or starts of machines, comes due when that happens. */
  readonly triggers: readonly CompiledTrigger[];
  /** A checked name. */
  readonly timeZone: string;
  /** No occurrence before this instant. */
  readonly startAt: number;
  /** No occurrence at or after this instant; Infinity: no end. */
  readonly endAt: number;
  /** Absent: always open. */
  readonly open?: OpenTimes;
}

/** Up to how many occurrences that several triggers name twice are told apart when they are only counted. */
const EXACT_COUNT_LIMIT = 10_000;

/**
 * Checks and prepares a schedule.
 * @param book the calendars of the cluster; without it those that the schedule names are not looked at
 * @returns INVALID_CRON, IMPOSSIBLE_CRON, UNKNOWN_TIME_ZONE or CALENDAR_NOT_FOUND with the field concerned
 */
export function compileSchedule(schedule: Schedule, book?: CalendarBook): Result<CompiledSchedule> {
  const timeZone = validateTimeZone(schedule.timeZone);
  if (!timeZone.ok) return timeZone;
  const triggers: CompiledTrigger[] = [];
  for (const [index, trigger] of schedule.triggers.entries()) {
    if (trigger.kind === 'after' || trigger.kind === 'machine-start') continue;
    const compiled = compileTrigger(trigger);
    if (!compiled.ok) {
      const which = schedule.triggers.length > 1 ? `Trigger ${index + 1}: ` : '';
      const field = `schedule.triggers.${index}${trigger.kind === 'cron' ? '.expression' : ''}`;
      return err({ ...compiled.error, message: which + compiled.error.message, field });
    }
    triggers.push(compiled.value);
  }
  const open = book === undefined ? ok(undefined) : compileOpenTimes(schedule.calendars, book, timeZone.value);
  if (!open.ok) return open;
  return ok({
    triggers,
    timeZone: timeZone.value,
    startAt: schedule.startAt ?? 0,
    endAt: schedule.endAt ?? Infinity,
    ...(open.value === undefined ? {} : { open: open.value }),
  });
}

/**
 * The first occurrence strictly after an instant, or undefined when the schedule has come to its end, or when 2,000 closed
 * times follow each other without an open one.
 */
export function nextOccurrence(compiled: CompiledSchedule, after: number): number | undefined {
  const { open } = compiled;
  if (open === undefined) return nextOfTriggers(compiled, after);
  let from = after;
  for (let tries = 0; tries < LIMITS.closedTimes; tries += 1) {
    const next = nextOfTriggers(compiled, from);
    if (next === undefined || isOpenAt(open, next)) return next;
    from = changesAfter(open, next) - 1;
  }
  return undefined;
}

/** Whether something that happens at an instant makes the task come due: within its bounds, at a time that is left open. */
export function isAllowedAt({ startAt, endAt, open }: CompiledSchedule, at: number): boolean {
  return at >= startAt && at < endAt && (open === undefined || isOpenAt(open, at));
}

/** The last occurrence strictly before an instant, as `nextOccurrence` is the first after one. */
export function previousOccurrence(compiled: CompiledSchedule, before: number): number | undefined {
  const { open } = compiled;
  if (open === undefined) return previousOfTriggers(compiled, before);
  let until = before;
  for (let tries = 0; tries < LIMITS.closedTimes; tries += 1) {
    const previous = previousOfTriggers(compiled, until);
    if (previous === undefined || isOpenAt(open, previous)) return previous;
    until = unchangedSince(open, previous);
  }
  return undefined;
}

function nextOfTriggers(compiled: CompiledSchedule, after: number): number | undefined {
  const from = Math.max(after, compiled.startAt - 1);
  let earliest: number | undefined;
  for (const trigger of compiled.triggers) {
    const next = nextOfTrigger(trigger, compiled.timeZone, from);
    if (next !== undefined && (earliest === undefined || next < earliest)) earliest = next;
  }
  return earliest !== undefined && earliest < compiled.endAt ? earliest : undefined;
}

function previousOfTriggers(compiled: CompiledSchedule, before: number): number | undefined {
  const until = Math.min(before, compiled.endAt);
  let latest: number | undefined;
  for (const trigger of compiled.triggers) {
    const previous = previousOfTrigger(trigger, compiled.timeZone, until);
    if (previous !== undefined && (latest === undefined || previous > latest)) latest = previous;
  }
  return latest !== undefined && latest >= compiled.startAt ? latest : undefined;
}

/**
 * The occurrences after `after` (excluded) up to `until` (included), oldest first.
 * @param limit at most so many are listed; `truncated` says that there are more
 */
export function occurrencesBetween(
  compiled: CompiledSchedule,
  after: number,
  until: number,
  limit: number,
): { instants: number[]; truncated: boolean } {
  const instants: number[] = [];
  for (let next = nextOccurrence(compiled, after); next !== undefined && next <= until;) {
    if (instants.length >= limit) return { instants, truncated: true };
    instants.push(next);
    next = nextOccurrence(compiled, next);
  }
  return { instants, truncated: false };
}

/** The newest `count` occurrences after `after` (excluded) up to `until` (included), oldest first. Takes time by `count`. */
export function latestOccurrences(compiled: CompiledSchedule, after: number, until: number, count: number): number[] {
  const instants: number[] = [];
  let before = Math.floor(until) + 1;
  while (instants.length < count) {
    const previous = previousOccurrence(compiled, before);
    if (previous === undefined || previous <= after) break;
    instants.push(previous);
    before = previous;
  }
  return instants.reverse();
}

/**
 * How many occurrences there are after `after` (excluded) up to `until` (included), without listing them. Exact for one
 * trigger; with several, instants that two triggers name are told apart up to 10,000, and counted twice beyond. Those that
 * calendars leave open are counted up to 10,000.
 */
export function countOccurrences(compiled: CompiledSchedule, after: number, until: number): number {
  const from = Math.max(after, compiled.startAt - 1);
  const last = Math.min(until, compiled.endAt - 1);
  if (last <= from) return 0;
  if (compiled.open !== undefined) return occurrencesBetween(compiled, from, last, EXACT_COUNT_LIMIT).instants.length;
  let total = 0;
  for (const trigger of compiled.triggers) total += countOfTrigger(trigger, compiled.timeZone, from, last);
  if (compiled.triggers.length < 2 || total > EXACT_COUNT_LIMIT) return total;
  return occurrencesBetween(compiled, from, last, EXACT_COUNT_LIMIT).instants.length;
}

function compileTrigger(trigger: ClockTrigger): Result<CompiledTrigger> {
  switch (trigger.kind) {
    case 'cron': {
      const cron = parseCron(trigger.expression);
      return cron.ok ? ok({ kind: 'cron', cron: cron.value }) : cron;
    }
    case 'interval':
      return ok({ kind: 'interval', everyMs: trigger.everyMs, anchorAt: trigger.anchorAt });
    case 'once':
      return ok({ kind: 'once', at: trigger.at });
  }
}

function nextOfTrigger(trigger: CompiledTrigger, timeZone: string, after: number): number | undefined {
  switch (trigger.kind) {
    case 'cron':
      return nextCronOccurrence(trigger.cron, timeZone, after);
    case 'interval':
      return trigger.anchorAt + (Math.floor((after - trigger.anchorAt) / trigger.everyMs) + 1) * trigger.everyMs;
    case 'once':
      return trigger.at > after ? trigger.at : undefined;
  }
}

function previousOfTrigger(trigger: CompiledTrigger, timeZone: string, before: number): number | undefined {
  switch (trigger.kind) {
    case 'cron':
      return previousCronOccurrence(trigger.cron, timeZone, before);
    case 'interval':
      return trigger.anchorAt + (Math.ceil((before - trigger.anchorAt) / trigger.everyMs) - 1) * trigger.everyMs;
    case 'once':
      return trigger.at < before ? trigger.at : undefined;
  }
}

function countOfTrigger(trigger: CompiledTrigger, timeZone: string, after: number, until: number): number {
  switch (trigger.kind) {
    case 'cron':
      return countCronOccurrences(trigger.cron, timeZone, after, until);
    case 'interval': {
      const stepsTo = (instant: number): number => Math.floor((instant - trigger.anchorAt) / trigger.everyMs);
      return stepsTo(until) - stepsTo(after);
    }
    case 'once':
      return trigger.at > after && trigger.at <= until ? 1 : 0;
  }
}
