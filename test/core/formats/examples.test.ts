/** The examples that ship: they are read without an error, say what their comments say, and fit the published schema. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseCrontab } from '../../../core/formats/crontab.ts';
import { taskFileJsonSchema } from '../../../core/formats/task-file-json-schema.ts';
import { readTasks } from './task-file-samples.ts';

const folder = new URL('../../../resources/', import.meta.url);
const names = readdirSync(new URL('examples/', folder)).filter((name) => name.endsWith('.yaml'));
const exampleText = (name: string): string => readFileSync(new URL(`examples/${name}`, folder), 'utf8');
const committedSchema = JSON.parse(
  readFileSync(new URL('schema/task.schema.json', folder), 'utf8'),
) as z.core.JSONSchema.JSONSchema;

/** Whether the published schema accepts a value; "exactly one of these fields" is left to the reader's own tests. */
function fitsSchema(value: unknown): boolean {
  const simple = JSON.parse(JSON.stringify(committedSchema), (key, part: unknown) =>
    key === 'oneOf' ? undefined : part,
  ) as typeof committedSchema;
  return z.fromJSONSchema(simple).safeParse(value).success;
}

test('there are examples, and no two tasks of them have the same id', () => {
  const ids = names.flatMap((name) => readTasks(exampleText(name))).map((task) => task.id);
  expect(names.length).toBeGreaterThanOrEqual(8);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(names)('%s is read without an error and fits the published schema', (name) => {
  const tasks = readTasks(exampleText(name));
  expect(tasks.length).toBeGreaterThan(0);
  expect(fitsSchema(parse(exampleText(name)))).toBe(true);
});

test('the example crontab comes over whole', () => {
  const result = parseCrontab(exampleText('crontab'), { fileName: 'crontab', format: 'auto', defaultTimeZone: 'UTC' });
  expect(result.problems).toEqual([]);
  expect(result.format).toBe('user');
  expect(result.jobs.map((job) => job.definition.id)).toEqual([
    'nightly-backup',
    'log-rotation',
    'certificate-check',
    'disk-usage',
    'old-temporary-files',
    'health-check',
    'weekday-greeting',
    'uptime-every-minute',
    'clock-every-ten-seconds',
    'pulse-every-second',
    'long-report',
  ]);
  expect(result.jobs[6]?.definition.action).toMatchObject({
    script: 'cat',
    stdin: 'Good morning,\nthe week has %d days of work.\n',
  });
});

describe('the published schema', () => {
  test('is the one of the code; run `node scripts/write-task-schema.ts` when this fails', () => {
    expect(committedSchema).toEqual(JSON.parse(JSON.stringify(taskFileJsonSchema())));
  });

  test('describes every field of a task, for editors', () => {
    const task = (
      taskFileJsonSchema()['$defs'] as Record<string, { properties: Record<string, { description?: string }> }>
    )['task'];
    const undescribed = Object.entries(task?.properties ?? {}).filter(([, field]) => (field.description ?? '') === '');
    expect(Object.keys(task?.properties ?? {}).length).toBeGreaterThan(15);
    expect(undescribed.map(([name]) => name)).toEqual([]);
  });

  test('accepts numbers where the reader takes them as they are written', () => {
    expect(fitsSchema({ name: 'T', command: ['sleep', 5], environment: { LEVEL: 1, FLAG: true } })).toBe(true);
  });

  test.each([
    ['an unknown field', { name: 'T', command: ['a'], shedule: 'manual' }],
    ['no name', { command: ['a'] }],
    ['a number as time limit', { name: 'T', command: ['a'], policy: { timeout: 5 } }],
    ['text as command', { name: 'T', command: 'a b' }],
  ])('refuses %s', (_title, value) => {
    expect(fitsSchema(value)).toBe(false);
  });
});
