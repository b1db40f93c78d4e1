/**
 * The parsed form of a cron expression, which `cron.ts` makes and the calendar reads. Immutable, plain integers; others
 * should treat it as opaque.
 */
import type { DayOfMonthRule, DayOfWeekRule } from './cron-day-field.ts';

/** A set of numbers from 0 to 59: bits 0-29 are in `low`, 30-59 in `high`. */
export interface SixtyBits {
  readonly low: number;
  readonly high: number;
}

/** A parsed cron expression. Made by `parseCron` only. */
export interface CronSchedule {
  /** As it was written, with single spaces. */
  readonly expression: string;
  readonly seconds: SixtyBits;
  readonly minutes: SixtyBits;
  /** Bit h is hour h. */
  readonly hours: number;
  /** Bit m-1 is month m. */
  readonly months: number;
  readonly dayOfMonth: DayOfMonthRule;
  readonly dayOfWeek: DayOfWeekRule;
  /**
   * Second, minute or hour is written with `*`, a range or a step. Such a schedule follows elapsed time when clocks
   * are set back; all others are fixed times, which come due once.
   */
  readonly recurring: boolean;
}
