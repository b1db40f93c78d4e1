/**
 * Cron expressions: text in, a compact parsed form out. 5 fields (minute hour day-of-month month day-of-week) or 6
 * (seconds first), and macros, by the Open Cron Pattern Specification 1.4; case does not matter anywhere.
 *
 * Deviations from the specification, each on purpose: no year field, `@reboot` refused (it names no time), and the
 * daylight-saving rule of `cron-occurrence.ts` in place of its recommendation to skip.
 *
 * A schedule is a handful of small integers, some 300 bytes: 20,000 of them must fit in memory beside everything else.
 */
import { LIMITS } from '../config/constants.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';
import { parseDayOfMonth, parseDayOfWeek } from './cron-day-field.ts';
import { firstLocalSecond } from './cron-local-time.ts';
import {
  cronError,
  type FieldSpecification,
  type FieldValues,
  HOUR_FIELD,
  MINUTE_FIELD,
  MONTH_FIELD,
  parseField,
  SECOND_FIELD,
} from './cron-field.ts';
import type { CronSchedule, SixtyBits } from './cron-schedule.ts';

/** Macros and what they stand for. */
const MACROS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/**
 * Parses a cron expression.
 * @returns INVALID_CRON with the field that is wrong and why, or IMPOSSIBLE_CRON when no date ever matches.
 */
export function parseCron(expression: string): Result<CronSchedule> {
  if (expression.length > LIMITS.cronExpressionLength) {
    return err(cronError(`The expression is longer than ${LIMITS.cronExpressionLength} characters.`));
  }
  const fields = expandMacro(expression);
  if (!fields.ok) return fields;
  const schedule = parseFields(
    fields.value,
    expression
      .trim()
      .split(/[ \t]+/)
      .join(' '),
  );
  if (!schedule.ok) return schedule;
  if (firstLocalSecond(schedule.value) === undefined) {
    return err(
      appError('IMPOSSIBLE_CRON', `"${schedule.value.expression}" never comes due: no such date exists.`, {
        field: 'schedule.cron',
      }),
    );
  }
  return schedule;
}

/** The fields of an expression, macros replaced: 5 or 6 of them, or why not. */
export function expandMacro(expression: string): Result<readonly string[]> {
  const trimmed = expression.trim();
  if (trimmed === '') return err(cronError('The expression is empty; it needs 5 or 6 fields, such as "0 3 * * *".'));
  const written = trimmed.split(/[ \t]+/);
  const macro = written.find((field) => field.startsWith('@'));
  if (macro === undefined) return checkFieldCount(written);
  const fields = MACROS.get(macro.toLowerCase());
  if (macro.toLowerCase() === '@reboot') {
    return err(cronError('"@reboot" is not a time: it names an event, and a cron trigger needs a time.'));
  }
  if (macro.toLowerCase() === '@every') {
    return err(cronError('"@every" is not a cron macro; use an interval trigger for a fixed distance.'));
  }
  if (fields === undefined) {
    return err(cronError(`Unknown macro "${macro}"; known are ${[...MACROS.keys()].join(', ')}.`));
  }
  if (written.length > 1) return err(cronError(`The macro "${macro}" stands alone, without further fields.`));
  return ok(fields.split(' '));
}

function checkFieldCount(fields: readonly string[]): Result<readonly string[]> {
  if (fields.length === 5 || fields.length === 6) return ok(fields);
  if (fields.length === 7) {
    return err(cronError('The expression has 7 fields, but a year field is not supported; set start and end instead.'));
  }
  const count = fields.length === 1 ? '1 field' : `${fields.length} fields`;
  return err(
    cronError(
      `The expression has ${count}; it needs 5 (minute, hour, day of month, month, day of week) or 6 (second first).`,
    ),
  );
}

function parseFields(fields: readonly string[], expression: string): Result<CronSchedule> {
  const offset = fields.length - 5;
  const textAt = (index: number): string => fields[index + offset] ?? '';
  const plain = (field: FieldSpecification, text: string): Result<FieldValues> => parseField(field, text);
  const second = offset === 1 ? plain(SECOND_FIELD, fields[0] ?? '') : ok({ values: [0], recurring: false });
  if (!second.ok) return second;
  const minute = plain(MINUTE_FIELD, textAt(0));
  if (!minute.ok) return minute;
  const hour = plain(HOUR_FIELD, textAt(1));
  if (!hour.ok) return hour;
  const dayOfMonth = parseDayOfMonth(textAt(2));
  if (!dayOfMonth.ok) return dayOfMonth;
  const month = plain(MONTH_FIELD, textAt(3));
  if (!month.ok) return month;
  const dayOfWeek = parseDayOfWeek(textAt(4));
  if (!dayOfWeek.ok) return dayOfWeek;
  return ok({
    expression,
    seconds: sixtyBits(second.value.values),
    minutes: sixtyBits(minute.value.values),
    hours: bits(hour.value.values, 0),
    months: bits(month.value.values, 1),
    dayOfMonth: dayOfMonth.value,
    dayOfWeek: dayOfWeek.value,
    recurring: second.value.recurring || minute.value.recurring || hour.value.recurring,
  });
}

function bits(values: readonly number[], first: number): number {
  let mask = 0;
  for (const value of values) mask |= 1 << (value - first);
  return mask;
}

function sixtyBits(values: readonly number[]): SixtyBits {
  const low = values.filter((value) => value < 30);
  const high = values.filter((value) => value >= 30);
  return { low: bits(low, 0), high: bits(high, 30) };
}
