/** What the API says of many runs together. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { taskIdSchema } from '../domain/ids.ts';
import { RUN_STATES, type RunState } from '../domain/run.ts';
import { TASK_ORDERS } from '../history/statistics.ts';
import { instantInput, instantOutput, machineReference } from './api-values.ts';

/** Milliseconds, or null when no run tells. */
const milliseconds = z.int().nullable();
/** 0 to 1; null when no run succeeded or failed. */
const rate = z.number().nullable();
export const bucketSchema = z.enum(['hour', 'day']);

export const statisticsInput = z.strictObject({
  /** Nominal instants from `since` (inclusive) to `until` (exclusive; now, when it is left out). */
  since: instantInput,
  until: instantInput.optional(),
  task: taskIdSchema.optional(),
  machine: machineReference.optional(),
  /** Only tasks that carry this tag now. */
  tag: z.string().trim().min(1).max(64).optional(),
  /** When left out: hours for up to three days, else days. */
  bucket: bucketSchema.optional(),
  /** IANA name: where days begin, and which hour of the week it is. */
  timeZone: z.string().trim().min(1).max(64).default('UTC'),
  /** Which tasks come first: most failed, longest, most late, or most runs. */
  sort: z.enum(TASK_ORDERS).default('failing'),
  /** Most tasks that are told. */
  limit: z.int().min(1).max(LIMITS.statisticsTasks).default(LIMITS.statisticsTasks),
});

const totals = z.object(Object.fromEntries(RUN_STATES.map((state) => [state, z.int()])) as Record<RunState, z.ZodInt>);

export const statisticsOutput = z.object({
  since: instantOutput,
  until: instantOutput,
  bucket: bucketSchema,
  timeZone: z.string(),
  /** Runs by state. */
  totals,
  /** Succeeded, of those and the failed, timed-out and lost. */
  successRate: rate,
  /** Of runs that succeeded, failed or timed out. */
  durations: z.object({ medianMs: milliseconds, p95Ms: milliseconds, maxMs: milliseconds, count: z.int() }),
  /** From due to started. */
  lateness: z.object({ medianMs: milliseconds, p95Ms: milliseconds, maxMs: milliseconds, count: z.int() }),
  /** All stretches of time from `since` to `until`, empty ones too. `failed` holds timed-out and lost ones. */
  buckets: z.array(
    z.object({
      from: instantOutput,
      succeeded: z.int(),
      failed: z.int(),
      other: z.int(),
      medianMs: milliseconds,
      p95Ms: milliseconds,
    }),
  ),
  /** Starts by weekday, from Monday, and hour of the day in `timeZone`. */
  busyHours: z.array(z.array(z.int()).length(24)).length(7),
  machines: z.array(
    z.object({ id: z.string(), name: z.string().nullable(), runs: z.int(), failed: z.int(), busyMs: z.int() }),
  ),
  /** In the order that was asked for. `name` is null for tasks that are no more. */
  tasks: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullable(),
      runs: z.int(),
      failed: z.int(),
      successRate: rate,
      medianMs: milliseconds,
      p95Ms: milliseconds,
      maxMs: milliseconds,
      lateness: z.object({ medianMs: milliseconds, p95Ms: milliseconds, maxMs: milliseconds }),
    }),
  ),
  /** Tasks that had runs, told or not. */
  taskCount: z.int(),
});
export type StatisticsOutput = z.output<typeof statisticsOutput>;

export const usualInput = z.strictObject({ tasks: z.array(taskIdSchema).min(1).max(LIMITS.statisticsTasks) });
/** By task; those without runs that ended by themselves are left out. */
export const usualOutput = z.record(z.string(), z.object({ medianMs: z.int(), p95Ms: z.int(), count: z.int() }));
