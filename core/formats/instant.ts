/**
 * Instants as people write them: ISO 8601 with an offset (`2026-11-22T10:00:00+01:00`, `…Z`), or local wall-clock time
 * (`2026-11-22 10:00`, `2026-11-22`), which takes its meaning from the time zone of the task. Inside, instants are
 * epoch milliseconds.
 */
import { localTimeToInstants } from '../scheduling/time-zone.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';

const FORM =
  /^(\d{4}|\+\d{6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(?: ?(Z|[+-]\d\d:?\d\d))?)?$/i;
const MAX_LENGTH = 40;
const LARGEST_INSTANT = 8.64e15;
const ADVICE = 'Write it as 2026-12-24T18:00:00+01:00, or as local time: 2026-12-24 18:00.';

/**
 * Reads an instant.
 * @param timeZone a checked IANA name, for local times. A local time that the clocks skip (spring) means the first
 *   instant after the gap; one that they show twice (autumn) means the first of the two, as for schedules.
 * @returns epoch milliseconds, or INVALID_INPUT (another form, no such date, before 1970).
 */
export function parseInstant(text: string, timeZone: string): Result<number> {
  const trimmed = text.trim();
  const parts = trimmed.length > MAX_LENGTH ? null : FORM.exec(trimmed);
  if (parts === null) return refuse(`"${trimmed.slice(0, MAX_LENGTH)}" is not an instant`);
  const localMs = localTimeOf(parts);
  if (localMs === undefined) return refuse(`"${trimmed}" names a date or time that does not exist`);
  const offset = parts[8];
  const instant = offset === undefined ? instantInZone(localMs, timeZone) : atOffset(localMs, offset);
  if (instant === undefined) return refuse(`"${trimmed}" has an offset that does not exist`);
  if (instant < 0) return refuse(`"${trimmed}" lies before 1970`);
  if (instant > LARGEST_INSTANT) return refuse(`"${trimmed}" lies too far in the future`);
  return ok(instant);
}

/** Writes an instant in UTC: `2026-11-22T09:00:00Z`, with milliseconds only when there are some. */
export function formatInstant(instant: number): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}

/** The wall-clock fields as if they were UTC, in milliseconds, or undefined when no such date or time exists. */
function localTimeOf(parts: RegExpExecArray): number | undefined {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((index) => Number(parts[index] ?? 0));
  const millisecond = Number((parts[7] ?? '').padEnd(3, '0'));
  const date = new Date(0);
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day);
  date.setUTCHours(hour ?? 0, minute ?? 0, second ?? 0, millisecond);
  const kept = date.getUTCMonth() + 1 === month && date.getUTCDate() === day && date.getUTCHours() === hour;
  return kept && date.getUTCMinutes() === minute && date.getUTCSeconds() === second ? date.getTime() : undefined;
}

function atOffset(localMs: number, offset: string): number | undefined {
  if (offset.toUpperCase() === 'Z') return localMs;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return localMs - (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function instantInZone(localMs: number, timeZone: string): number {
  const first = localTimeToInstants(timeZone, localMs)[0];
  if (first !== undefined) return first;
  return instantAfterGap(localMs, timeZone);
}

/** The first instant whose local time is past one that the clocks skip. Bisection; no gap is longer than a day. */
function instantAfterGap(localMs: number, timeZone: string): number {
  const day = 86_400_000;
  let before = 0;
  let after = 2 * day;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localTimeToInstants(timeZone, localMs + middle).length > 0) after = middle;
    else before = middle;
  }
  return localTimeToInstants(timeZone, localMs + after)[0] ?? localMs;
}

function refuse(message: string): Result<number> {
  return err(appError('INVALID_INPUT', message, { advice: ADVICE }));
}
