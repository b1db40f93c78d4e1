/** Task files that are too large, too many, too deep or too clever are refused, in bounded time. */
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { readErrors } from './task-file-samples.ts';

const TASK = 'name: T\ncommand: [a]\n';

describe('limits', () => {
  test.each([
    ['a file that is too large', `${TASK}# ${'x'.repeat(LIMITS.taskFileBytes)}`],
    ['too many tasks', `tasks:\n${'- 1\n'.repeat(LIMITS.tasksPerFile + 1)}`],
    ['too many documents', '--- 1\n'.repeat(LIMITS.tasksPerFile + 1)],
    ['deep nesting', `name: T\ncommand: ${'['.repeat(200)}${']'.repeat(200)}`],
    ['an anchor inside itself', 'name: T\ncommand: &a [*a, *a]'],
    [
      'aliases that multiply',
      `a: &a0 [x,x,x,x,x,x,x,x,x]\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `b${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]`).join('\n')}`,
    ],
    ['too many values', `name: T\ncommand: [${'1,'.repeat(LIMITS.taskFileNodes)}]`],
  ])('%s', (_title, text) => {
    expect(readErrors(text)).toMatchObject([{ code: 'LIMIT_EXCEEDED' }]);
  });

  test('no more errors are told than a person can use', () => {
    const text = `tasks:\n${'- { nme: x }\n'.repeat(3000)}`;
    expect(readErrors(text)).toHaveLength(LIMITS.errorsPerFile);
    expect(readErrors('x: [,}\n'.repeat(3000)).length).toBeLessThanOrEqual(LIMITS.errorsPerFile);
  });

  test('many fields in one map do not make the check for doubles slow', () => {
    const text = `${TASK}environment:\n${Array.from({ length: 20_000 }, (_, index) => `  K${index}: 1\n`).join('')}`;
    expect(readErrors(text)).toMatchObject([{ field: 'environment', message: 'too many environment variables.' }]);
  });

  test('a file nested so deep that reading it would run out of stack is refused', () => {
    for (const level of ['? ', '- ', '[', '{a: ', '? - ']) {
      for (const levels of [1000, 3840, 20_000]) {
        const [error] = readErrors(`${level.repeat(levels)}\nname: x\nshell: echo\n`);
        expect(['LIMIT_EXCEEDED', 'INVALID_YAML']).toContain(error?.code);
      }
    }
  });
});
