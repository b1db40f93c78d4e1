/**
 * Calendars in the document: reading one, and edits of them. A calendar is one value. Where two people wrote the same one
 * apart, one value is in force everywhere, as with a facet of a task; who puts it next settles it. A deletion is a value
 * too, so that it is signed and not undone by an older write.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { type Calendar, calendarSchema } from '../domain/calendar.ts';
import type { FacetOrigin } from '../domain/task.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err } from '../std/result.ts';
import type { DocumentEdit } from './document-protocol.ts';
import type { Draft } from './draft.ts';
import { decodeEnvelope } from './envelope.ts';
import { calendarPlace, type Place } from './schema.ts';

type EditOf<Kind extends DocumentEdit['kind']> = Extract<DocumentEdit, { kind: Kind }>;

/** A calendar with who wrote it, and when. */
export interface KeptCalendar extends FacetOrigin {
  readonly calendar: Calendar;
}

/** A calendar by its name; `kept` is undefined when there is none (any more), or none that can be read. */
export interface NamedCalendar {
  readonly name: string;
  readonly kept: KeptCalendar | undefined;
}

/** Calendars that there are, and names that are remembered. */
export interface CalendarCounts {
  readonly live: number;
  readonly names: number;
}

const deletedCalendarSchema = z.strictObject({ deleted: z.literal(true) });

/** What is at the place of a calendar. */
export function readCalendar(
  source: { read(place: Place): string | undefined },
  name: string,
): { readonly known: boolean; readonly kept: KeptCalendar | undefined } {
  const text = source.read(calendarPlace(name));
  const envelope = text === undefined ? undefined : decodeEnvelope(text);
  if (envelope?.ok !== true) return { known: text !== undefined, kept: undefined };
  const { value, revision, author, changedAt } = envelope.value;
  const parsed = calendarSchema.safeParse(value);
  return { known: true, kept: parsed.success ? { calendar: parsed.data, revision, author, changedAt } : undefined };
}

/** Puts a calendar, new or in place of what it was. */
export function putCalendar(
  draft: Draft,
  { name, calendar, expectRevision }: EditOf<'put-calendar'>,
  counts: CalendarCounts,
): Result<undefined> {
  const before = draft.read(calendarPlace(name));
  if (expectRevision !== undefined && (before?.revision ?? 0) !== expectRevision) {
    const advice = 'Read the calendar again and repeat the change.';
    return err(appError('DOCUMENT_CONFLICT', `The calendar "${name}" was changed meanwhile.`, { advice }));
  }
  const comes = before === undefined || isDeleted(before.value);
  if (comes && counts.live >= LIMITS.calendarsPerCluster) {
    const message = `There are ${LIMITS.calendarsPerCluster} calendars already; "${name}" is one too many.`;
    return err(appError('LIMIT_EXCEEDED', message));
  }
  if (before === undefined && counts.names >= LIMITS.calendarNames) {
    const message = `There have been ${LIMITS.calendarNames} names of calendars; use one of these.`;
    return err(appError('LIMIT_EXCEEDED', message));
  }
  return draft.put(calendarPlace(name), calendar, `calendar "${name}"`);
}

/** Deletes a calendar; that it was there is remembered. */
export function deleteCalendar(draft: Draft, { name }: EditOf<'delete-calendar'>): Result<undefined> {
  const before = draft.read(calendarPlace(name));
  if (before === undefined || isDeleted(before.value)) {
    return err(appError('CALENDAR_NOT_FOUND', `There is no calendar "${name}".`));
  }
  return draft.put(calendarPlace(name), { deleted: true }, `calendar "${name}"`);
}

function isDeleted(value: unknown): boolean {
  return deletedCalendarSchema.safeParse(value).success;
}
