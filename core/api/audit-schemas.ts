/** What the API says of what was due against what ran. */
import { z } from 'zod';
import { LIMITS, TIMES } from '../config/constants.ts';
import { taskIdSchema } from '../domain/ids.ts';
import { instantInput, instantOutput } from './api-values.ts';

const VERDICTS = ['on-time', 'late', 'doubled', 'skipped', 'withheld', 'pending', 'missed'] as const;
const totals = z.object({
  'on-time': z.int(),
  late: z.int(),
  doubled: z.int(),
  skipped: z.int(),
  withheld: z.int(),
  pending: z.int(),
  missed: z.int(),
});

export const auditInput = z.strictObject({
  /** Only this task. */
  task: taskIdSchema.optional(),
  since: instantInput,
  until: instantInput.optional(),
  /** Starts later than this after they were due count as late. */
  onTimeMs: z.int().min(0).max(LIMITS.catchUpWindowMs).default(TIMES.onTimeMs),
});
export const auditOutput = z.object({
  since: instantOutput,
  until: instantOutput,
  totals,
  tasks: z.array(
    z.object({
      taskId: z.string(),
      /** From here on the present schedule was in force. */
      since: instantOutput,
      until: instantOutput,
      totals,
      /** Scheduled runs at instants that the present schedule does not name. */
      unexpected: z.int(),
    }),
  ),
  /** Whatever was not on time, oldest first in each task. */
  findings: z.array(
    z.object({
      taskId: z.string(),
      nominalAt: instantOutput,
      verdict: z.enum(VERDICTS),
      latenessMs: z.int().nullable(),
      machineName: z.string().nullable(),
      /** The run of another task that should have brought it about; null when a clock did. */
      follows: z.object({ taskId: z.string(), runId: z.string() }).nullable(),
      reason: z.object({ code: z.string(), text: z.string() }).nullable(),
      runIds: z.array(z.string()),
    }),
  ),
  /** There is more than is listed: ask for one task, or for less time. */
  truncated: z.boolean(),
});
export type AuditOutput = z.output<typeof auditOutput>;
