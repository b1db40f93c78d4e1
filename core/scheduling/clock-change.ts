/**
 * What a change of clocks has to do with an occurrence, in words for people. The rule itself is in `cron-occurrence.ts`;
 * here is said what it has done: a local time that did not exist, one that was shown twice, another distance to the
 * occurrence before.
 */
import { nextLocalSecond } from './cron-local-time.ts';
import type { CronSchedule } from './cron-schedule.ts';
import { type CompiledSchedule, previousOccurrence } from './occurrence.ts';
import { localTimeToInstants } from './time-zone.ts';
import { offsetAt } from './zone-spans.ts';

export interface ClockChange {
  /**
   * - `DST_GAP`: it stands for a local time that clocks have skipped.
   * - `DST_OVERLAP`: clocks show its local time twice.
   * - `OFFSET_CHANGE`: clocks were set between the occurrence before and this one.
   */
  readonly code: 'DST_GAP' | 'DST_OVERLAP' | 'OFFSET_CHANGE';
  readonly text: string;
}

/**
 * What is special about an occurrence, or undefined.
 * @param at an occurrence of this schedule, epoch milliseconds
 */
export function clockChangeAt(compiled: CompiledSchedule, at: number): ClockChange | undefined {
  if (compiled.timeZone === 'UTC') return undefined;
  return skippedBefore(compiled, at) ?? shownTwice(compiled, at) ?? setSince(compiled, at);
}

/** Clocks went forward to this very instant, over a local time of a trigger that is not that of the instant too. */
function skippedBefore({ triggers, timeZone }: CompiledSchedule, at: number): ClockChange | undefined {
  const [beforeMs, afterMs] = [offsetAt(timeZone, at - 1), offsetAt(timeZone, at)];
  if (beforeMs >= afterMs) return undefined;
  const [gapStart, gapEnd] = [(at + beforeMs) / 1000, (at + afterMs) / 1000];
  const skipped: number[] = [];
  for (const trigger of triggers) {
    if (trigger.kind !== 'cron') continue;
    const local = nextLocalSecond(trigger.cron, gapStart - 1);
    if (local === undefined || local >= gapEnd) continue;
    if (!trigger.cron.recurring || !matches(trigger.cron, gapEnd)) skipped.push(local);
  }
  if (skipped.length === 0) return undefined;
  const [missing, runs] = clockTimes(Math.min(...skipped), gapEnd);
  return { code: 'DST_GAP', text: `clocks go forward: ${missing} does not exist, runs at ${runs}` };
}

function shownTwice({ triggers, timeZone }: CompiledSchedule, at: number): ClockChange | undefined {
  const localMs = at + offsetAt(timeZone, at);
  const instants = localTimeToInstants(timeZone, localMs);
  if (instants.length < 2) return undefined;
  const crons = triggers.flatMap((trigger) => (trigger.kind === 'cron' ? [trigger.cron] : []));
  const due = crons.filter((cron) => matches(cron, localMs / 1000));
  if (due.length === 0) return undefined;
  const [time] = clockTimes(localMs / 1000);
  const back = `clocks go back: ${time} comes twice`;
  if (!due.some(({ recurring }) => recurring))
    return { code: 'DST_OVERLAP', text: `${back}, runs the first time only` };
  const which = at === instants[0] ? 'first' : 'second';
  return { code: 'DST_OVERLAP', text: `${back}, runs both times; this is the ${which}` };
}

function setSince(compiled: CompiledSchedule, at: number): ClockChange | undefined {
  const previous = previousOccurrence(compiled, at);
  if (previous === undefined) return undefined;
  const shiftMs = offsetAt(compiled.timeZone, at) - offsetAt(compiled.timeZone, previous);
  if (shiftMs === 0) return undefined;
  const way = shiftMs > 0 ? 'forward' : 'back';
  return {
    code: 'OFFSET_CHANGE',
    text: `clocks have gone ${way} by ${lengthText(Math.abs(shiftMs))} since the one before`,
  };
}

function matches(cron: CronSchedule, localSecond: number): boolean {
  return Number.isInteger(localSecond) && nextLocalSecond(cron, localSecond - 1) === localSecond;
}

/** Times of the day, with seconds where one of them has any. */
function clockTimes(...localSeconds: readonly number[]): string[] {
  const length = localSeconds.some((second) => second % 60 !== 0) ? 8 : 5;
  return localSeconds.map((second) => new Date(second * 1000).toISOString().slice(11, 11 + length));
}

function lengthText(lengthMs: number): string {
  const minutes = Math.round(lengthMs / 60_000);
  if (minutes % 60 !== 0) return `${minutes} minutes`;
  return minutes === 60 ? '1 hour' : `${minutes / 60} hours`;
}
