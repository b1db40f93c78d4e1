/** Whatever text comes in, reading ends soon with definitions or with errors that have a place, and never throws. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { taskDefinitionSchema } from '../../../core/domain/task.ts';
import { parseCrontab } from '../../../core/formats/crontab.ts';
import { describeCrontabImport } from '../../../core/formats/crontab-report.ts';
import { parseTaskFile } from '../../../core/formats/task-file.ts';
import { formatTaskFiles } from '../../../core/formats/task-file-format.ts';
import { LIMITS } from '../../../core/config/constants.ts';
import { ERROR_CODES } from '../../../core/std/error-codes.ts';
import { options } from './task-file-samples.ts';

const folder = new URL('../../../resources/examples/', import.meta.url);
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));
const exampleCrontab = readFileSync(new URL('crontab', folder), 'utf8');

const noise = fc.oneof(
  fc.string({ maxLength: 20, unit: 'grapheme' }),
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc.constantFrom(...'{}[]:,-?&*!|>%@`"\'#\n\t \\\0'),
  fc.constantFrom(
    '\n---\n',
    '...',
    ': ',
    '- ',
    '? ',
    '<<: *a',
    '!!binary ',
    '!!set ',
    '%YAML 1.1\n',
    '&a ',
    '*a',
    '__proto__: 1',
    'constructor: {}',
  ),
  fc.constantFrom(
    'name',
    'tasks:',
    'null',
    '~',
    '1e999',
    '.nan',
    '-.inf',
    '99999999999999999999',
    '0x',
    'every',
    '9w',
    '\u2028',
    '\ud800',
  ),
);

/** A good text with some stretches replaced by noise, doubled, or cut out. */
const mutated = (good: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      good,
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), noise), { maxLength: 6, minLength: 1 }),
    )
    .map(([text, edits]) =>
      edits.reduce((current, [where, length, insert]) => {
        const at = Math.floor(where * current.length);
        return current.slice(0, at) + insert + current.slice(at + length);
      }, text),
    );

function checkTaskFile(text: string): void {
  const result = parseTaskFile(text, 'fuzz.yaml', options);
  if (result.ok) {
    for (const definition of result.value) expect(taskDefinitionSchema.parse(definition)).toEqual(definition);
    expect(parseTaskFile(formatTaskFiles(result.value), 'again.yaml', options)).toEqual(result);
    return;
  }
  const lineCount = text.split(/\r\n|\n|\r/).length;
  expect(result.error.length).toBeGreaterThan(0);
  expect(result.error.length).toBeLessThanOrEqual(LIMITS.errorsPerFile);
  for (const error of result.error) {
    expect(ERROR_CODES).toContain(error.code);
    expect(error.message).toMatch(/\S/);
    expect(error.advice).toMatch(/\S/);
    expect(error.line).toBeGreaterThanOrEqual(1);
    expect(error.line).toBeLessThanOrEqual(lineCount + 1);
    expect(error.column).toBeGreaterThanOrEqual(1);
  }
}

test('random text as a task file', () => {
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 60 }), (parts) => checkTaskFile(parts.join(''))),
    { numRuns: 300 },
  );
});

test('damaged task files', () => {
  fc.assert(fc.property(mutated(fc.constantFrom(...examples)), checkTaskFile), { numRuns: 300 });
});

test('any JSON value as a task file', () => {
  const fields = fc.constantFrom(
    'name',
    'command',
    'shell',
    'http',
    'schedule',
    'policy',
    'placement',
    'tags',
    'timezone',
    'start',
    'environment',
    'tasks',
  );
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>('a', '', 1, -1, true, null, '5m', '@daily', 'every 1m', 'UTC'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(
        fc.oneof(
          fields,
          fc.constantFrom('cron', 'every', 'at', 'on', 'retry', 'catchUp', 'onLost', 'expect', 'url', '__proto__'),
        ),
        tie('node'),
        { maxKeys: 4 },
      ),
    ),
  })).node;
  fc.assert(
    fc.property(fc.dictionary(fields, value, { maxKeys: 8 }), (document) => checkTaskFile(JSON.stringify(document))),
    { numRuns: 300 },
  );
});

test('random and damaged crontabs', () => {
  const text = fc.oneof(
    fc
      .array(fc.oneof(noise, fc.constantFrom('* ', '\n', '5 ', 'A=', '@daily ')), { maxLength: 80 })
      .map((parts) => parts.join('')),
    mutated(fc.constant(exampleCrontab)),
  );
  fc.assert(
    fc.property(text, fc.constantFrom('user', 'system', 'auto'), (crontab, format) => {
      const result = parseCrontab(crontab, { fileName: 'crontab', format, defaultTimeZone: 'UTC' });
      for (const job of result.jobs) expect(taskDefinitionSchema.parse(job.definition)).toEqual(job.definition);
      for (const problem of result.problems) expect(ERROR_CODES).toContain(problem.code);
      const definitions = result.jobs.map((job) => job.definition);
      expect(new Set(definitions.map((definition) => definition.id)).size).toBe(definitions.length);
      expect(describeCrontabImport(result)).toHaveLength(result.jobs.length + result.problems.length);
      if (definitions.length === 0) return;
      expect(parseTaskFile(formatTaskFiles(definitions), 'again.yaml', options)).toEqual({
        ok: true,
        value: definitions,
      });
    }),
    { numRuns: 300 },
  );
});

/** Texts whose parts are as many, as long or as deep as can be; the test's time limit is the bound. */
const REPEATED_BYTES = 32 * 1024;

test.each([
  ['open brackets', '['],
  ['list markers', '- '],
  ['keys without values', '? '],
  ['documents', '---\n'],
  ['anchors', '&a '],
  ['aliases', '- *a\n'],
  ['quotes', '"'],
  ['single quotes', "''"],
  ['block scalars', '|\n'],
  ['comments', '#\n'],
  ['colons', ':'],
  ['spaces', ' '],
  ['tabs', '\t'],
  ['line breaks', '\n'],
  ['backslashes', '"\\'],
  ['tags', '!a '],
  ['directives', '%a\n'],
  ['flow maps', '{a: '],
  ['letters', 'a'],
  ['words', 'a b '],
])(
  'a text of nothing but %s is read or refused in bounded time',
  (_title, unit) => {
    const text = unit.repeat(Math.floor(REPEATED_BYTES / unit.length));
    checkTaskFile(text);
    checkTaskFile(`name: T\nshell: ${text}`);
    parseCrontab(text, { fileName: 'crontab', format: 'auto', defaultTimeZone: 'UTC' });
  },
  20_000,
);
