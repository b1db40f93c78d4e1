/**
 * When a task comes due: all triggers of its schedule together, in its time zone, within its bounds. Instants are epoch
 * milliseconds; those that several triggers name are one occurrence. Every machine computes the same ones.
 */
import type { Schedule, Trigger } from '../domain/schedule.ts';
import { err, ok, type Result } from '../std/result.ts';
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
  readonly triggers: readonly CompiledTrigger[];
  /** A checked name. */
  readonly timeZone: string;
  /** No occurrence before this instant. */
  readonly startAt: number;
  /** No occurrence at or after this instant; Infinity: no end. */
  readonly endAt: number;
}

/** Up to how many occurrences that several triggers name twice are told apart when they are only counted. */
const EXACT_COUNT_LIMIT = 10_000;

/**
 * Checks and prepares a schedule.
 * @returns INVALID_CRON, IMPOSSIBLE_CRON or UNKNOWN_TIME_ZONE with the field concerned
 */
export function compileSchedule(schedule: Schedule): Result<CompiledSchedule> {
  const timeZone = validateTimeZone(schedule.timeZone);
  if (!timeZone.ok) return timeZone;
  const triggers: CompiledTrigger[] = [];
  for (const [index, trigger] of schedule.triggers.entries()) {
    const compiled = compileTrigger(trigger);
    if (!compiled.ok) {
      const which = schedule.triggers.length > 1 ? `Trigger ${index + 1}: ` : '';
      const field = `schedule.triggers.${index}${trigger.kind === 'cron' ? '.expression' : ''}`;
      return err({ ...compiled.error, message: which + compiled.error.message, field });
    }
    triggers.push(compiled.value);
  }
  return ok({ triggers, timeZone: timeZone.value, startAt: schedule.startAt ?? 0, endAt: schedule.endAt ?? Infinity });
}

/** The first occurrence strictly after an instant, or undefined when the schedule has come to its end. */
export function nextOccurrence(compiled: CompiledSchedule, after: number): number | undefined {
  const from = Math.max(after, compiled.startAt - 1);
  let earliest: number | undefined;
  for (const trigger of compiled.triggers) {
    const next = nextOfTrigger(trigger, compiled.timeZone, from);
    if (next !== undefined && (earliest === undefined || next < earliest)) earliest = next;
  }
  return earliest !== undefined && earliest < compiled.endAt ? earliest : undefined;
}

/** The last occurrence strictly before an instant, or undefined when there was none since the schedule's start. */
export function previousOccurrence(compiled: CompiledSchedule, before: number): number | undefined {
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
 * trigger; with several, instants that two triggers name are told apart up to 10,000, and counted twice beyond.
 */
export function countOccurrences(compiled: CompiledSchedule, after: number, until: number): number {
  const from = Math.max(after, compiled.startAt - 1);
  const last = Math.min(until, compiled.endAt - 1);
  if (last <= from) return 0;
  let total = 0;
  for (const trigger of compiled.triggers) total += countOfTrigger(trigger, compiled.timeZone, from, last);
  if (compiled.triggers.length < 2 || total > EXACT_COUNT_LIMIT) return total;
  return occurrencesBetween(compiled, from, last, EXACT_COUNT_LIMIT).instants.length;
}

function compileTrigger(trigger: Trigger): Result<CompiledTrigger> {
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
