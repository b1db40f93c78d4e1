/** Cron expressions, zones, durations, sizes and instants, as people write them: a value that comes back, or a refusal. */
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../core/formats/duration.ts';
import { formatInstant, parseInstant } from '../../../core/formats/instant.ts';
import { formatSize, parseSize } from '../../../core/formats/size.ts';
import { type Schedule, scheduleSchema } from '../../../core/domain/schedule.ts';
import { countOccurrences, latestOccurrences, nextOccurrence } from '../../../core/scheduling/occurrence.ts';
import { daylightSavingNote, describeSchedule } from '../../../core/scheduling/describe.ts';
import { validateSchedule } from '../../../core/scheduling/schedule-validation.ts';
import { validateTimeZone } from '../../../core/scheduling/time-zone.ts';
import { ERROR_CODES } from '../../../core/std/error-codes.ts';
import type { Result } from '../../../core/std/result.ts';
import { mutateText } from '../mutation.ts';
import { inputRandom, storm } from '../storm.ts';
import { mutateValue } from '../value-mutation.ts';

const decoder = new TextDecoder();
const WORDS = [
  ...'*/,-#LW?@0123456789 ',
  'MON',
  'jan',
  '@daily',
  '@every',
  'LW',
  '15W',
  '5#3',
  '* * * * *',
  '59',
  '29 2',
];
const EXPRESSIONS = [
  '*/5 * * * *',
  '0 0 29 2 *',
  '0 30 2 L * MON#2',
  '15 10 LW JAN-MAR *',
  '@weekly',
  '0-59/7 1,2,3 * * 1-5',
];
const ZONES = ['Europe/Berlin', 'America/Los_Angeles', 'UTC', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Etc/GMT+12'];

function expectTyped(result: Result<unknown>): void {
  if (!result.ok) expect(ERROR_CODES).toContain(result.error.code);
}

function expectFollowed(schedule: Schedule): void {
  const compiled = validateSchedule(schedule);
  expectTyped(compiled);
  if (!compiled.ok) return;
  const now = Date.UTC(2026, 5, 1);
  const next = nextOccurrence(compiled.value, now);
  if (next !== undefined) expect(next).toBeGreaterThan(now);
  expect(latestOccurrences(compiled.value, 0, now, 3).length).toBeLessThanOrEqual(3);
  expect(countOccurrences(compiled.value, now, now + 86_400_000)).toBeGreaterThanOrEqual(0);
  expect(describeSchedule(schedule)).toMatch(/\S/);
  daylightSavingNote(schedule);
}

test('cron expressions', async () => {
  await storm({
    door: 'schedules',
    title: 'cron',
    part: 0.4,
    make: (random) => mutateText(random, EXPRESSIONS, WORDS),
    feed: (bytes) => {
      const expression = decoder.decode(bytes);
      const timeZone = inputRandom(1, 'zone', bytes.length).pick(ZONES);
      const parsed = scheduleSchema.safeParse({ triggers: [{ kind: 'cron', expression }], timeZone });
      if (parsed.success) expectFollowed(parsed.data);
    },
  });
});

test('schedules with any fields', async () => {
  const good = EXPRESSIONS.map((expression, index) => ({
    triggers: [
      { kind: 'cron', expression },
      { kind: 'interval', everyMs: 60_000, anchorAt: 0 },
      { kind: 'once', at: Date.UTC(2026, 6, 1) },
    ],
    timeZone: ZONES[index],
    startAt: Date.UTC(2026, 0, 1),
    endAt: Date.UTC(2030, 0, 1),
    jitterMs: 1000,
  }));
  const pools = [
    { applies: (text: string) => ZONES.includes(text), values: [...ZONES, 'Mars/Olympus', 'utc', 'EST5EDT'] },
  ];
  await storm({
    door: 'schedules',
    title: 'fields',
    part: 0.3,
    make: (random) => new TextEncoder().encode(JSON.stringify(mutateValue(random, random.pick(good), pools))),
    feed: (bytes) => {
      const parsed = scheduleSchema.safeParse(JSON.parse(decoder.decode(bytes)));
      if (parsed.success) expectFollowed(parsed.data);
    },
  });
});

test('zones, durations, sizes and instants', async () => {
  const good = [
    ...ZONES,
    '1h 30m',
    '90s',
    '2 days',
    '10 MiB',
    '1.5 GB',
    '512 B',
    '2026-06-01T12:00',
    '2026-06-01 12:00:30+02:00',
  ];
  await storm({
    door: 'schedules',
    title: 'units',
    part: 0.3,
    make: (random) =>
      mutateText(random, good, ['h', 'm', 's', 'ms', 'd', 'w', 'KiB', 'T', 'Z', '+', ':', '-', '.', ' ']),
    feed: (bytes) => {
      const text = decoder.decode(bytes);
      expectTyped(validateTimeZone(text.slice(0, 64)));
      for (const [parse, format] of [
        [parseDuration, formatDuration],
        [parseSize, formatSize],
        [(value: string) => parseInstant(value, 'Europe/Berlin'), formatInstant],
      ] as const) {
        const value = parse(text);
        expectTyped(value);
        if (value.ok) expect(parse(format(value.value))).toEqual(value);
      }
    },
  });
});
