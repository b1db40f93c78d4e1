/** What the API says of what comes due, and where. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { instantInput, instantOutput } from './api-values.ts';

export const forecastInput = z.strictObject({
  /** Included; now when absent. */
  from: instantInput.optional(),
  /** Excluded; a day after the beginning when absent. */
  to: instantInput.optional(),
  limit: z.int().min(1).max(LIMITS.forecastOccurrences).default(1000),
});

export const forecastOutput = z.object({
  /** Oldest first. Suspended tasks are left out. */
  occurrences: z.array(
    z.object({
      taskId: z.string(),
      taskName: z.string(),
      /** The instant that the schedule names. */
      at: instantOutput,
      /** Who would run it, by the ring of now; none when nobody can. */
      machineIds: z.array(z.string()),
    }),
  ),
  /** Not all that comes due is listed: of one task at most 100, and `limit` of all. */
  truncated: z.boolean(),
  /** How often each task comes due that does, the busiest first. */
  perTask: z.array(z.object({ taskId: z.string(), taskName: z.string(), count: z.int() })),
});
export type ForecastOutput = z.output<typeof forecastOutput>;
