/**
 * Which days of a given month a cron schedule names, as one bit mask: bit d-1 is day d. Pure integer arithmetic over the
 * proleptic Gregorian calendar.
 */
import type { DayOfMonthRule, DayOfWeekRule } from './cron-day-field.ts';
import type { CronSchedule } from './cron-schedule.ts';

/** Days 1, 8, 15, 22, 29. */
const EVERY_SEVENTH_DAY = 0x10204081;
const SATURDAY = 6;
const SUNDAY = 0;

/**
 * The days of a month on which the schedule comes due, whatever the time of day.
 * @param month 0 to 11
 * @returns 0 when the schedule's month field leaves the month out
 */
export function cronDaysOfMonth(schedule: CronSchedule, year: number, month: number): number {
  if ((schedule.months & (1 << month)) === 0) return 0;
  const length = daysInMonth(year, month);
  const all = length === 31 ? 0x7fffffff : (1 << length) - 1;
  const { dayOfMonth, dayOfWeek } = schedule;
  if (!dayOfMonth.restricted && !dayOfWeek.restricted) return all;
  const firstWeekday = weekdayOf(year, month);
  if (!dayOfWeek.restricted) return byDayOfMonth(dayOfMonth, firstWeekday, length) & all;
  const byWeekday = byDayOfWeek(dayOfWeek, firstWeekday, length) & all;
  if (!dayOfMonth.restricted) return byWeekday;
  const byDate = byDayOfMonth(dayOfMonth, firstWeekday, length) & all;
  return dayOfWeek.both ? byDate & byWeekday : byDate | byWeekday;
}

/** @param month 0 to 11 */
export function daysInMonth(year: number, month: number): number {
  if (month === 1) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
}

/** The weekday (0 is Sunday) of the first of a month. */
function weekdayOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 1)).getUTCDay();
}

function byDayOfMonth(rule: DayOfMonthRule, firstWeekday: number, length: number): number {
  let mask = rule.days;
  if (rule.lastDay) mask |= 1 << (length - 1);
  if (rule.lastWeekday) mask |= 1 << (nearestWeekday(length, firstWeekday, length) - 1);
  if (rule.nearestWeekdayTo > 0 && rule.nearestWeekdayTo <= length) {
    mask |= 1 << (nearestWeekday(rule.nearestWeekdayTo, firstWeekday, length) - 1);
  }
  return mask;
}

/** The Monday-to-Friday day nearest to `day` within the month: Saturday goes back, Sunday on, never out of the month. */
function nearestWeekday(day: number, firstWeekday: number, length: number): number {
  const weekday = (firstWeekday + day - 1) % 7;
  if (weekday === SATURDAY) return day > 1 ? day - 1 : day + 2;
  if (weekday === SUNDAY) return day < length ? day + 1 : day - 2;
  return day;
}

function byDayOfWeek(rule: DayOfWeekRule, firstWeekday: number, length: number): number {
  let mask = 0;
  for (let weekday = 0; weekday < 7; weekday += 1) {
    const bit = 1 << weekday;
    const firstDay = (weekday - firstWeekday + 7) % 7;
    if ((rule.weekdays & bit) !== 0) mask |= EVERY_SEVENTH_DAY << firstDay;
    if ((rule.last & bit) !== 0) mask |= 1 << (firstDay + 7 * Math.floor((length - 1 - firstDay) / 7));
    if (rule.nth === undefined) continue;
    rule.nth.forEach((weekdays, index) => {
      const day = firstDay + 7 * index;
      if ((weekdays & bit) !== 0 && day < length) mask |= 1 << day;
    });
  }
  return mask;
}
