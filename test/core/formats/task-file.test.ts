/** Task files: every field, every short form. */
import { describe, expect, test } from 'vitest';
import { parseTaskFile } from '../../../core/formats/task-file.ts';
import { OFFICE, options, readTask, readTasks } from './task-file-samples.ts';

const TASK = 'name: T\ncommand: [a]\n';

describe('what a file may say', () => {
  test('a small task gets its id from its name, and defaults for the rest', () => {
    const task = readTask('name: Hello there\nshell: echo hello\n');
    expect(task.id).toBe('hello-there');
    expect(task.schedule).toEqual({ triggers: [], timeZone: 'Europe/Berlin', jitterMs: 0 });
    expect(task.action).toEqual({ type: 'shell', script: 'echo hello', interpreter: ['/bin/sh'], environment: {} });
    expect(task.placement.mode).toBe('one');
    expect(task.policy).toMatchObject({ guarantee: 'at-least-once', overlap: 'skip', retry: { maxAttempts: 1 } });
  });

  test('every field of a process task arrives', () => {
    const task = readTask(`
id: everything
name: Everything
description: All fields
tags: [one, two]
suspended: true
schedule:
  - cron: "30 2 * * *"
  - { every: 15m, anchor: "2026-01-01T06:00:00Z" }
  - { at: 2026-12-24 18:00 }
  - every 2h
  - "@daily"
timezone: America/New_York
start: 2026-01-01 00:00
end: 2027-01-01T00:00:00Z
jitter: 5m
shell: |
  echo one
  echo two
interpreter: [/bin/bash, -eu]
environment: { LEVEL: 1.10, FLAG: true, NAME: x }
workingDirectory: /srv
stdin: hello
placement: { on: 3, labels: { room: office, floor: 2 }, os: linux, arch: [x64, arm64], minFreeMemory: 1GiB }
policy:
  guarantee: at-most-once
  overlap: queue-one
  catchUp: { mode: all, window: 2h }
  retry: { attempts: 3, initial: 5s, factor: 3, max: 1m }
  timeout: 1h30m
  killGrace: 20s
  priority: 7
  onLost: report
  rerunAfter: 2m
  outputLimit: 1MiB
`);
    expect(task).toEqual({
      id: 'everything',
      about: { name: 'Everything', description: 'All fields', tags: ['one', 'two'], suspended: true },
      schedule: {
        triggers: [
          { kind: 'cron', expression: '30 2 * * *' },
          { kind: 'interval', everyMs: 900_000, anchorAt: Date.UTC(2026, 0, 1, 6) },
          { kind: 'once', at: Date.UTC(2026, 11, 24, 23) },
          { kind: 'interval', everyMs: 7_200_000, anchorAt: 0 },
          { kind: 'cron', expression: '@daily' },
        ],
        timeZone: 'America/New_York',
        startAt: Date.UTC(2026, 0, 1, 5),
        endAt: Date.UTC(2027, 0, 1),
        jitterMs: 300_000,
      },
      action: {
        type: 'shell',
        script: 'echo one\necho two\n',
        interpreter: ['/bin/bash', '-eu'],
        environment: { LEVEL: '1.10', FLAG: 'true', NAME: 'x' },
        workingDirectory: '/srv',
        stdin: 'hello',
      },
      placement: {
        mode: 'n',
        count: 3,
        labels: { room: 'office', floor: '2' },
        operatingSystems: ['linux'],
        architectures: ['x64', 'arm64'],
        minFreeMemoryBytes: 1024 ** 3,
      },
      policy: {
        guarantee: 'at-most-once',
        overlap: 'queue-one',
        catchUp: { mode: 'all', windowMs: 7_200_000 },
        retry: { maxAttempts: 3, initialMs: 5000, factor: 3, maxMs: 60_000 },
        timeoutMs: 5_400_000,
        killGraceMs: 20_000,
        priority: 7,
        onLost: 'report',
        rerunAfterMs: 120_000,
        outputLimitBytes: 1_048_576,
      },
    });
  });

  test('an http task has request and expectation, a single status too', () => {
    const task = readTask(
      'name: H\nhttp: { url: "https://h.example/x", method: POST, headers: { X-Level: 1.0 }, body: b, expect: { status: 204, bodyContains: ok }, followRedirects: false }',
    );
    expect(task.action).toEqual({
      type: 'http',
      url: 'https://h.example/x',
      method: 'POST',
      headers: { 'X-Level': '1.0' },
      body: 'b',
      expect: { status: [204], bodyContains: 'ok' },
      followRedirects: false,
    });
  });

  test.each([
    ['manual', []],
    ['"30 2 * * *"', [{ kind: 'cron', expression: '30 2 * * *' }]],
    ['"@hourly"', [{ kind: 'cron', expression: '@hourly' }]],
    ['every 90s', [{ kind: 'interval', everyMs: 90_000, anchorAt: 0 }]],
    ['after backup', [{ kind: 'after', task: 'backup', outcome: 'success' }]],
    ['After backup failed', [{ kind: 'after', task: 'backup', outcome: 'failure' }]],
    ['after backup ended', [{ kind: 'after', task: 'backup', outcome: 'any' }]],
    ['{ after: backup, outcome: failure }', [{ kind: 'after', task: 'backup', outcome: 'failure' }]],
    ['at machine start', [{ kind: 'machine-start' }]],
    ['{ machine: start }', [{ kind: 'machine-start' }]],
    ['{ at: "2026-06-01T00:00:00+02:00" }', [{ kind: 'once', at: Date.UTC(2026, 4, 31, 22) }]],
    ['[]', []],
  ])('schedule: %s', (schedule, triggers) => {
    expect(readTask(`${TASK}schedule: ${schedule}\n`).schedule.triggers).toEqual(triggers);
  });

  test.each([
    ['one', { mode: 'one' }],
    ['all', { mode: 'all' }],
    ['2', { mode: 'n', count: 2 }],
    ['office', { mode: 'pin', machine: OFFICE }],
    [OFFICE, { mode: 'pin', machine: OFFICE }],
  ])('placement on %s', (on, expected) => {
    expect(readTask(`${TASK}placement: { on: ${on} }`).placement).toMatchObject(expected);
  });

  test.each([
    ['catchUp: latest', { catchUp: { mode: 'latest', windowMs: 86_400_000 } }],
    ['catchUp: { window: 1h }', { catchUp: { mode: 'skip', windowMs: 3_600_000 } }],
    ['onLost: { rerunAfter: 2m }', { onLost: 'rerun', rerunAfterMs: 120_000 }],
    ['onLost: rerun', { onLost: 'rerun', rerunAfterMs: 60_000 }],
  ])('policy %s', (policy, expected) => {
    expect(readTask(`${TASK}policy: { ${policy} }`).policy).toMatchObject(expected);
  });

  test('arguments are taken as they are written, whatever YAML would make of them', () => {
    expect(readTask('name: 2024\ncommand: [sleep, 5, 1.10, true, 0x1F, yes]').action).toMatchObject({
      argv: ['sleep', '5', '1.10', 'true', '0x1F', 'yes'],
    });
    expect(readTask('name: 2024\ncommand: [a]').about.name).toBe('2024');
  });

  test('several documents, lists of tasks, empty documents and anchors mix', () => {
    const tasks = readTasks(`
# nothing but a comment
---
name: First
command: &say [echo, hi]
---
tasks:
  - name: Second
    command: &shared [a, b]
  - { name: Third, command: *shared }
---
`);
    expect(tasks.map((task) => task.id)).toEqual(['first', 'second', 'third']);
    expect(tasks[2]?.action).toMatchObject({ argv: ['a', 'b'] });
  });

  test('JSON is read too, tabs and a schema line included', () => {
    const task = readTask(
      '{\n\t"$schema": "task.schema.json",\n\t"name": "J",\n\t"command": ["x"],\n\t"schedule": "@daily"\n}',
    );
    expect(task.schedule.triggers).toHaveLength(1);
  });
});

test('the result does not depend on the file name', () => {
  const [first, second] = ['a.yaml', 'b.json'].map((name) => parseTaskFile(TASK, name, options));
  expect(first).toEqual(second);
});
