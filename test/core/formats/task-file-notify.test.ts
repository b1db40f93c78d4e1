/** Who is told, as people write it in a task file. */
import { expect, test } from 'vitest';
import { formatTaskFile } from '../../../core/formats/task-file-format.ts';
import { readErrors, readTask } from './task-file-samples.ts';

const HEAD = 'name: Backup\ncommand: ["true"]\n';
const USUAL = ['failure', 'recovery'];

test.each<[string, object | undefined]>([
  ['', undefined],
  ['notify: ops', { rules: [{ channel: 'ops', on: USUAL }] }],
  ['notify: { channel: ops, on: end }', { rules: [{ channel: 'ops', on: ['end'] }] }],
  [
    'notify: [ops, phone]',
    {
      rules: [
        { channel: 'ops', on: USUAL },
        { channel: 'phone', on: USUAL },
      ],
    },
  ],
  [
    'notify:\n  - ops\n  - { channel: phone, on: [failure, missed] }',
    {
      rules: [
        { channel: 'ops', on: USUAL },
        { channel: 'phone', on: ['failure', 'missed'] },
      ],
    },
  ],
  ['notify: []', { rules: [] }],
])('%j is read, and written so that it is read back', (text, notify) => {
  const task = readTask(HEAD + text);
  expect(task.notify).toEqual(notify);
  expect(readTask(formatTaskFile(task)).notify).toEqual(notify);
});

test('what is usual is left out', () => {
  expect(formatTaskFile(readTask(`${HEAD}notify: [ops]`))).toMatch(/^notify: ops$/m);
  expect(formatTaskFile(readTask(HEAD))).not.toContain('notify');
});

test.each<[string, string, string]>([
  ['notify: { channel: ops, on: success }', 'notify.on', 'INVALID_INPUT'],
  ['notify: { channel: ops, when: end }', 'notify.when', 'UNKNOWN_FIELD'],
  ['notify: [ops, { channel: "Not a name" }]', 'notify.1.channel', 'INVALID_INPUT'],
  ['notify: [ops, ops]', 'notify', 'INVALID_INPUT'],
  ['alerts: ops', 'alerts', 'UNKNOWN_FIELD'],
])('%j is refused at %s', (text, path, code) => {
  const errors = readErrors(HEAD + text);
  expect(errors.map((error) => [error.field, error.code])).toContainEqual([path, code]);
});
