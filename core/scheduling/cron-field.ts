/**
 * One field of a cron expression: which values it allows, by the grammar of the Open Cron Pattern Specification 1.0
 * (`*`, values, names, ranges, steps, lists). Every fault is told with the field's name, its text and why, because
 * "invalid expression" helps nobody. What only the two day fields know (`L`, `W`, `#`) is in `cron-day-field.ts`.
 */
import { type AppError, appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';

export interface FieldSpecification {
  /** As people call it: `minute`, `day of month`, … */
  readonly label: string;
  readonly minimum: number;
  readonly maximum: number;
  /** Three-letter names, upper case, of the values from `firstNamed` on. */
  readonly names?: readonly string[];
  readonly firstNamed?: number;
}

export const SECOND_FIELD: FieldSpecification = { label: 'second', minimum: 0, maximum: 59 };
export const MINUTE_FIELD: FieldSpecification = { label: 'minute', minimum: 0, maximum: 59 };
export const HOUR_FIELD: FieldSpecification = { label: 'hour', minimum: 0, maximum: 23 };
export const DAY_OF_MONTH_FIELD: FieldSpecification = { label: 'day of month', minimum: 1, maximum: 31 };
export const MONTH_FIELD: FieldSpecification = {
  label: 'month',
  minimum: 1,
  maximum: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  firstNamed: 1,
};
/** 0 and 7 are both Sunday. */
export const DAY_OF_WEEK_FIELD: FieldSpecification = {
  label: 'day of week',
  minimum: 0,
  maximum: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  firstNamed: 0,
};

/** What a field allows. */
export interface FieldValues {
  /** Allowed values, in the order they were written; may repeat. */
  readonly values: readonly number[];
  /** Written with a `*`, a range or a step: such a field recurs within the day and so follows elapsed time. */
  readonly recurring: boolean;
}

/** What is wrong with a part of a field, in words; the caller adds which field it was. */
export interface Fault {
  readonly why: string;
}

/** Parses a whole field of the plain grammar. */
export function parseField(field: FieldSpecification, text: string): Result<FieldValues> {
  const values: number[] = [];
  let recurring = false;
  for (const item of text.split(',')) {
    const parsed = parseItem(field, item);
    if (!parsed.ok) return err(fieldError(field, text, parsed.error.why));
    for (const value of parsed.value.values) values.push(value);
    recurring ||= parsed.value.recurring;
  }
  return ok({ values, recurring });
}

/** Parses one item of a list: `*`, a value, a range, or a `*` or range with a step. */
export function parseItem(field: FieldSpecification, item: string): Result<FieldValues, Fault> {
  const [base = '', stepText, ...more] = item.split('/');
  if (more.length > 0) return err({ why: `"${item}" has more than one step` });
  const bounds = base === '*' ? ok(wholeRange(field)) : parseBounds(field, base);
  if (!bounds.ok) return bounds;
  const { low, high, isSingle } = bounds.value;
  if (stepText === undefined) return ok({ values: sequence(low, high, 1), recurring: !isSingle });
  if (isSingle)
    return err({ why: `a step needs "*" or a range before it; write ${low}-${lastOf(field)}/${stepText || 'N'}` });
  const step = parseStep(field, stepText);
  if (!step.ok) return step;
  return ok({ values: sequence(low, high, step.value), recurring: true });
}

/** Parses one value, a number or a name. */
export function parseValue(field: FieldSpecification, text: string): Result<number, Fault> {
  if (text === '') return err({ why: 'a value is missing' });
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    if (value >= field.minimum && value <= field.maximum) return ok(value);
    return err({ why: `${text} is out of range (${field.minimum}-${field.maximum})` });
  }
  const index = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (index >= 0) return ok(index + (field.firstNamed ?? 0));
  if (field.names !== undefined && /^[a-z]+$/i.test(text)) {
    return err({ why: `unknown name "${text}"; use ${field.names.join(', ')}` });
  }
  if (text === '?') return err({ why: '"?" is for day of month and day of week only; use "*"' });
  return err({ why: `"${text}" is not a number from ${field.minimum} to ${field.maximum}` });
}

/** The refusal of a field: names the field, its text and why. */
export function fieldError(field: FieldSpecification, text: string, why: string): AppError {
  return cronError(`${field.label} field "${text}": ${why}.`);
}

/** A refusal of a cron expression. `message` is the whole sentence. */
export function cronError(message: string): AppError {
  return appError('INVALID_CRON', message, { field: 'schedule.cron' });
}

interface Bounds {
  readonly low: number;
  readonly high: number;
  /** A single value, not a range. */
  readonly isSingle: boolean;
}

function wholeRange(field: FieldSpecification): Bounds {
  return { low: field.minimum, high: lastOf(field), isSingle: false };
}

/** The last distinct value: Sunday is not counted twice. */
function lastOf(field: FieldSpecification): number {
  return field === DAY_OF_WEEK_FIELD ? 6 : field.maximum;
}

function parseBounds(field: FieldSpecification, text: string): Result<Bounds, Fault> {
  const [lowText = '', highText, ...more] = text.split('-');
  if (more.length > 0) return err({ why: `"${text}" is not a range; write it as LOW-HIGH` });
  if (lowText === '' && highText !== undefined) {
    return err({ why: `"${text}" is not a number from ${field.minimum} to ${field.maximum}` });
  }
  const low = parseValue(field, lowText);
  if (!low.ok) return low;
  if (highText === undefined) return ok({ low: low.value, high: low.value, isSingle: true });
  const high = parseValue(field, highText);
  if (!high.ok) return high;
  // By the specification the name SUN is 0 or 7: as the end of a range it is 7.
  const end = highText.toUpperCase() === 'SUN' && low.value > 0 ? 7 : high.value;
  if (low.value > end) return err({ why: reversedRange(field, low.value, end, text) });
  return ok({ low: low.value, high: end, isSingle: false });
}

function reversedRange(field: FieldSpecification, low: number, high: number, text: string): string {
  const first = field === DAY_OF_WEEK_FIELD ? 1 : field.minimum;
  const head = low === field.maximum ? `${low}` : `${low}-${field.maximum}`;
  const tail = high < first ? '' : high === first ? `,${first}` : `,${first}-${high}`;
  return `the range ${text} runs backwards; write ${head}${tail}`;
}

function parseStep(field: FieldSpecification, text: string): Result<number, Fault> {
  const limit = lastOf(field) - field.minimum + 1;
  const step = /^\d+$/.test(text) ? Number(text) : 0;
  if (step >= 1 && step <= limit) return ok(step);
  return err({ why: `bad step "${text}"; it must be a number from 1 to ${limit}` });
}

function sequence(low: number, high: number, step: number): number[] {
  const values: number[] = [];
  for (let value = low; value <= high; value += step) values.push(value);
  return values;
}
