/** Time zone names, local times, and how instants are shown. */
import { describe, expect, it } from 'vitest';
import {
  formatZoned,
  localTimeToInstants,
  validateTimeZone,
  zoneOffsetMs,
} from '../../../core/scheduling/time-zone.ts';

const HOUR_MS = 3_600_000;

describe('validateTimeZone', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['Zulu', 'UTC'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['asia/ho_chi_minh', 'Asia/Ho_Chi_Minh'],
    ['us/eastern', 'US/Eastern'],
    ['Etc/GMT+2', 'Etc/GMT+2'],
    [' America/New_York ', 'America/New_York'],
    ['CET', 'CET'],
  ])('takes %j as %s', (name, canonical) => {
    expect(validateTimeZone(name)).toEqual({ ok: true, value: canonical });
  });

  it.each([
    ['Mars/Olympus', 'There is no time zone "Mars/Olympus".'],
    ['Berlin', 'Did you mean Europe/Berlin?'],
    ['Europe/Berln', 'Did you mean Europe/Berlin?'],
    ['New York', 'Did you mean America/New_York?'],
    ['+02:00', 'is a fixed offset'],
    ['UTC+2', 'is a fixed offset'],
    ['GMT-05:00', 'is a fixed offset'],
    ['PST', 'There is no time zone "PST"'],
    ['', 'There is no time zone ""'],
    ['x'.repeat(500), 'There is no time zone'],
  ])('refuses %j', (name, reason) => {
    const result = validateTimeZone(name);
    expect(result).toMatchObject({ ok: false, error: { code: 'UNKNOWN_TIME_ZONE', field: 'schedule.timeZone' } });
    expect(result.ok ? '' : result.error.message).toContain(reason);
  });
});

describe('local times', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T02:30', []],
    ['Europe/Berlin', '2026-03-29T03:00', ['2026-03-29T01:00Z']],
    ['Europe/Berlin', '2026-10-25T02:30', ['2026-10-25T00:30Z', '2026-10-25T01:30Z']],
    ['Europe/Berlin', '2026-10-25T03:00', ['2026-10-25T02:00Z']],
    ['Pacific/Apia', '2011-12-30T12:00', []],
    ['Australia/Lord_Howe', '2026-04-05T01:45', ['2026-04-04T14:45Z', '2026-04-04T15:15Z']],
    ['UTC', '2026-01-01T00:00', ['2026-01-01T00:00Z']],
  ])('%s shows %s at %j', (zone, local, instants) => {
    expect(localTimeToInstants(zone, Date.parse(`${local}Z`))).toEqual(instants.map((instant) => Date.parse(instant)));
  });

  it('offsets are positive in the east and follow the season', () => {
    expect(zoneOffsetMs('Europe/Berlin', Date.UTC(2026, 6, 1))).toBe(2 * HOUR_MS);
    expect(zoneOffsetMs('America/New_York', Date.UTC(2026, 0, 1))).toBe(-5 * HOUR_MS);
    expect(zoneOffsetMs('Asia/Kathmandu', 0)).toBe(5.5 * HOUR_MS);
    expect(zoneOffsetMs('UTC', 0)).toBe(0);
  });

  it('finds two changes within a week of each other', () => {
    const zone = 'America/Boa_Vista';
    const at = (text: string): number => zoneOffsetMs(zone, Date.parse(text)) / HOUR_MS;
    expect([at('2000-10-07T12:00Z'), at('2000-10-10T12:00Z'), at('2000-10-16T12:00Z')]).toEqual([-4, -3, -4]);
  });
});

describe('formatZoned', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29T03:00:00+02:00'],
    ['UTC', '2026-03-29T01:00:00.999Z', '2026-03-29T01:00:00+00:00'],
    ['America/St_Johns', '2026-01-01T00:00:00Z', '2025-12-31T20:30:00-03:30'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T00:00:00+14:00'],
    ['Africa/Monrovia', '1970-01-01T00:44:30Z', '1970-01-01T00:00:00-00:44:30'],
  ])('%s: %s is %s', (zone, instant, expected) => {
    expect(formatZoned(Date.parse(instant), zone)).toBe(expected);
  });
});
