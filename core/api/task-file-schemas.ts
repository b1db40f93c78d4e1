/** What the API says of tasks as people write them: task files and crontabs. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { userNameSchema } from '../domain/action.ts';
import { instantOutput } from './api-values.ts';
import { definitionInput, definitionOutput } from './task-schemas.ts';

/** Read by the agent itself, so no longer than it can read in passing. */
const fileText = z.string().max(LIMITS.taskTextLength, {
  error: `the text is longer than ${LIMITS.taskTextLength} characters; use the command line, or several requests`,
});
/** IANA name; that of the answering machine when it is left out. */
const timeZone = z.string().trim().min(1).max(64).optional();

export const toFileInput = z.strictObject({ definition: definitionInput });
export const toFileOutput = z.object({ yaml: z.string() });

export const fromFileInput = z.strictObject({
  yaml: fileText,
  /** Of tasks that name none. */
  timeZone,
});
export const fromFileOutput = z.object({
  /** In the order of the file; none when there are errors. */
  definitions: z.array(definitionOutput),
  errors: z.array(
    z.object({
      code: z.string(),
      /** Dotted, such as `tasks.2.policy.timeout`; empty for the file itself. */
      path: z.string(),
      /** From 1. */
      line: z.int(),
      column: z.int(),
      message: z.string(),
      advice: z.string(),
    }),
  ),
});

export const fromCrontabInput = z.strictObject({
  text: fileText,
  /** The tasks run as this user of the machines; as the agent's when it is left out. */
  user: userNameSchema.optional(),
  /** Whether each line names a user, as in `/etc/crontab`; found out when it is left out. */
  system: z.boolean().optional(),
  /** Of jobs without CRON_TZ. */
  timeZone,
});
export const fromCrontabOutput = z.object({
  format: z.enum(['user', 'system']),
  tasks: z.array(definitionOutput),
  /** Of each task, in the same order: its line, its schedule in words, and when it would come due next. */
  jobs: z.array(
    z.object({ taskId: z.string(), line: z.int(), scheduleText: z.string(), nextDueAt: instantOutput.nullable() }),
  ),
  /** What is different from cron, for people. By line, from 1. */
  notes: z.array(z.object({ line: z.int(), taskId: z.string(), text: z.string() })),
  errors: z.array(z.object({ line: z.int(), code: z.string(), message: z.string(), advice: z.string() })),
});
