/** A calendar as a file that people read and write. */
import { stringify } from 'yaml';
import { LIMITS } from '../config/constants.ts';
import { type Calendar, calendarSchema } from '../domain/calendar.ts';
import type { Result } from '../std/result.ts';
import { readOneDocument } from './one-document.ts';

/** INVALID_INPUT, UNKNOWN_FIELD or INVALID_YAML, with the line and the field; LIMIT_EXCEEDED. */
export function parseCalendarFile(text: string): Result<Calendar> {
  return readOneDocument<Calendar>(text, {
    what: 'the calendar',
    fieldWord: 'field',
    limitBytes: LIMITS.icalLength,
    schema: calendarSchema,
    empty: { about: '', days: [], windows: [] },
  });
}

/** The file for a calendar; what equals the default is left out. */
export function formatCalendarFile({ about, days, windows }: Calendar): string {
  return stringify({
    ...(about === '' ? {} : { about }),
    ...(days.length === 0 ? {} : { days }),
    ...(windows.length === 0 ? {} : { windows }),
  });
}
