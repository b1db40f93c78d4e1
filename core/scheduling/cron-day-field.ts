/**
 * The two day fields of a cron expression, with what the Open Cron Pattern Specification 1.3 and 1.4 add to them: `L`,
 * `LW`, `15W` in day of month; `5L`, `5#L`, `5#3` and a leading `+` in day of week; `?` for `*` in both. Days become
 * bit masks, so that a month is matched by a few integer operations.
 */
import { err, ok, type Result } from '../std/result.ts';
import { DAY_OF_MONTH_FIELD, DAY_OF_WEEK_FIELD, type Fault, fieldError, parseItem, parseValue } from './cron-field.ts';

/** Which days of a month the day-of-month field names. */
export interface DayOfMonthRule {
  /** False for `*` and `?`, which name no day in particular. */
  readonly restricted: boolean;
  /** Bit d-1 is day d. */
  readonly days: number;
  readonly lastDay: boolean;
  /** The last day of the month from Monday to Friday. */
  readonly lastWeekday: boolean;
  /** The day whose nearest Monday-to-Friday day is meant; 0: none. */
  readonly nearestWeekdayTo: number;
}

/** Which days of a month the day-of-week field names. */
export interface DayOfWeekRule {
  readonly restricted: boolean;
  /** A leading `+`: the day-of-month field must hold too. */
  readonly both: boolean;
  /** Bit w is weekday w, 0 is Sunday: every such day. */
  readonly weekdays: number;
  /** Weekday masks of the 1st to the 5th of that weekday in the month, or undefined when `#` is not used. */
  readonly nth: readonly number[] | undefined;
  /** Weekdays whose last one in the month is meant. */
  readonly last: number;
}

/** Parses the day-of-month field. */
export function parseDayOfMonth(text: string): Result<DayOfMonthRule> {
  const none = { restricted: true, days: 0, lastDay: false, lastWeekday: false, nearestWeekdayTo: 0 };
  if (text === '*' || text === '?') return ok({ ...none, restricted: false });
  const upper = text.toUpperCase();
  if (upper === 'LW') return ok({ ...none, lastWeekday: true });
  const nearest = /^(\d+)W$/.exec(upper);
  if (nearest !== null) {
    const day = parseValue(DAY_OF_MONTH_FIELD, nearest[1] ?? '');
    return day.ok ? ok({ ...none, nearestWeekdayTo: day.value }) : refuseDayOfMonth(text, day.error.why);
  }
  let days = 0;
  let lastDay = false;
  for (const item of upper.split(',')) {
    if (item === 'L') {
      lastDay = true;
      continue;
    }
    const fault = dayOfMonthFault(item);
    if (fault !== undefined) return refuseDayOfMonth(text, fault);
    const parsed = parseItem(DAY_OF_MONTH_FIELD, item);
    if (!parsed.ok) return refuseDayOfMonth(text, parsed.error.why);
    for (const day of parsed.value.values) days |= 1 << (day - 1);
  }
  return ok({ ...none, days, lastDay });
}

/** Parses the day-of-week field. */
export function parseDayOfWeek(text: string): Result<DayOfWeekRule> {
  const both = text.startsWith('+');
  const body = both ? text.slice(1) : text;
  if (body === '*' || body === '?') {
    return ok({ restricted: false, both, weekdays: 0, nth: undefined, last: 0 });
  }
  let weekdays = 0;
  let last = 0;
  let nth: number[] | undefined;
  for (const item of body.toUpperCase().split(',')) {
    const special = parseSpecialWeekday(item);
    if (special !== undefined && !special.ok) return refuseDayOfWeek(text, special.error.why);
    if (special !== undefined) {
      const { weekday, rank } = special.value;
      if (rank === 'last') last |= 1 << weekday;
      else {
        nth ??= [0, 0, 0, 0, 0];
        nth[rank - 1] = (nth[rank - 1] ?? 0) | (1 << weekday);
      }
      continue;
    }
    const parsed = parseItem(DAY_OF_WEEK_FIELD, item);
    if (!parsed.ok) return refuseDayOfWeek(text, dayOfWeekFault(item) ?? parsed.error.why);
    for (const value of parsed.value.values) weekdays |= 1 << (value % 7);
  }
  return ok({ restricted: true, both, weekdays, nth, last });
}

interface SpecialWeekday {
  readonly weekday: number;
  readonly rank: number | 'last';
}

/** `5L`, `FRIL`, `5#L`, `5#3`; undefined when the item has none of these forms. */
function parseSpecialWeekday(item: string): Result<SpecialWeekday, Fault> | undefined {
  const hash = item.indexOf('#');
  if (hash < 0 && !(item.length > 1 && item.endsWith('L'))) return undefined;
  const dayText = hash < 0 ? item.slice(0, -1) : item.slice(0, hash);
  if (dayText.includes('-')) return err({ why: `"${item}": "#" and "L" go with a single day, not with a range` });
  const day = parseValue(DAY_OF_WEEK_FIELD, dayText);
  if (!day.ok) return day;
  const weekday = day.value % 7;
  if (hash < 0) return ok({ weekday, rank: 'last' });
  const rankText = item.slice(hash + 1);
  if (rankText === 'L') return ok({ weekday, rank: 'last' });
  if (/^[1-5]$/.test(rankText)) return ok({ weekday, rank: Number(rankText) });
  return err({ why: `"#${rankText}" must be #1 to #5 or #L` });
}

function dayOfMonthFault(item: string): string | undefined {
  if (/W/.test(item)) return `"${item}": "W" stands alone after one day, such as 15W or LW, not in a list or range`;
  if (/^L-\d+/.test(item)) return `"${item}": days before the last one are not supported; use L, LW or a fixed day`;
  if (item.includes('L')) return `"${item}": "L" stands alone for the last day`;
  if (item.includes('#')) return '"#" belongs in the day of week field';
  if (item.includes('?')) return '"?" stands alone';
  return undefined;
}

function dayOfWeekFault(item: string): string | undefined {
  if (item === 'L') return '"L" needs a day, such as 5L or FRI#L';
  if (item.includes('W')) return /^\d+W$/.test(item) ? '"W" belongs in the day of month field' : undefined;
  if (item.includes('?')) return '"?" stands alone';
  if (item.includes('+')) return '"+" may only come first';
  return undefined;
}

function refuseDayOfMonth(text: string, why: string): Result<never> {
  return err(fieldError(DAY_OF_MONTH_FIELD, text, why));
}

function refuseDayOfWeek(text: string, why: string): Result<never> {
  return err(fieldError(DAY_OF_WEEK_FIELD, text, why));
}
