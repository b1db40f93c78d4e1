/**
 * How an event of the log looks: one line, whatever is in it. Fields may hold anything, errors too; what has no text is
 * named by its type, because a log that fails takes whoever logs with it.
 */
import type { LogLevel } from '../ports/logger.ts';

const MAX_LINE_LENGTH = 8 * 1024;
/** What moves the cursor of a terminal, turns text around, ends a line for some program, or is half a character. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

export interface LogEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** For people: `instant level message key=value …`. */
export function textLine({ at, level, message, fields }: LogEvent): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  const text = message.slice(0, MAX_LINE_LENGTH).replaceAll(UNPRINTABLE, ' ');
  return `${`${at} ${level.padEnd(5)} ${text}${pairs.join('')}`.slice(0, MAX_LINE_LENGTH)}\n`;
}

/** For programs: one JSON object; without its fields, and marked `truncated`, when it would be too long. */
export function jsonLine({ at, level, message, fields }: LogEvent): string {
  const told = { at, level, message };
  const line = toJson(Object.assign({ ...told }, fields, told)) ?? '';
  if (line.length > 0 && line.length <= MAX_LINE_LENGTH) return `${line}\n`;
  const cut = { at, level, message: message.slice(0, MAX_LINE_LENGTH / 8), truncated: true };
  return `${toJson(cut) ?? '{}'}\n`;
}

/** JSON in printable characters alone, of any value; undefined for what JSON leaves out. */
export function toJson(value: unknown): string | undefined {
  try {
    const text = JSON.stringify(value, replaceOdd) as string | undefined;
    return text?.replaceAll(UNPRINTABLE, escaped);
  } catch {
    return withoutOddFields(value);
  }
}

function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : (toJson(value) ?? typeof value);
  return /^[\w./:@+-]+$/.test(text) ? text : (toJson(text) ?? '');
}

/** Circles, and objects that refuse: each is named, and the rest of the fields is kept. */
function withoutOddFields(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '"unprintable"';
  const fields = Object.entries(value).map(([key, field]: [string, unknown]) => [
    key,
    isPrintable(field) ? field : 'unprintable',
  ]);
  try {
    return JSON.stringify(Object.fromEntries(fields), replaceOdd).replaceAll(UNPRINTABLE, escaped);
  } catch {
    return '"unprintable"';
  }
}

function isPrintable(value: unknown): boolean {
  try {
    JSON.stringify(value, replaceOdd);
    return true;
  } catch {
    return false;
  }
}

function replaceOdd(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return value;
}

/** Above U+FFFF a character is two units, and JSON escapes each. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
