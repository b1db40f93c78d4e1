/** Parameters, as people write them in a task file. */
import { expect, test } from 'vitest';
import { parametersOf } from '../../../core/domain/action.ts';
import { formatTaskFile } from '../../../core/formats/task-file-format.ts';
import { readErrors, readTask } from './task-file-samples.ts';

const HEAD = 'name: Deploy\ncommand: [deploy]\n';
const PLAIN = { type: 'text', required: false };

test.each<[string, object[]]>([
  ['', []],
  ['parameters: {}', []],
  ['parameters: { target: {} }', [{ name: 'target', ...PLAIN }]],
  [
    'parameters: { level: { type: number, default: 1.10 } }',
    [{ name: 'level', ...PLAIN, type: 'number', default: '1.10' }],
  ],
  [
    'parameters: { dry: { type: boolean, default: true } }',
    [{ name: 'dry', ...PLAIN, type: 'boolean', default: 'true' }],
  ],
  [
    'parameters:\n  z: { type: choice, choices: [1, yes, live], required: true, description: Where to }\n  a: { default: "$(x)" }',
    [
      { name: 'z', type: 'choice', required: true, choices: ['1', 'yes', 'live'], description: 'Where to' },
      { name: 'a', ...PLAIN, default: '$(x)' },
    ],
  ],
])('%j is read, and written so that it is read back', (text, parameters) => {
  const task = readTask(HEAD + text);
  expect(parametersOf(task.action)).toEqual(parameters);
  expect(parametersOf(readTask(formatTaskFile(task)).action)).toEqual(parameters);
});

test.each<[string, string, string]>([
  ['parameters: { Target: {} }', 'parameters.Target', 'INVALID_INPUT'],
  ['parameters: { t: { type: choice } }', 'parameters.t.choices', 'INVALID_INPUT'],
  ['parameters: { t: { type: choice, choices: [a], default: b } }', 'parameters.t.default', 'INVALID_INPUT'],
  ['parameters: { t: { type: number, default: ten } }', 'parameters.t.default', 'INVALID_INPUT'],
  ['parameters: { t: { type: file } }', 'parameters.t.type', 'INVALID_INPUT'],
  ['parameters: { t: { requred: true } }', 'parameters.t.requred', 'UNKNOWN_FIELD'],
  ['params: { t: {} }', 'params', 'UNKNOWN_FIELD'],
  ['schedule: "@daily"\nparameters: { t: { required: true } }', 'parameters.t.default', 'PARAMETER_WITHOUT_DEFAULT'],
])('%j is refused at %s', (text, path, code) => {
  const errors = readErrors(HEAD + text);
  expect(errors.map((error) => [error.field, error.code])).toContainEqual([path, code]);
});

test('a misspelt field of a parameter is told its right name', () => {
  const [error] = readErrors(`${HEAD}parameters: { t: { requred: true } }`);
  expect(error?.advice).toContain('"required"');
});

test('a request over HTTP has none', () => {
  const text = 'name: Ping\nhttp: { url: "https://example.test/" }\nparameters: { t: {} }';
  expect(readErrors(text).map(({ field }) => field)).toContain('parameters');
});
