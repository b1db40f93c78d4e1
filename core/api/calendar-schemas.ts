/** What the API says of calendars, and takes. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { calendarNameSchema, calendarSchema } from '../domain/calendar.ts';
import { instantOutput } from './api-values.ts';

export const calendarOutput = z.object({
  name: z.string(),
  calendar: calendarSchema,
  revision: z.int(),
  changedAt: instantOutput,
  changedBy: z.object({ id: z.string(), name: z.string().nullable() }),
  /** Ids of tasks whose schedules name it; the first of them, and how many in all. */
  tasks: z.array(z.string()),
  taskCount: z.int(),
});
export type CalendarOutput = z.output<typeof calendarOutput>;

export const calendarListOutput = z.object({ calendars: z.array(calendarOutput) });
export const calendarInput = z.strictObject({ name: calendarNameSchema });
export const calendarNameOutput = z.object({ name: z.string() });
export const putCalendarInput = z.strictObject({
  name: calendarNameSchema,
  calendar: calendarSchema,
  /** Refuse if it has been changed since; 0: there must be none of this name yet. */
  expectRevision: z.int().min(0).optional(),
});
export const icalInput = z.strictObject({ text: z.string().max(LIMITS.icalLength) });
export const icalOutput = z.object({
  /** To be looked at, and put under a name. */
  calendar: calendarSchema,
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  skippedCount: z.int(),
});
