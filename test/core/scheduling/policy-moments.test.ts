import { describe, expect, test } from 'vitest';
import type { LocalPolicy, PolicyReading } from '../../../core/domain/local-policy.ts';
import { momentRefusal } from '../../../core/scheduling/policy-moments.ts';

const at = (text: string): number => Date.parse(text);

function codeAt(policy: LocalPolicy, instant: string, rest: Partial<PolicyReading> = {}): string | undefined {
  return momentRefusal({ policy, zone: 'Europe/Berlin', ...rest }, at(instant))?.code;
}

describe('quiet hours', () => {
  const night = { quietHours: [{ from: '22:00', until: '07:00' }] };

  test('go over midnight, in the zone of the machine, and end to the minute', () => {
    expect(codeAt(night, '2026-01-10T20:59:59Z')).toBeUndefined();
    expect(codeAt(night, '2026-01-10T21:00:00Z')).toBe('QUIET_HOURS');
    expect(codeAt(night, '2026-01-11T05:59:59Z')).toBe('QUIET_HOURS');
    expect(codeAt(night, '2026-01-11T06:00:00Z')).toBeUndefined();
  });

  test('follow daylight saving time', () => {
    expect(codeAt(night, '2026-07-10T20:00:00Z')).toBe('QUIET_HOURS');
    expect(codeAt(night, '2026-07-11T05:00:00Z')).toBeUndefined();
  });

  test('of the same beginning and end are the whole day; several are looked at', () => {
    expect(codeAt({ quietHours: [{ from: '08:00', until: '08:00' }] }, '2026-01-10T12:00:00Z')).toBe('QUIET_HOURS');
    const two = {
      quietHours: [
        { from: '01:00', until: '02:00' },
        { from: '13:00', until: '14:00' },
      ],
    };
    expect(codeAt(two, '2026-01-10T12:30:00Z')).toBe('QUIET_HOURS');
    expect(codeAt(two, '2026-01-10T13:30:00Z')).toBeUndefined();
  });
});

test('a pause ends at its instant, or not by itself', () => {
  const until = { paused: at('2026-01-10T12:00:00Z') };
  expect(codeAt(until, '2026-01-10T11:59:59.999Z')).toBe('PAUSED');
  expect(codeAt(until, '2026-01-10T12:00:00Z')).toBeUndefined();
  expect(codeAt({ paused: true }, '2099-01-01T00:00:00Z')).toBe('PAUSED');
});

test('power and idleness count only where they are known', () => {
  const now = '2026-01-10T12:00:00Z';
  expect(codeAt({ mainsOnly: true }, now)).toBeUndefined();
  expect(codeAt({ mainsOnly: true }, now, { onMains: true })).toBeUndefined();
  expect(codeAt({ mainsOnly: true }, now, { onMains: false })).toBe('ON_BATTERY');
  expect(codeAt({ mainsOnly: false }, now, { onMains: false })).toBeUndefined();
  expect(codeAt({ idleMinutes: 10 }, now)).toBeUndefined();
  expect(codeAt({ idleMinutes: 10 }, now, { idleMs: 599_999 })).toBe('IN_USE');
  expect(codeAt({ idleMinutes: 10 }, now, { idleMs: 600_000 })).toBeUndefined();
});

test('a policy that cannot be read closes the machine, and says where it is wrong', () => {
  const refusal = momentRefusal({ policy: {}, problem: 'policy.yaml, line 3: slots', zone: 'UTC' }, 0);
  expect(refusal).toMatchObject({ code: 'POLICY_INVALID', text: expect.stringContaining('line 3: slots') });
});
