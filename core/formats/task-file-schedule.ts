/** The schedule of a task file: short and long forms become triggers, and each trigger remembers its field. */
import type { CalendarUse } from '../domain/calendar.ts';
import type { Schedule, Trigger } from '../domain/schedule.ts';
import { validateSchedule } from '../scheduling/schedule-validation.ts';
import { validateTimeZone } from '../scheduling/time-zone.ts';
import { parseDuration } from './duration.ts';
import type { ErrorCollector } from './field-error.ts';
import { parseInstant } from './instant.ts';
import type { TaskFile, TriggerFile } from './task-file-schema.ts';
import type { Path } from './yaml-source.ts';

/** Input of `scheduleSchema`: what is undefined gets its default there. */
export interface ScheduleInput {
  readonly triggers: readonly Trigger[];
  readonly timeZone: string;
  readonly startAt: number | undefined;
  readonly endAt: number | undefined;
  readonly jitterMs: number | undefined;
  readonly calendars: CalendarUse | undefined;
}

/** Reads `schedule`, `timezone`, `start`, `end`, `jitter` and `calendars`. `triggerPaths[i]` is the field that trigger i came from. */
export function buildSchedule(
  file: TaskFile,
  defaultTimeZone: string,
  collector: ErrorCollector,
): { schedule: ScheduleInput; triggerPaths: readonly Path[] } {
  const zone = collector.take(['timezone'], validateTimeZone(file.timezone ?? defaultTimeZone));
  // With an unknown zone, local times have no meaning; reading them in UTC still finds what else is wrong with them.
  const timeZone = zone ?? 'UTC';
  const instant = (path: Path, text: string | undefined): number | undefined =>
    text === undefined ? undefined : collector.take(path, parseInstant(text, timeZone));
  const triggers: Trigger[] = [];
  const triggerPaths: Path[] = [];
  for (const { entry, path } of entriesOf(file.schedule)) {
    const trigger =
      typeof entry === 'string' ? shortTrigger(entry, path, collector) : longTrigger(entry, path, instant, collector);
    if (trigger === undefined) continue;
    triggers.push(trigger.value);
    triggerPaths.push(trigger.path);
  }
  const schedule = {
    triggers,
    timeZone,
    startAt: instant(['start'], file.start),
    endAt: instant(['end'], file.end),
    jitterMs: file.jitter === undefined ? undefined : collector.take(['jitter'], parseDuration(file.jitter)),
    calendars: file.calendars && { only: listOf(file.calendars.only), except: listOf(file.calendars.except) },
  };
  return { schedule, triggerPaths };
}

/** Whether the scheduler can follow it: cron expressions trigger by trigger, then the whole. */
export function checkSchedule(schedule: Schedule, triggerPaths: readonly Path[], collector: ErrorCollector): void {
  const { triggers, timeZone } = schedule;
  const errorsBefore = collector.errors.length;
  for (const [index, trigger] of triggers.entries()) {
    collector.take(
      triggerPaths[index] ?? ['schedule'],
      validateSchedule({ triggers: [trigger], timeZone, jitterMs: 0 }),
    );
  }
  if (collector.errors.length > errorsBefore) return;
  const whole = validateSchedule(schedule);
  if (whole.ok) return;
  const place = (whole.error.field ?? '').split('.').at(-1) ?? '';
  const fields: Readonly<Record<string, string>> = {
    timeZone: 'timezone',
    startAt: 'start',
    endAt: 'end',
    jitterMs: 'jitter',
  };
  collector.refuse([fields[place] ?? 'schedule'], whole.error);
}

function listOf(value: string | string[] | undefined): string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}

interface PlacedTrigger {
  readonly value: Trigger;
  readonly path: Path;
}

function entriesOf(schedule: TaskFile['schedule']): { entry: string | TriggerFile; path: Path }[] {
  if (schedule === undefined || schedule === 'manual') return [];
  if (!Array.isArray(schedule)) return [{ entry: schedule, path: ['schedule'] }];
  return schedule.map((entry, index) => ({ entry, path: ['schedule', index] }));
}

function shortTrigger(text: string, path: Path, collector: ErrorCollector): PlacedTrigger | undefined {
  const every = /^every\s+(.+)$/is.exec(text.trim());
  if (every === null) return { value: { kind: 'cron', expression: text.trim() }, path };
  const everyMs = collector.take(path, parseDuration(every[1] ?? ''));
  return everyMs === undefined ? undefined : { value: { kind: 'interval', everyMs, anchorAt: 0 }, path };
}

function longTrigger(
  trigger: TriggerFile,
  path: Path,
  instant: (path: Path, text: string | undefined) => number | undefined,
  collector: ErrorCollector,
): PlacedTrigger | undefined {
  const kinds = (['cron', 'every', 'at'] as const).filter((kind) => trigger[kind] !== undefined);
  const [kind, extra] = kinds;
  if (kind === undefined || extra !== undefined) {
    const message = kind === undefined ? 'the trigger does not say when' : `"${kinds.join('" and "')}" stand together`;
    const advice = 'Write exactly one of cron, every and at; for several triggers write a list.';
    collector.refuse(extra === undefined ? path : [...path, extra], { code: 'INVALID_INPUT', message, advice });
    return undefined;
  }
  if (trigger.anchor !== undefined && kind !== 'every') {
    const error = { code: 'INVALID_INPUT', message: '"anchor" belongs to "every"', advice: 'Remove it.' } as const;
    collector.refuse([...path, 'anchor'], error, 'key');
  }
  const place = [...path, kind];
  if (kind === 'cron') return { value: { kind: 'cron', expression: (trigger.cron ?? '').trim() }, path: place };
  if (kind === 'at') {
    const at = instant(place, trigger.at);
    return at === undefined ? undefined : { value: { kind: 'once', at }, path: place };
  }
  const everyMs = collector.take(place, parseDuration(trigger.every ?? ''));
  const anchorAt = instant([...path, 'anchor'], trigger.anchor) ?? 0;
  return everyMs === undefined ? undefined : { value: { kind: 'interval', everyMs, anchorAt }, path: place };
}
