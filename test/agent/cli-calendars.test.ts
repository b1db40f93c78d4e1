/** `carillon calendar …`: calendars from files, YAML or iCalendar, and back. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();
const YAML = 'about: When we are here\nwindows:\n  - weekdays: [mon, fri]\n    from: "09:00"\n    to: "17:00"\n';
const ICAL = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'BEGIN:VEVENT',
  'SUMMARY:Christmas',
  'DTSTART;VALUE=DATE:20201225',
  'DTEND;VALUE=DATE:20201227',
  'RRULE:FREQ=YEARLY',
  'END:VEVENT',
  'BEGIN:VEVENT',
  'SUMMARY:Meeting',
  'DTSTART:20261003T100000Z',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n');

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-calendar-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  await writeFile(path, text);
  return path;
}

describe('carillon calendar', () => {
  test('put takes YAML, show gives it back, list counts, delete takes it away', async () => {
    const put = await bed.carillon(['calendar', 'put', 'office', await fileWith(YAML)]);
    expect(put).toMatchObject({
      code: 0,
      error: '',
      out: expect.stringContaining('office has 0 day(s), 1 window(s).'),
    });
    const shown = await bed.carillon(['calendar', 'show', 'office']);
    expect(shown.out).toContain('about: When we are here');
    const again = await bed.carillon(['calendar', 'put', 'copy', '-'], { input: shown.out });
    expect(again).toMatchObject({ code: 0, error: '' });
    expect((await bed.carillon(['calendar', 'list'])).out).toMatch(/office +0 +1 +0 .* alpha +When we are here/);
    expect((await bed.carillon(['calendar', 'delete', 'copy'])).code).toBe(0);
    expect(await bed.carillon(['calendar', 'show', 'copy'])).toMatchObject({
      code: 3,
      error: expect.stringContaining('CALENDAR_NOT_FOUND'),
    });
  });

  test('put takes iCalendar and names what it leaves out; with --dry-run it only shows', async () => {
    const put = await bed.carillon(['calendar', 'put', 'holidays', await fileWith(ICAL), '--dry-run']);
    expect(put).toMatchObject({ code: 0, error: '' });
    expect(put.out).toContain('left out: Meeting: it has a time of day; only whole days are taken');
    expect(put.out).toMatch(/from: 2020-12-25\n +to: 2020-12-26\n +yearly: true\n +name: Christmas/);
    expect(JSON.stringify(await bed.json('calendar', 'list'))).not.toContain('holidays');
  });

  test.each([
    [
      'with a line that cannot be read',
      'windows: [{ weekdays: [mon], from: "9", to: "17:00" }]',
      'line 1: windows.0.from',
    ],
    ['with a field that there is not', 'about: x\nday: []', 'line 2: day: there is no such field'],
    ['that ends before it begins', 'days: [{ from: 2026-12-26, to: 2026-12-24 }]', 'the last day is before the first'],
    ['that is half an iCalendar file', 'BEGIN:VCALENDAR\nBEGIN:VEVENT', 'INVALID_ICAL'],
  ])('put refuses a file %s', async (_, text, words) => {
    const ended = await bed.carillon(['calendar', 'put', 'bad', await fileWith(text)]);
    expect(ended).toMatchObject({ code: 2, error: expect.stringContaining(words) });
  });

  test('put refuses a name that is none, and a file that is not there', async () => {
    expect((await bed.carillon(['calendar', 'put', 'Bad Name', await fileWith(YAML)])).code).toBe(2);
    expect((await bed.carillon(['calendar', 'put', 'name', join(tmpdir(), 'not', 'there')])).code).toBe(2);
  });
});
