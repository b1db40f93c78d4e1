/** Whether a schedule makes sense as a whole: its cron expressions, its time zone, and its bounds to each other. */
import { LIMITS } from '../config/constants.ts';
import type { CalendarBook } from '../domain/calendar.ts';
import type { Schedule } from '../domain/schedule.ts';
import { appError } from '../std/app-error.ts';
import { err, type Result } from '../std/result.ts';
import { type CompiledSchedule, compileSchedule } from './occurrence.ts';

/**
 * Checks a schedule that has the right shape, and prepares it.
 * @param book the calendars of the cluster; without it those that the schedule names are not looked at
 * @returns the first thing wrong: LIMIT_EXCEEDED, INVALID_INPUT, INVALID_CRON, IMPOSSIBLE_CRON, UNKNOWN_TIME_ZONE or
 *   CALENDAR_NOT_FOUND, each with the field concerned
 */
export function validateSchedule(schedule: Schedule, book?: CalendarBook): Result<CompiledSchedule> {
  const { triggers, startAt, endAt } = schedule;
  if (triggers.length > LIMITS.triggersPerTask) {
    const message = `The schedule has ${triggers.length} triggers; at most ${LIMITS.triggersPerTask} are allowed.`;
    return err(appError('LIMIT_EXCEEDED', message, { field: 'schedule.triggers' }));
  }
  if (startAt !== undefined && endAt !== undefined && startAt >= endAt) {
    const message = `The schedule ends (${isoOf(endAt)}) before it starts (${isoOf(startAt)}).`;
    return err(appError('INVALID_INPUT', message, { field: 'schedule.endAt' }));
  }
  return compileSchedule(schedule, book);
}

function isoOf(instant: number): string {
  return new Date(instant).toISOString();
}
