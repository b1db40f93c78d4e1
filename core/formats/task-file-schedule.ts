/** The schedule of a task file: short and long forms become triggers, and each trigger remembers its field. */
import type { CalendarUse } from '../domain/calendar.ts';
import { taskIdSchema } from '../domain/ids.ts';
import type { AfterOutcome, Schedule, Trigger } from '../domain/schedule.ts';
import { validateSchedule } from '../scheduling/schedule-validation.ts';
import { validateTimeZone } from '../scheduling/time-zone.ts';
import { parseDuration } from './duration.ts';
import type { ErrorCollector } from './field-error.ts';
import { parseInstant } from './instant.ts';
import { TRIGGER_KINDS, type TaskFile, type TriggerFile } from './task-file-schema.ts';
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
  const start = /^at\s+machine\s+start$/i.test(text.trim());
  if (start) return { value: { kind: 'machine-start' }, path };
  const after = /^after\s+(\S+)(?:\s+(\S+))?$/i.exec(text.trim());
  if (after !== null) return shortAfter(after[1] ?? '', after[2]?.toLowerCase(), path, collector);
  const every = /^every\s+(.+)$/is.exec(text.trim());
  if (every === null) return { value: { kind: 'cron', expression: text.trim() }, path };
  const everyMs = collector.take(path, parseDuration(every[1] ?? ''));
  return everyMs === undefined ? undefined : { value: { kind: 'interval', everyMs, anchorAt: 0 }, path };
}

/** The words of the short form. */
const OUTCOME_OF_WORD: Readonly<Record<string, AfterOutcome>> = {
  succeeded: 'success',
  failed: 'failure',
  ended: 'any',
};

function shortAfter(
  id: string,
  word: string | undefined,
  path: Path,
  collector: ErrorCollector,
): PlacedTrigger | undefined {
  const outcome = word === undefined ? 'success' : OUTCOME_OF_WORD[word];
  if (outcome === undefined) {
    const advice = 'Write succeeded, failed or ended, or nothing, which means succeeded.';
    collector.refuse(path, { code: 'INVALID_INPUT', message: `"${word ?? ''}" is no way to end`, advice });
    return undefined;
  }
  return afterTrigger(id, outcome, path, collector);
}

function afterTrigger(
  id: string,
  outcome: AfterOutcome,
  path: Path,
  collector: ErrorCollector,
): PlacedTrigger | undefined {
  const task = taskIdSchema.safeParse(id);
  if (task.success) return { value: { kind: 'after', task: task.data, outcome }, path };
  const advice = '`carillon task list` shows the ids of tasks.';
  collector.refuse(path, { code: 'INVALID_INPUT', message: `"${id}" is no task id`, advice });
  return undefined;
}

function longTrigger(
  trigger: TriggerFile,
  path: Path,
  instant: (path: Path, text: string | undefined) => number | undefined,
  collector: ErrorCollector,
): PlacedTrigger | undefined {
  const kinds = TRIGGER_KINDS.filter((kind) => trigger[kind] !== undefined);
  const [kind, extra] = kinds;
  if (kind === undefined || extra !== undefined) {
    const message = kind === undefined ? 'the trigger does not say when' : `"${kinds.join('" and "')}" stand together`;
    const advice = `Write exactly one of ${TRIGGER_KINDS.join(', ')}; for several triggers write a list.`;
    collector.refuse(extra === undefined ? path : [...path, extra], { code: 'INVALID_INPUT', message, advice });
    return undefined;
  }
  if (trigger.anchor !== undefined && kind !== 'every') {
    const error = { code: 'INVALID_INPUT', message: '"anchor" belongs to "every"', advice: 'Remove it.' } as const;
    collector.refuse([...path, 'anchor'], error, 'key');
  }
  if (trigger.outcome !== undefined && kind !== 'after') {
    const error = { code: 'INVALID_INPUT', message: '"outcome" belongs to "after"', advice: 'Remove it.' } as const;
    collector.refuse([...path, 'outcome'], error, 'key');
  }
  const place = [...path, kind];
  if (kind === 'cron') return { value: { kind: 'cron', expression: (trigger.cron ?? '').trim() }, path: place };
  if (kind === 'machine') return { value: { kind: 'machine-start' }, path: place };
  if (kind === 'after') return afterTrigger(trigger.after ?? '', trigger.outcome ?? 'success', place, collector);
  if (kind === 'at') {
    const at = instant(place, trigger.at);
    return at === undefined ? undefined : { value: { kind: 'once', at }, path: place };
  }
  const everyMs = collector.take(place, parseDuration(trigger.every ?? ''));
  const anchorAt = instant([...path, 'anchor'], trigger.anchor) ?? 0;
  return everyMs === undefined ? undefined : { value: { kind: 'interval', everyMs, anchorAt }, path: place };
}
