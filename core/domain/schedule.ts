/**
 * When a task comes due: a list of triggers (times, other tasks, starts of machines), one time zone, and bounds. A task without triggers runs by hand only.
 * Instants are epoch milliseconds, durations milliseconds.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { calendarUseSchema } from './calendar.ts';
import { taskIdSchema } from './ids.ts';
import { instantSchema } from './instant.ts';

/** What must have become of the other task: `failure` is failed, timed out or lost; `any` is all of these and cancelled. */
export const AFTER_OUTCOMES = ['success', 'failure', 'any'] as const;
export type AfterOutcome = (typeof AFTER_OUTCOMES)[number];

export const triggerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('cron'),
    /** 5 or 6 fields (seconds first), or a macro such as `@daily`. Validated by `scheduling/cron`. */
    expression: z.string().min(1).max(LIMITS.cronExpressionLength),
  }),
  z.strictObject({
    kind: z.literal('interval'),
    everyMs: z.int().min(1000).max(LIMITS.intervalMs),
    /** The grid's origin: occurrences are at `anchorAt + k × everyMs`. */
    anchorAt: instantSchema.default(0),
  }),
  z.strictObject({ kind: z.literal('once'), at: instantSchema }),
  z.strictObject({
    /** Whenever a run of another task has ended for good, whoever or whatever had it started. */
    kind: z.literal('after'),
    task: taskIdSchema,
    outcome: z.enum(AFTER_OUTCOMES).default('success'),
  }),
  /** Whenever a machine starts that may run the task: there. */
  z.strictObject({ kind: z.literal('machine-start') }),
]);
export type Trigger = z.infer<typeof triggerSchema>;
/** A trigger that names instants, rather than something that happens. */
export type ClockTrigger = Extract<Trigger, { kind: 'cron' | 'interval' | 'once' }>;

/** True for a trigger that waits for something to happen: when, nobody can say beforehand. */
export function isByEvent({ kind }: { readonly kind: Trigger['kind'] }): boolean {
  return kind === 'after' || kind === 'machine-start';
}

export const scheduleSchema = z.strictObject({
  triggers: z.array(triggerSchema).max(LIMITS.triggersPerTask).default([]),
  /** A name of the IANA time zone database. */
  timeZone: z.string().min(1).max(64).default('UTC'),
  /** No occurrence before this instant. */
  startAt: instantSchema.optional(),
  /** No occurrence at or after this instant. */
  endAt: instantSchema.optional(),
  /** Each occurrence comes due up to this much later than its nominal instant, by a hash of its id. */
  jitterMs: z.int().min(0).max(LIMITS.jitterMs).default(0),
  /** Calendars that it keeps to, or stays clear of. */
  calendars: calendarUseSchema.optional(),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** A task that runs by hand only. */
export const MANUAL_SCHEDULE: Schedule = { triggers: [], timeZone: 'UTC', jitterMs: 0 };
