/**
 * The calendar of a cron schedule in local time, free of time zones: the next and the previous matching second of the
 * wall clock, and how many there are in a span. A local time is a count of seconds since 1970-01-01T00:00:00 as a clock
 * on the wall shows it. `cron-occurrence.ts` turns local times into instants.
 *
 * A search visits a day in constant time and a month by one bit mask, so that it takes about a microsecond; it gives up
 * after 400 years, in which the Gregorian calendar repeats with its weekdays.
 */
import { cronDaysOfMonth, daysInMonth } from './cron-days.ts';
import type { CronSchedule, SixtyBits } from './cron-schedule.ts';

const DAY_SECONDS = 86_400;
const DAY_MS = 86_400_000;
const CALENDAR_PERIOD_MONTHS = 4800;
/** 9999-12-31T23:59:59: nothing comes due later. */
const LAST_LOCAL_SECOND = 253_402_300_799;
const LAST_YEAR = 9999;
/** 1900-01-01T00:00:00: nothing came due earlier. */
const FIRST_LOCAL_SECOND = -2_208_988_800;
const FIRST_YEAR = 1900;

/** The first matching second strictly after `after`. */
export function nextLocalSecond(schedule: CronSchedule, after: number): number | undefined {
  const start = Math.max(after + 1, FIRST_LOCAL_SECOND);
  if (start > LAST_LOCAL_SECOND) return undefined;
  const day = Math.floor(start / DAY_SECONDS);
  const date = new Date(day * DAY_MS);
  let year = date.getUTCFullYear();
  let month = date.getUTCMonth();
  const dayOfMonth = date.getUTCDate();
  let days = cronDaysOfMonth(schedule, year, month) & (-1 << (dayOfMonth - 1));
  if ((days & (1 << (dayOfMonth - 1))) !== 0) {
    const second = nextSecondOfDay(schedule, start - day * DAY_SECONDS);
    if (second >= 0) return day * DAY_SECONDS + second;
    days &= days - 1;
  }
  for (let visited = 0; days === 0; visited += 1) {
    if (visited > CALENDAR_PERIOD_MONTHS) return undefined;
    month += 1;
    if (month === 12) {
      month = 0;
      year += 1;
      if (year > LAST_YEAR) return undefined;
    }
    days = cronDaysOfMonth(schedule, year, month);
  }
  return Date.UTC(year, month, lowestBit(days) + 1) / 1000 + nextSecondOfDay(schedule, 0);
}

/** The last matching second strictly before `before`. */
export function previousLocalSecond(schedule: CronSchedule, before: number): number | undefined {
  const start = Math.min(before - 1, LAST_LOCAL_SECOND);
  if (start < FIRST_LOCAL_SECOND) return undefined;
  const day = Math.floor(start / DAY_SECONDS);
  const date = new Date(day * DAY_MS);
  let year = date.getUTCFullYear();
  let month = date.getUTCMonth();
  const today = 1 << (date.getUTCDate() - 1);
  let days = cronDaysOfMonth(schedule, year, month) & (today | (today - 1));
  if ((days & today) !== 0) {
    const second = previousSecondOfDay(schedule, start - day * DAY_SECONDS);
    if (second >= 0) return day * DAY_SECONDS + second;
    days &= ~today;
  }
  for (let visited = 0; days === 0; visited += 1) {
    if (visited > CALENDAR_PERIOD_MONTHS) return undefined;
    month -= 1;
    if (month < 0) {
      month = 11;
      year -= 1;
      if (year < FIRST_YEAR) return undefined;
    }
    days = cronDaysOfMonth(schedule, year, month);
  }
  return Date.UTC(year, month, highestBit(days) + 1) / 1000 + previousSecondOfDay(schedule, DAY_SECONDS - 1);
}

/** How many matching seconds there are from `from` (included) to `until` (excluded). Visits each day once. */
export function countLocalSeconds(schedule: CronSchedule, from: number, until: number): number {
  if (until <= from) return 0;
  const firstDay = Math.floor(from / DAY_SECONDS);
  const lastDay = Math.floor(until / DAY_SECONDS);
  const perDay = countSecondsOfDay(schedule, DAY_SECONDS);
  const date = new Date(firstDay * DAY_MS);
  let year = date.getUTCFullYear();
  let month = date.getUTCMonth();
  let total = 0;
  for (let first = firstDay - date.getUTCDate() + 1; first <= lastDay;) {
    const length = daysInMonth(year, month);
    let days = cronDaysOfMonth(schedule, year, month);
    if (first < firstDay) days &= -1 << (firstDay - first);
    if (first + length > lastDay) days &= lowMask(lastDay - first + 1);
    total += bitCount(days) * perDay;
    if (first <= firstDay && (days & (1 << (firstDay - first))) !== 0) {
      total -= countSecondsOfDay(schedule, from - firstDay * DAY_SECONDS);
    }
    if (first + length > lastDay && (days & (1 << (lastDay - first))) !== 0) {
      total -= perDay - countSecondsOfDay(schedule, until - lastDay * DAY_SECONDS);
    }
    first += length;
    month = (month + 1) % 12;
    if (month === 0) year += 1;
  }
  return total;
}

