/** What the tests of task files share: a cluster of two machines, and reading with an assertion. */
import { expect } from 'vitest';
import { parseTaskFile, type TaskFileError } from '../../../core/formats/task-file.ts';
import type { TaskFileOptions } from '../../../core/formats/task-file-build.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { appError } from '../../../core/std/app-error.ts';
import { err, ok } from '../../../core/std/result.ts';

export const OFFICE = `12D3KooW${'A'.repeat(44)}` as MachineId;

export const options: TaskFileOptions = {
  resolveMachine: (name) =>
    name === 'office' || name.startsWith('12D3KooW')
      ? ok(name === 'office' ? OFFICE : (name as MachineId))
      : err(appError('MACHINE_NOT_FOUND', `There is no machine "${name}".`)),
  defaultTimeZone: 'Europe/Berlin',
};

/** The definitions of a file that must be good. */
export function readTasks(text: string): TaskDefinition[] {
  const result = parseTaskFile(text, 'tasks.yaml', options);
  expect(result.ok ? [] : result.error).toEqual([]);
  return result.ok ? result.value : [];
}

/** The only definition of a file that must be good. */
export function readTask(text: string): TaskDefinition {
  const tasks = readTasks(text);
  expect(tasks).toHaveLength(1);
  return tasks[0] as TaskDefinition;
}

/** The errors of a file that must be bad. */
export function readErrors(text: string): TaskFileError[] {
  const result = parseTaskFile(text, 'tasks.yaml', options);
  expect(result.ok).toBe(false);
  return result.ok ? [] : result.error;
}
