/**
 * Whether a machine takes runs at a moment by its own policy: pauses, quiet hours, power and idleness, each with the name
 * of the rule and words for people.
 */
import type { LocalPolicy, PolicyReading } from '../domain/local-policy.ts';
import { offsetAt } from './zone-spans.ts';

/** Stands in heartbeats, so that others see why the machine takes nothing. */
export type PolicyRefusalCode = 'POLICY_INVALID' | 'PAUSED' | 'QUIET_HOURS' | 'ON_BATTERY' | 'IN_USE';

export interface PolicyRefusal {
  readonly code: PolicyRefusalCode;
  /** The field of the policy; empty when the policy as a whole cannot be read. */
  readonly rule: keyof LocalPolicy | '';
  readonly text: string;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** Why the machine takes no runs at this moment; undefined when it does. @param wallMs epoch milliseconds */
export function momentRefusal(reading: PolicyReading, wallMs: number): PolicyRefusal | undefined {
  const { policy, problem, onMains, idleMs, zone } = reading;
  if (problem !== undefined) {
    return { code: 'POLICY_INVALID', rule: '', text: `the policy of this machine cannot be read: ${problem}` };
  }
  const { paused, quietHours = [], mainsOnly, idleMinutes } = policy;
  if (paused === true)
    return { code: 'PAUSED', rule: 'paused', text: 'this machine is paused until a person resumes it' };
  if (paused !== undefined && wallMs < paused) {
    return { code: 'PAUSED', rule: 'paused', text: `this machine is paused until ${new Date(paused).toISOString()}` };
  }
  const quiet = quietHours.find(({ from, until }) =>
    isWithin(minuteOfDay(zone, wallMs), minutesOf(from), minutesOf(until)),
  );
  if (quiet !== undefined) {
    const text = `this machine has quiet hours from ${quiet.from} to ${quiet.until} (${zone})`;
    return { code: 'QUIET_HOURS', rule: 'quietHours', text };
  }
  if (mainsOnly === true && onMains === false) {
    return {
      code: 'ON_BATTERY',
      rule: 'mainsOnly',
      text: 'this machine starts runs on mains power only, and is on battery',
    };
  }
  if (idleMinutes !== undefined && idleMs !== undefined && idleMs < idleMinutes * MINUTE_MS) {
    const text = `this machine starts runs only when nobody has used it for ${idleMinutes} min`;
    return { code: 'IN_USE', rule: 'idleMinutes', text };
  }
  return undefined;
}

function minuteOfDay(zone: string, wallMs: number): number {
  const localMinutes = Math.floor((wallMs + offsetAt(zone, wallMs)) / MINUTE_MS);
  return ((localMinutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** From `from`, included, to `until`, not included; over midnight when that comes first; the same: the whole day. */
function isWithin(minute: number, from: number, until: number): boolean {
  return from < until ? minute >= from && minute < until : minute >= from || minute < until;
}
