/** Writing task files: whatever definition there is, the file reads back to it; and the file stays readable. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { taskDefinitionSchema, type TaskDefinition } from '../../../core/domain/task.ts';
import { formatTaskFile, formatTaskFiles } from '../../../core/formats/task-file-format.ts';
import { OFFICE, readErrors, readTask, readTasks } from './task-file-samples.ts';

const instant = fc.integer({ min: 0, max: 4e12 });
const duration = (max: number, min = 0) => fc.integer({ min, max });
/** Text with all that YAML could trip over. */
const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ maxLength, unit: 'grapheme' }),
    fc.string({ maxLength, unit: 'binary' }).map((value) => value.replaceAll('\0', '')),
    fc.constantFrom(
      '',
      ' ',
      '~',
      'null',
      'yes',
      '1.10',
      '0x1F',
      '- a',
      'a: b',
      '#',
      '"',
      "'",
      '&a',
      '*a',
      '!x',
      '%',
      '@',
      '|',
      '>',
      '---',
    ),
    fc.constantFrom(
      'line\nline\n',
      '\nline',
      ' indented\n  more\n',
      'tab\there',
      'cr\rlf\r\n',
      'trailing \n',
      '...',
      '\u2028',
      '\u0085',
      '\ufeff',
    ),
  );
const name = text(60).filter((value) => value.trim() === value && value !== '');
const record = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
const variable = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const process = { environment: record(variable, text(20)), workingDirectory: fc.constantFrom('/srv', '~') };
const optional = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) =>
  fc.record(fields, { requiredKeys: [] });

const action = fc.oneof(
  fc
    .tuple(fc.array(text(30), { minLength: 1, maxLength: 5 }), optional({ ...process, stdin: text(80) }))
    .map(([argv, rest]) => ({ type: 'command', argv, ...rest })),
  fc
    .tuple(
      text(200).filter((value) => value !== ''),
      optional({ ...process, stdin: text(80), interpreter: fc.array(text(20), { minLength: 1, maxLength: 3 }) }),
    )
    .map(([script, rest]) => ({ type: 'shell', script, ...rest })),
  optional({
    method: fc.constantFrom('GET', 'POST', 'DELETE'),
    headers: record(fc.stringMatching(/^[A-Za-z-]{1,10}$/), text(20)),
    body: text(50),
    expect: optional({
      status: fc.array(fc.integer({ min: 100, max: 599 }), { maxLength: 3 }),
      bodyContains: text(20),
    }),
    followRedirects: fc.boolean(),
  }).map((rest) => ({ type: 'http', url: 'https://host.example/path?a=b#c', ...rest })),
);

const trigger = fc.oneof(
  fc
    .constantFrom('30 2 * * *', '*/10 * * * * *', '@daily', '0 0 13 * 5', '0 9 * * MON#1')
    .map((expression) => ({ kind: 'cron', expression })),
  fc
    .tuple(duration(LIMITS.intervalMs, 1000), instant)
    .map(([everyMs, anchorAt]) => ({ kind: 'interval', everyMs, anchorAt })),
  instant.map((at) => ({ kind: 'once', at })),
  fc.constantFrom('success', 'failure', 'any').map((outcome) => ({ kind: 'after', task: 'nightly-backup', outcome })),
  fc.constant({ kind: 'machine-start' }),
);

const placement = fc
  .tuple(
    fc.constantFrom<Record<string, unknown>>(
      {},
      { mode: 'all' },
      { mode: 'n', count: 1 },
      { mode: 'n', count: 5 },
      { mode: 'pin', machine: OFFICE },
    ),
    optional({
      labels: record(fc.stringMatching(/^[a-z0-9][a-z0-9._/-]{0,8}$/), text(10)),
      operatingSystems: fc.array(text(10), { maxLength: 3 }),
      architectures: fc.array(text(10), { maxLength: 3 }),
      minFreeMemoryBytes: fc.maxSafeNat(),
    }),
  )
  .map(([mode, rest]) => ({ ...mode, ...rest }));

const policy = optional({
  guarantee: fc.constantFrom('at-least-once', 'at-most-once'),
  overlap: fc.constantFrom('skip', 'queue-one', 'queue-all', 'replace', 'allow'),
  catchUp: optional({ mode: fc.constantFrom('skip', 'latest', 'all'), windowMs: duration(LIMITS.catchUpWindowMs) }),
  retry: optional({
    maxAttempts: fc.integer({ min: 1, max: 100 }),
    initialMs: duration(LIMITS.retryDelayMs),
    factor: fc.constantFrom(1, 1.5, 2, 10),
    maxMs: duration(LIMITS.retryDelayMs),
  }),
  timeoutMs: duration(LIMITS.runTimeoutMs, 1000),
  killGraceMs: duration(LIMITS.killGraceMs),
  priority: fc.integer({ min: -100, max: 100 }),
  onLost: fc.constantFrom('report', 'rerun'),
  rerunAfterMs: duration(LIMITS.retryDelayMs),
  outputLimitBytes: fc.integer({ min: 1024, max: LIMITS.outputBytes }),
});

const definition: fc.Arbitrary<TaskDefinition> = fc
  .record({
    id: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/),
    about: fc
      .tuple(
        name,
        optional({
          description: text(100),
          tags: fc.array(
            name.map((value) => value.slice(0, 20).trim() || 'x'),
            { maxLength: 3 },
          ),
          suspended: fc.boolean(),
        }),
      )
      .map(([value, rest]) => ({ name: value, ...rest })),
    schedule: fc
      .tuple(
        fc.array(trigger, { maxLength: 4 }),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
        optional({ startAt: instant, jitterMs: duration(LIMITS.jitterMs) }),
      )
      .map(([triggers, timeZone, rest]) => ({ triggers, timeZone, ...rest })),
    action,
    placement,
    policy,
  })
  .map((input) => taskDefinitionSchema.parse(input));

test('every definition reads back from its file', () => {
  fc.assert(
    fc.property(definition, (task) => {
      expect(readTask(formatTaskFile(task))).toEqual(task);
    }),
    { numRuns: 300 },
  );
});

test('several definitions read back from one file, in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(definition, { maxLength: 5, minLength: 1, selector: (task) => task.id }), (tasks) => {
      expect(readTasks(formatTaskFiles(tasks))).toEqual(tasks);
    }),
    { numRuns: 40 },
  );
});

test('what equals the default is left out, and scripts stay readable', () => {
  const task = readTask(
    'name: Backup\nschedule: "30 2 * * *"\nshell: |\n  echo one\n  echo two\npolicy: { timeout: 90m }',
  );
  expect(formatTaskFile(task)).toBe(`id: backup
name: Backup
schedule:
  cron: 30 2 * * *
timezone: Europe/Berlin
shell: |
  echo one
  echo two
policy:
  timeout: 1h30m
`);
});

test('a pin that lost its machine is written, and refused at its field when it is read', () => {
  const task = readTask(`name: P\ncommand: [a]\nplacement: { on: ${OFFICE} }`);
  const { machine: _machine, ...rest } = task.placement;
  expect(readErrors(formatTaskFile({ ...task, placement: rest }))).toMatchObject([{ field: 'placement.on' }]);
});