/** Some matching second within one period of the calendar, or undefined when the schedule names no date that exists. */
export function firstLocalSecond(schedule: CronSchedule): number | undefined {
  return nextLocalSecond(schedule, Date.UTC(2000, 0, 1) / 1000 - 1);
}

/** The first matching second of the day from `from` on; -1 when there is none. */
function nextSecondOfDay(schedule: CronSchedule, from: number): number {
  let hour = Math.floor(from / 3600);
  let minute = Math.floor(from / 60) % 60;
  const second = from % 60;
  if ((schedule.hours & (1 << hour)) !== 0) {
    if (hasBit(schedule.minutes, minute)) {
      const found = bitFrom(schedule.seconds, second);
      if (found >= 0) return hour * 3600 + minute * 60 + found;
    }
    minute = bitFrom(schedule.minutes, minute + 1);
    if (minute >= 0) return hour * 3600 + minute * 60 + bitFrom(schedule.seconds, 0);
  }
  const hours = schedule.hours & (-1 << (hour + 1));
  if (hours === 0) return -1;
  hour = lowestBit(hours);
  return hour * 3600 + bitFrom(schedule.minutes, 0) * 60 + bitFrom(schedule.seconds, 0);
}

/** The last matching second of the day up to `until`, included; -1 when there is none. */
function previousSecondOfDay(schedule: CronSchedule, until: number): number {
  let hour = Math.floor(until / 3600);
  let minute = Math.floor(until / 60) % 60;
  const second = until % 60;
  if ((schedule.hours & (1 << hour)) !== 0) {
    if (hasBit(schedule.minutes, minute)) {
      const found = bitUpTo(schedule.seconds, second);
      if (found >= 0) return hour * 3600 + minute * 60 + found;
    }
    minute = bitUpTo(schedule.minutes, minute - 1);
    if (minute >= 0) return hour * 3600 + minute * 60 + bitUpTo(schedule.seconds, 59);
  }
  const hours = schedule.hours & lowMask(hour);
  if (hours === 0) return -1;
  hour = highestBit(hours);
  return hour * 3600 + bitUpTo(schedule.minutes, 59) * 60 + bitUpTo(schedule.seconds, 59);
}

/** Matching seconds of a matching day before the second `until` of the day. */
function countSecondsOfDay(schedule: CronSchedule, until: number): number {
  const hour = Math.floor(until / 3600);
  const minute = Math.floor(until / 60) % 60;
  const perMinute = countBits(schedule.seconds, 60);
  const perHour = countBits(schedule.minutes, 60) * perMinute;
  if (hour >= 24) return bitCount(schedule.hours) * perHour;
  let total = bitCount(schedule.hours & lowMask(hour)) * perHour;
  if ((schedule.hours & (1 << hour)) === 0) return total;
  total += countBits(schedule.minutes, minute) * perMinute;
  return hasBit(schedule.minutes, minute) ? total + countBits(schedule.seconds, until % 60) : total;
}

function hasBit(set: SixtyBits, index: number): boolean {
  return ((index < 30 ? set.low >>> index : set.high >>> (index - 30)) & 1) === 1;
}

/** The lowest member from `index` (0 to 60) on; -1 when there is none. */
function bitFrom(set: SixtyBits, index: number): number {
  const low = index < 30 ? set.low & (-1 << index) : 0;
  if (low !== 0) return lowestBit(low);
  const high = index < 30 ? set.high : index < 60 ? set.high & (-1 << (index - 30)) : 0;
  return high === 0 ? -1 : lowestBit(high) + 30;
}

/** The highest member up to `index` (-1 to 59); -1 when there is none. */
function bitUpTo(set: SixtyBits, index: number): number {
  const high = index >= 30 ? set.high & lowMask(index - 29) : 0;
  if (high !== 0) return highestBit(high) + 30;
  const low = index >= 29 ? set.low : set.low & lowMask(index + 1);
  return low === 0 ? -1 : highestBit(low);
}

/** Members below `index` (0 to 60). */
function countBits(set: SixtyBits, index: number): number {
  if (index <= 30) return bitCount(set.low & lowMask(index));
  return bitCount(set.low) + bitCount(set.high & lowMask(index - 30));
}

/** The `count` (0 to 31) lowest bits. */
function lowMask(count: number): number {
  return count >= 31 ? 0x7fffffff : (1 << count) - 1;
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

function highestBit(mask: number): number {
  return 31 - Math.clz32(mask);
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
