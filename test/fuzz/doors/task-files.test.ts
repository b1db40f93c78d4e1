/** Task files and crontabs: definitions that come back when written again, or errors with a place. Never more, never later. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { taskDefinitionSchema } from '../../../core/domain/task.ts';
import { parseCrontab } from '../../../core/formats/crontab.ts';
import { describeCrontabImport } from '../../../core/formats/crontab-report.ts';
import { describeTaskFileError, parseTaskFile } from '../../../core/formats/task-file.ts';
import { formatTaskFiles } from '../../../core/formats/task-file-format.ts';
import { ERROR_CODES } from '../../../core/std/error-codes.ts';
import { options } from '../../core/formats/task-file-samples.ts';
import { mutateText } from '../mutation.ts';
import { storm } from '../storm.ts';
import { mutateValue } from '../value-mutation.ts';

const folder = new URL('../../../resources/examples/', import.meta.url);
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));
const crontab = readFileSync(new URL('crontab', folder), 'utf8');
const decoder = new TextDecoder();
const YAML_WORDS = [
  '\n---\n',
  '...\n',
  ': ',
  '- ',
  '? ',
  '<<: *a',
  '&a ',
  '*a',
  '!!binary ',
  '!!set ',
  '%YAML 1.1\n',
  '|\n',
  '>-\n',
  '  ',
  '~',
];
const CRON_WORDS = [
  '* ',
  '\n',
  '5 ',
  'A=',
  '@daily ',
  '@reboot ',
  '%',
  '#',
  'MAILTO=""',
  'SHELL=/bin/sh\n',
  'CRON_TZ=UTC\n',
  '\\%',
  '\t',
];

function checkTaskFile(text: string): void {
  const result = parseTaskFile(text, 'fuzz.yaml', options);
  if (result.ok) {
    for (const definition of result.value) expect(taskDefinitionSchema.parse(definition)).toEqual(definition);
    expect(parseTaskFile(formatTaskFiles(result.value), 'again.yaml', options)).toEqual(result);
    return;
  }
  expect(result.error.length).toBeGreaterThan(0);
  expect(result.error.length).toBeLessThanOrEqual(LIMITS.errorsPerFile);
  for (const error of result.error) {
    if (!ERROR_CODES.includes(error.code)) expect(ERROR_CODES).toContain(error.code);
    if (!(error.line >= 1 && error.column >= 1)) expect(error).toMatchObject({ line: expect.any(Number) });
    expect(describeTaskFileError(error).length).toBeLessThan(4000);
  }
}

test('task files', async () => {
  await storm({
    door: 'task-files',
    title: 'texts',
    part: 0.5,
    make: (random) => mutateText(random, examples, YAML_WORDS),
    feed: (bytes) => checkTaskFile(decoder.decode(bytes)),
  });
});

test('task files with any fields', async () => {
  const good = examples.flatMap((text) => {
    const result = parseTaskFile(text, 'good.yaml', options);
    return result.ok ? result.value.map((definition) => JSON.parse(JSON.stringify(definition)) as unknown) : [];
  });
  expect(good.length).toBeGreaterThan(0);
  const written = (value: unknown): unknown => ({ name: 'x', shell: 'true', ...(value as object) });
  await storm({
    door: 'task-files',
    title: 'fields',
    part: 0.2,
    make: (random) =>
      new TextEncoder().encode(JSON.stringify(mutateValue(random, written(random.pick(good)), [])) ?? ''),
    feed: (bytes) => checkTaskFile(decoder.decode(bytes)),
  });
});

test('crontabs', async () => {
  await storm({
    door: 'task-files',
    title: 'crontabs',
    part: 0.3,
    make: (random) => mutateText(random, [crontab], CRON_WORDS),
    feed: (bytes) => {
      for (const format of ['user', 'system', 'auto'] as const) {
        const result = parseCrontab(decoder.decode(bytes), { fileName: 'crontab', format, defaultTimeZone: 'UTC' });
        for (const job of result.jobs) expect(taskDefinitionSchema.parse(job.definition)).toEqual(job.definition);
        for (const problem of result.problems) expect(ERROR_CODES).toContain(problem.code);
        describeCrontabImport(result);
      }
    },
  });
});
