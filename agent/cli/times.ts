/** Instants and durations as people read them, and as they type them. */
import { parseDuration } from '../../core/formats/duration.ts';
import { usageError } from './command.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** Such as `3 min ago` or `in 2 h`; `-` for none. @param now epoch milliseconds. */
export function relativeTime(iso: string | null, now: number): string {
  if (iso === null) return '-';
  const distanceMs = Date.parse(iso) - now;
  const text = roughDuration(Math.abs(distanceMs));
  if (text === '0 s') return 'now';
  return distanceMs < 0 ? `${text} ago` : `in ${text}`;
}

/** The exact instant and how far away it is. */
export function exactTime(iso: string | null, now: number): string {
  return iso === null ? '-' : `${iso} (${relativeTime(iso, now)})`;
}

/** From `from` to `to`, such as `1.5 s`; `-` unless both are known. */
export function elapsed(from: string | null, to: string | null): string {
  if (from === null || to === null) return '-';
  const durationMs = Math.max(0, Date.parse(to) - Date.parse(from));
  if (durationMs < 1000) return `${durationMs} ms`;
  return durationMs < 60_000 ? `${(durationMs / 1000).toFixed(1)} s` : roughDuration(durationMs);
}

function roughDuration(durationMs: number): string {
  for (const [name, unitMs] of UNITS) {
    if (durationMs >= unitMs) return `${Math.floor(durationMs / unitMs)} ${name}`;
  }
  return '0 s';
}

/**
 * An instant as typed: ISO 8601 (UTC unless it has an offset), or a duration such as `2h`, meaning that long ago.
 * @returns ISO 8601 in UTC. Throws INVALID_INPUT.
 */
export function readInstant(text: string, option: string, now: number): string {
  const duration = parseDuration(text);
  if (duration.ok) return new Date(Math.max(0, now - duration.value)).toISOString();
  const form = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+-]\d\d:?\d\d)?$/i.exec(text.trim());
  const zoned =
    form === null ? text : form[1] === undefined ? `${text.trim().replace(' ', 'T')}Z` : text.trim().replace(' ', 'T');
  const epochMs =
    form === null ? Number.NaN : Date.parse(zoned.length === 11 ? `${zoned.slice(0, 10)}T00:00:00Z` : zoned);
  if (Number.isNaN(epochMs) || epochMs < 0) {
    throw usageError(`"${text}" is neither an instant such as 2026-03-29T01:00:00Z nor a duration such as 2h`, option);
  }
  return new Date(epochMs).toISOString();
}

/** Milliseconds of a duration as typed, such as `10m`. Throws INVALID_INPUT. */
export function readDuration(text: string, option: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw usageError(duration.error.message, option);
  return duration.value;
}

/** A whole number as typed. Throws INVALID_INPUT outside the bounds. */
export function readInteger(text: string, option: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < least || value > most) {
    throw usageError(`"${text}" is not a whole number from ${least} to ${most}`, option);
  }
  return value;
}
