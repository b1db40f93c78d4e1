/** `carillon policy`, as people use it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();

afterEach(async () => {
  await bed.carillon(['policy', 'reset']);
});

test('rules are set one by one, shown in words, kept in a file, and lifted', { timeout: 60_000 }, async () => {
  await bed.json('policy', 'set', '--slots', '2', '--types', 'command,http', '--forbid-tags', 'heavy');
  const words = [
    '--idle',
    '10m',
    '--mains-only',
    'yes',
    '--quiet',
    '22:00-07:00,12:00-13:00',
    '--folders',
    '/srv/jobs',
    '--users',
    'backup',
    '--run-as',
    'media',
  ];
  const changed = (await bed.json('policy', 'set', ...words, '--types', 'none')) as { policy: object };
  expect(changed.policy).toEqual({
    slots: 2,
    forbiddenTags: ['heavy'],
    folders: ['/srv/jobs'],
    users: ['backup'],
    runAs: 'media',
    mainsOnly: true,
    idleMinutes: 10,
    quietHours: [
      { from: '22:00', until: '07:00' },
      { from: '12:00', until: '13:00' },
    ],
  });
  const shown = await bed.carillon(['policy', 'show']);
  for (const text of ['22:00-07:00', 'heavy', '/srv/jobs', '10 min']) expect(shown.out).toContain(text);
  expect(await readFile(join(bed.console.folder, 'policy.yaml'), 'utf8')).toContain('forbiddenTags:');
  expect(((await bed.json('policy', 'reset')) as { policy: object }).policy).toEqual({});
});

test('a pause is for a while, until an instant, or until it is ended', { timeout: 60_000 }, async () => {
  const now = Date.now();
  const hour = (await bed.json('policy', 'pause', '--for', '1h')) as { policy: { paused: number } };
  expect(hour.policy.paused - now).toBeGreaterThanOrEqual(3_600_000);
  expect(hour).toMatchObject({ refusal: { code: 'PAUSED', rule: 'paused' } });
  expect((await bed.carillon(['policy', 'pause'])).out).toContain('takes no runs now');
  expect(await bed.json('policy', 'resume')).toMatchObject({ policy: {}, refusal: null });
  expect(await bed.carillon(['policy', 'pause', '--until', '2020-01-01T00:00:00Z'])).toMatchObject({ code: 2 });
});

test('what is malformed is refused by its field, and nothing is changed', { timeout: 60_000 }, async () => {
  for (const words of [
    ['--slots', 'many'],
    ['--types', 'magic'],
    ['--folders', 'jobs'],
    ['--quiet', '22-7'],
    ['--quiet', '22:00-25:00'],
    ['--mains-only', 'maybe'],
    [],
  ]) {
    expect(await bed.carillon(['policy', 'set', ...words]), words.join(' ')).toMatchObject({ code: 2, out: '' });
  }
  expect(await bed.json('policy', 'show')).toMatchObject({ policy: {} });
});

test('a damaged file is told with its line, and never overwritten in passing', { timeout: 60_000 }, async () => {
  const path = join(bed.console.folder, 'policy.yaml');
  await writeFile(path, 'slots: 2\nonlyIdle: true\n');
  expect(await bed.json('policy', 'show')).toMatchObject({
    problem: expect.stringContaining('line 2: onlyIdle'),
    refusal: { code: 'POLICY_INVALID' },
  });
  expect(await bed.carillon(['policy', 'set', '--slots', '3'])).toMatchObject({ code: 2 });
  expect(await readFile(path, 'utf8')).toContain('onlyIdle');
});
