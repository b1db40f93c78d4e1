/** Durations, sizes, instants, ids and spelling: what people write, and what they are told when it is not clear. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { taskIdSchema } from '../../../core/domain/ids.ts';
import { DURATION_PATTERN, formatDuration, parseDuration } from '../../../core/formats/duration.ts';
import { formatInstant, parseInstant } from '../../../core/formats/instant.ts';
import { formatSize, parseSize, SIZE_PATTERN } from '../../../core/formats/size.ts';
import { slugOf, uniqueSlugs } from '../../../core/formats/slug.ts';
import { nearestWord } from '../../../core/formats/spelling.ts';

describe('durations', () => {
  test.each([
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['0.1s', 100],
    ['2d', 172_800_000],
    ['1w2d', 777_600_000],
    [' 90s ', 90_000],
    ['1h2m3s4ms', 3_723_004],
  ])('%s is %i ms', (text, durationMs) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: durationMs });
  });

  test.each([
    '',
    '30',
    '1.5',
    'm',
    '5 m',
    '30m1h',
    '1h1h',
    '-5s',
    '5y',
    'soon',
    '1.0001s',
    '1e3s',
    '9'.repeat(40) + 's',
    '0.5ms',
  ])('"%s" is refused with the way to write it', (text) => {
    const result = parseDuration(text);
    expect(result).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
    expect(result.ok ? '' : result.error.advice).toContain('Write');
  });

  test('a number without a unit is answered with both readings', () => {
    const result = parseDuration('30');
    expect(result.ok ? '' : result.error.advice).toBe('Write the unit: 30s for seconds or 30m for minutes.');
  });

  test('every duration is written so that it reads back, and as the schema for editors says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (durationMs) => {
        const text = formatDuration(durationMs);
        expect(parseDuration(text)).toEqual({ ok: true, value: durationMs });
        expect(text).toMatch(DURATION_PATTERN);
      }),
    );
  });

  test('the shortest exact form is chosen', () => {
    expect([86_400_000, 604_800_000, 5_400_000, 90_000, 1001].map(formatDuration)).toEqual([
      '1d',
      '1w',
      '1h30m',
      '1m30s',
      '1s1ms',
    ]);
  });
});

describe('sizes', () => {
  test.each([
    ['0B', 0],
    ['16MiB', 16_777_216],
    ['10MB', 10_000_000],
    ['10 mb', 10_000_000],
    ['1.5KiB', 1536],
    ['2kB', 2000],
    ['1TiB', 1_099_511_627_776],
  ])('%s is %i bytes', (text, sizeBytes) => {
    expect(parseSize(text)).toEqual({ ok: true, value: sizeBytes });
  });

  test.each(['', '16', 'MiB', '5X', '-1MB', '0.1B', '99999999999TiB', '1 2MB'])('"%s" is refused', (text) => {
    expect(parseSize(text)).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
  });

  test('a bare letter is answered with both units it may mean', () => {
    const result = parseSize('5M');
    expect(result.ok ? '' : result.error.advice).toBe('Write 5MiB (powers of 1024) or 5MB (powers of 1000).');
  });

  test('every size is written so that it reads back, and as the schema for editors says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (sizeBytes) => {
        expect(parseSize(formatSize(sizeBytes))).toEqual({ ok: true, value: sizeBytes });
        expect(formatSize(sizeBytes)).toMatch(SIZE_PATTERN);
      }),
    );
  });
});

describe('instants', () => {
  const at = (iso: string): number => Date.parse(iso);

  test.each([
    ['2026-11-22T10:00:00Z', 'Europe/Berlin', at('2026-11-22T10:00:00Z')],
    ['2026-11-22T10:00:00+01:00', 'UTC', at('2026-11-22T09:00:00Z')],
    ['2026-11-22T10:00-0530', 'UTC', at('2026-11-22T15:30:00Z')],
    ['2026-11-22T10:00:00.25Z', 'UTC', at('2026-11-22T10:00:00.250Z')],
    ['2026-11-22 10:00', 'Europe/Berlin', at('2026-11-22T09:00:00Z')],
    ['2026-07-01', 'Europe/Berlin', at('2026-06-30T22:00:00Z')],
    ['2024-02-29 00:00:01', 'UTC', at('2024-02-29T00:00:01Z')],
  ])('%s in %s', (text, zone, instant) => {
    expect(parseInstant(text, zone)).toEqual({ ok: true, value: instant });
  });

  test('local time in the spring gap means the first instant after it, and half an hour later elsewhere', () => {
    expect(parseInstant('2026-03-29 02:30', 'Europe/Berlin')).toEqual({ ok: true, value: at('2026-03-29T01:00:00Z') });
    expect(parseInstant('2026-10-04 02:15', 'Australia/Lord_Howe')).toEqual({
      ok: true,
      value: at('2026-10-03T15:30:00Z'),
    });
  });

  test('local time in the autumn overlap means the first of the two', () => {
    expect(parseInstant('2026-10-25 02:30', 'Europe/Berlin')).toEqual({ ok: true, value: at('2026-10-25T00:30:00Z') });
  });

  test.each([
    '',
    'tomorrow',
    '2026-02-30',
    '2026-13-01',
    '2026-01-01 24:00',
    '2026-01-01T10:00+25:00',
    '1969-12-31',
    '22.11.2026',
  ])('"%s" is refused', (text) => {
    expect(parseInstant(text, 'UTC')).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
  });

  test('every instant is written so that it reads back in any zone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8.64e15 }), fc.constantFrom('UTC', 'Asia/Tokyo'), (instant, zone) => {
        expect(parseInstant(formatInstant(instant), zone)).toEqual({ ok: true, value: instant });
      }),
    );
  });
});

describe('ids from names', () => {
  test.each([
    ['Nightly backup', 'nightly-backup'],
    ['  Zürich: Größe & Maß  ', 'zurich-grosse-mass'],
    ['---', 'task-'],
    ['夜间备份', 'task-'],
    ['a'.repeat(100), 'a'.repeat(63)],
  ])('"%s"', (name, start) => {
    expect(slugOf(name).startsWith(start)).toBe(true);
    expect(slugOf(name)).toBe(slugOf(name));
  });

  test('every name gives a valid id, and names without Latin letters differ', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        (name) => taskIdSchema.safeParse(slugOf(name)).success,
      ),
    );
    expect(slugOf('夜间')).not.toBe(slugOf('备份'));
  });

  test('the same name again gets a number, also when that was taken already', () => {
    const unique = uniqueSlugs();
    const ids = ['backup', 'backup-2', 'backup', 'backup'].map((name) => unique(slugOf(name)));
    expect(ids).toEqual(['backup', 'backup-2', 'backup-3', 'backup-4']);
    const long = 'x'.repeat(63);
    expect([long, long].map((name) => unique(slugOf(name)))).toEqual([long, `${'x'.repeat(61)}-2`]);
  });
});

describe('the nearest spelling', () => {
  const known = ['schedule', 'policy', 'placement', 'on', 'os'];
  test.each([
    ['shedule', 'schedule'],
    ['SCHEDULE', 'schedule'],
    ['polciy', 'policy'],
    ['placment', 'placement'],
    ['weather', undefined],
    ['', undefined],
    ['x'.repeat(1000), undefined],
  ])('%s → %s', (word, expected) => {
    expect(nearestWord(word, known)).toBe(expected);
  });
});
