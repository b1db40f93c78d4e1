/** What is wrong in a task file is told with the place, the reason and the fix. */
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { describeTaskFileError } from '../../../core/formats/task-file.ts';
import { readErrors } from './task-file-samples.ts';

const TASK = 'name: T\ncommand: [a]\n';

describe('what is wrong is told with its place and its fix', () => {
  const cases: [title: string, text: string, expected: Record<string, unknown>][] = [
    [
      'a field that does not exist',
      `${TASK}shedule: manual`,
      { code: 'UNKNOWN_FIELD', line: 3, column: 1, field: 'shedule', advice: 'Did you mean "schedule"?' },
    ],
    ['another case of letters', `${TASK}timeZone: UTC`, { code: 'UNKNOWN_FIELD', advice: 'Write "timezone".' }],
    [
      'a field in the wrong place',
      `${TASK}timeout: 5m`,
      { code: 'UNKNOWN_FIELD', advice: 'Write "timeout" below "policy".' },
    ],
    [
      'a field that belongs to the task',
      `${TASK}schedule: { cron: "@daily", timezone: UTC }`,
      { field: 'schedule.timezone', line: 3, column: 29, advice: 'Write "timezone" beside "name".' },
    ],
    [
      'the word of another program',
      `${TASK}cwd: /srv`,
      { code: 'UNKNOWN_FIELD', advice: 'Here it is called "workingDirectory".' },
    ],
    [
      'a nested field that does not exist',
      `${TASK}policy:\n  retry:\n    atempts: 3`,
      { code: 'UNKNOWN_FIELD', line: 5, column: 5, field: 'policy.retry.atempts', advice: 'Did you mean "attempts"?' },
    ],
    [
      'no name',
      'command: [a]',
      { code: 'INVALID_INPUT', line: 1, column: 1, field: 'name', message: '"name" is missing.' },
    ],
    ['an empty name', 'name: "  "\ncommand: [a]', { line: 1, column: 7, field: 'name' }],
    ['nothing to run', 'name: T', { line: 1, message: 'the task says nothing to run.' }],
    [
      'two things to run',
      'name: T\nshell: x\ncommand: [a]',
      { line: 2, column: 1, advice: 'Keep exactly one of command, shell and http.' },
    ],
    [
      'a command as one text',
      'name: T\ncommand: du -sh /srv',
      { line: 2, column: 10, field: 'command', message: 'must be a list, not text.' },
    ],
    ['an empty command', 'name: T\ncommand: []', { line: 2, column: 10, message: 'must be at least 1 entry.' }],
    [
      'an argument that is a list',
      'name: T\ncommand: [a, [b]]',
      { line: 2, column: 14, field: 'command.1', message: 'must be text, not a list.' },
    ],
    [
      'a number without a unit',
      `${TASK}policy:\n  timeout: 3600`,
      {
        line: 4,
        column: 12,
        field: 'policy.timeout',
        advice: 'Write the unit: 3600s for seconds or 3600m for minutes.',
      },
    ],
    [
      'a size without a unit',
      `${TASK}policy: { outputLimit: 16 }`,
      { field: 'policy.outputLimit', message: '"16" has no unit.' },
    ],
    [
      'a duration that is too short',
      `${TASK}policy: { timeout: 10ms }`,
      { line: 3, column: 20, field: 'policy.timeout', message: 'must be at least 1s.' },
    ],
    [
      'a wait that is too long',
      `${TASK}policy: { retry: { initial: 30d } }`,
      { field: 'policy.retry.initial', message: 'must be at most 1w.' },
    ],
    [
      'an output limit that is too high',
      `${TASK}policy: { outputLimit: 2GiB }`,
      { field: 'policy.outputLimit', message: 'must be at most 1GiB.' },
    ],
    [
      'a choice that does not exist',
      `${TASK}policy: { overlap: que-one }`,
      { field: 'policy.overlap', advice: 'Did you mean "queue-one"?' },
    ],
    [
      'a misspelt short form',
      `${TASK}policy: { catchUp: lates }`,
      { field: 'policy.catchUp', advice: 'Did you mean "latest"?' },
    ],
    [
      'retry as a number',
      `${TASK}policy: { retry: 3 }`,
      { field: 'policy.retry', advice: 'Write retry: {attempts: 3}.' },
    ],
    [
      'a duration inside a choice of forms',
      `${TASK}policy: { onLost: { rerunAfter: 5 } }`,
      { field: 'policy.onLost.rerunAfter', message: '"5" has no unit.' },
    ],
    [
      'cron without quotes',
      `${TASK}schedule: * * * * *`,
      { code: 'INVALID_YAML', line: 3, column: 11, advice: 'Put the value in quotes, such as cron: "* * * * *".' },
    ],
    [
      'a macro without quotes',
      `${TASK}schedule: @daily`,
      { code: 'INVALID_YAML', line: 3, column: 11, advice: 'Put the value in quotes, such as cron: "* * * * *".' },
    ],
    [
      'a cron field out of range',
      `${TASK}schedule:\n  cron: "61 * * * *"`,
      { code: 'INVALID_CRON', line: 4, column: 9, field: 'schedule.cron' },
    ],
    [
      'a cron date that does not exist',
      `${TASK}schedule: ["@daily", "0 0 30 2 *"]`,
      { code: 'IMPOSSIBLE_CRON', line: 3, column: 22, field: 'schedule.1' },
    ],
    ['an interval that is too short', `${TASK}schedule: every 10ms`, { line: 3, column: 11, field: 'schedule' }],
    [
      'a trigger without a when',
      `${TASK}schedule: { anchor: 2026-01-01 }`,
      { field: 'schedule', message: 'the trigger does not say when.' },
    ],
    [
      'a trigger with two',
      `${TASK}schedule: { cron: "@daily", every: 5m }`,
      { field: 'schedule.every', line: 3, column: 36 },
    ],
    [
      'an anchor without every',
      `${TASK}schedule: { cron: "@daily", anchor: 2026-01-01 }`,
      { field: 'schedule.anchor', line: 3, column: 29 },
    ],
    [
      'a schedule that is a number',
      `${TASK}schedule: 5`,
      { field: 'schedule', message: 'must be text or fields (name: value) or a list, not a number.' },
    ],
    [
      'a time zone that does not exist',
      `${TASK}timezone: Europe/Berln`,
      { code: 'UNKNOWN_TIME_ZONE', line: 3, column: 11, field: 'timezone' },
    ],
    [
      'an end before the start',
      `${TASK}schedule: "@daily"\nstart: 2026-02-01\nend: 2026-01-01`,
      { line: 5, column: 6, field: 'end' },
    ],
    ['an instant of another form', `${TASK}start: tomorrow`, { line: 3, column: 8, field: 'start' }],
    [
      'a machine that does not exist',
      `${TASK}placement: { on: nowhere }`,
      { code: 'MACHINE_NOT_FOUND', line: 3, column: 18, field: 'placement.on' },
    ],
    [
      'too many machines',
      `${TASK}placement: { on: 1000 }`,
      { field: 'placement.on', message: `must be at most ${LIMITS.machinesPerCluster}.` },
    ],
    [
      'a label that is not allowed',
      `${TASK}placement:\n  labels: { Room: x }`,
      { line: 4, column: 13, field: 'placement.labels.Room' },
    ],
    [
      'an environment name that is not allowed',
      `${TASK}environment: { "A B": x }`,
      { line: 3, column: 16, field: 'environment.A B' },
    ],
    ['an id that is not allowed', `${TASK}id: Not Good`, { line: 3, column: 5, field: 'id' }],
    [
      'an address that is none',
      'name: T\nhttp: { url: ftp://x }',
      { line: 2, column: 14, field: 'http.url', message: '"ftp://x" is not an http or https address.' },
    ],
    [
      'stdin for a request',
      'name: T\nhttp: { url: "http://x.example" }\nstdin: x',
      { line: 3, column: 1, field: 'stdin' },
    ],
    ['an interpreter without a script', `${TASK}interpreter: [sh]`, { line: 3, column: 1, field: 'interpreter' }],
    [
      'a field that stands twice',
      `${TASK}name: U`,
      { code: 'INVALID_YAML', line: 3, column: 1, field: 'name', message: '"name" stands here twice.' },
    ],
    ['tabs as indentation', 'name: T\n\tcommand: [a]', { code: 'INVALID_YAML', line: 2 }],
    ['an unknown anchor', 'name: T\ncommand: *nothing', { code: 'INVALID_YAML', line: 2, column: 10 }],
    ['a list where a task should be', '- name: T', { line: 1, message: 'a list stands where a task should.' }],
    ['text where a task should be', 'hello', { line: 1, message: 'a task has fields such as "name: …".' }],
    ['an empty file', '\n# nothing\n', { line: 1, message: 'the file is empty.' }],
    ['an empty list', 'tasks: []', { line: 1, message: 'the list of tasks is empty.' }],
    ['tasks that are no list', 'tasks: {}', { field: 'tasks', message: '"tasks" must be a list.' }],
    ['a field beside the list', 'tasks: []\nname: x', { code: 'UNKNOWN_FIELD', line: 2, field: 'name' }],
    [
      'the same id twice',
      'tasks:\n- {name: A, command: [a]}\n- {name: a, command: [a]}',
      { line: 3, field: 'tasks.1.id', message: 'the task at line 2 has the id "a" too.' },
    ],
  ];

  test.each(cases)('%s', (_title, text, expected) => {
    const errors = readErrors(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ file: 'tasks.yaml', ...expected });
    expect(errors[0]?.advice).toMatch(/\S/);
  });

  test('all errors of a file are told at once, in all its tasks', () => {
    const errors = readErrors(`
tasks:
  - name: A
    comand: [a]
    schedule: "61 * * * *"
    policy: { timeout: 5, overlap: no, killGrace: soon }
    placement: { on: nowhere, minFreeMemory: lots }
    timezone: Nowhere/Land
  - name: B
    command: [b]
    jitter: 5
`);
    expect(errors.map((error) => error.field).sort()).toEqual([
      'tasks.0.comand',
      'tasks.0.placement.minFreeMemory',
      'tasks.0.placement.on',
      'tasks.0.policy.killGrace',
      'tasks.0.policy.overlap',
      'tasks.0.policy.timeout',
      'tasks.0.schedule',
      'tasks.0.timezone',
      'tasks.1.jitter',
    ]);
  });

  test('an error reads as one line that editors can jump to', () => {
    const [error] = readErrors(`${TASK}policy:\n  timeout: 3600`);
    expect(error === undefined ? '' : describeTaskFileError(error)).toBe(
      'tasks.yaml:4:12: policy.timeout: "3600" has no unit. Write the unit: 3600s for seconds or 3600m for minutes.',
    );
  });
});
