/**
 * A calendar: a named set of local times that many tasks share, such as the holidays of a country or the opening hours of
 * an office. It says nothing about tasks itself; a schedule names calendars as times to keep to, or to stay clear of, and
 * reads them in its own time zone.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';

export const CALENDAR_NAME_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export const calendarNameSchema = z
  .string()
  .regex(
    CALENDAR_NAME_PATTERN,
    'a calendar’s name has small letters, digits, ".", "_" or "-", and begins with a letter or digit',
  );

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A day of the Gregorian calendar, `2026-12-24`. */
export const dateSchema = z.iso.date('write the day as 2026-12-24');
/** A time of day to the minute, `09:30`. */
const timeSchema = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'write the time as 09:30');

export const calendarDaySchema = z
  .strictObject({
    from: dateSchema,
    /** The last day of several, included; absent: one day. */
    to: dateSchema.optional(),
    /** Every year on the same dates; what the year is does not matter then. */
    yearly: z.boolean().optional(),
    name: z.string().max(LIMITS.nameLength).optional(),
  })
  .refine(({ from, to, yearly }) => yearly === true || to === undefined || to >= from, {
    message: 'the last day is before the first',
    path: ['to'],
  });
/** One day or several in a row. */
export type CalendarDay = z.infer<typeof calendarDaySchema>;

export const calendarWindowSchema = z.strictObject({
  weekdays: z.array(z.enum(WEEKDAYS)).min(1).max(7),
  from: timeSchema,
  /** Excluded; `24:00` is the end of the day. At or before `from`: the window ends on the next day. */
  to: z.union([timeSchema, z.literal('24:00')]),
});
/** A stretch of the day on some days of the week. */
export type CalendarWindow = z.infer<typeof calendarWindowSchema>;

export const calendarSchema = z.strictObject({
  about: z.string().max(LIMITS.descriptionLength).default(''),
  days: z.array(calendarDaySchema).max(LIMITS.daysPerCalendar).default([]),
  windows: z.array(calendarWindowSchema).max(LIMITS.windowsPerCalendar).default([]),
});
/** A time is in the calendar when it is on one of its days or in one of its windows. */
export type Calendar = z.infer<typeof calendarSchema>;

export const calendarUseSchema = z.strictObject({
  /** The task comes due only at times that are in one of these; none: at any time. */
  only: z.array(calendarNameSchema).max(LIMITS.calendarsPerTask).default([]),
  /** The task does not come due at times that are in one of these. */
  except: z.array(calendarNameSchema).max(LIMITS.calendarsPerTask).default([]),
});
/** Calendars that a schedule goes by. */
export type CalendarUse = z.infer<typeof calendarUseSchema>;

/** Calendars by their names, as a schedule looks them up. */
export type CalendarBook = ReadonlyMap<string, Calendar>;

/** Every calendar that a schedule names. */
export function calendarsNamed({ calendars }: { readonly calendars?: CalendarUse | undefined }): readonly string[] {
  return calendars === undefined ? [] : [...calendars.only, ...calendars.except];
}
