/** Reads task files for `task apply` and `task validate`: all of them, with every error of every file. */
import { open } from 'node:fs/promises';
import { LIMITS } from '../../core/config/constants.ts';
import type { TaskDefinition } from '../../core/domain/task.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import { type TaskFileError, parseTaskFile } from '../../core/formats/task-file.ts';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import { type Result, err, ok } from '../../core/std/result.ts';
import type { CliHost } from './cli-host.ts';

export interface TaskFiles {
  readonly definitions: readonly TaskDefinition[];
  readonly errors: readonly TaskFileError[];
}

type ResolveMachine = (nameOrId: string) => Result<MachineId>;

/** @param paths of files; `-` is standard input. FILE_NOT_READABLE. */
export async function readTaskFiles(
  paths: readonly string[],
  host: CliHost,
  resolveMachine: ResolveMachine,
): Promise<TaskFiles> {
  const definitions: TaskDefinition[] = [];
  const errors: TaskFileError[] = [];
  const seen = new Map<string, string>();
  for (const path of paths) {
    const text = await readText(path, LIMITS.taskFileBytes, host);
    const defaultTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const parsed = parseTaskFile(text, path, { resolveMachine, defaultTimeZone });
    if (!parsed.ok) {
      errors.push(...parsed.error);
      continue;
    }
    for (const definition of parsed.value) {
      const earlier = seen.get(definition.id);
      if (earlier !== undefined) errors.push(duplicateError(path, definition.id, earlier));
      seen.set(definition.id, path);
      definitions.push(definition);
    }
  }
  return { definitions, errors };
}

/** The text of a file, or of standard input for `-`. FILE_NOT_READABLE, LIMIT_EXCEEDED. */
export async function readText(path: string, limitBytes: number, host: CliHost): Promise<string> {
  const tooLarge = (): AppErrorException =>
    new AppErrorException(appError('LIMIT_EXCEEDED', `${path} is larger than ${limitBytes} bytes`));
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const take = (chunk: string | Uint8Array): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    sizeBytes += bytes.length;
    if (sizeBytes > limitBytes) throw tooLarge();
    chunks.push(bytes);
  };
  if (path === '-') {
    for await (const chunk of host.input) take(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }
  try {
    await using file = await open(path, 'r');
    if (!(await file.stat()).isFile()) throw new Error('it is not a file');
    for await (const chunk of file.createReadStream()) take(chunk as Uint8Array);
  } catch (fault) {
    if (fault instanceof AppErrorException) throw fault;
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new AppErrorException(appError('FILE_NOT_READABLE', `cannot read ${path}: ${reason}`, { field: 'file' }));
  }
  return Buffer.concat(chunks).toString('utf8');
}

function duplicateError(file: string, id: string, earlier: string): TaskFileError {
  const message = `the task "${id}" is defined twice${earlier === file ? '' : `, also in ${earlier}`}`;
  return {
    code: 'INVALID_INPUT',
    file,
    line: 1,
    column: 1,
    field: 'id',
    message,
    advice: 'Give each task an id of its own.',
  };
}

/** Finds machines among those of the cluster, by name, id or the beginning of an id. */
export function machineResolver(machines: readonly { readonly id: string; readonly name: string }[]): ResolveMachine {
  return (wanted) => {
    const exact = machines.filter(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
    const matches = exact.length > 0 ? exact : machines.filter(({ id }) => wanted.length > 8 && id.startsWith(wanted));
    const [first, second] = matches;
    if (first === undefined) return err(appError('MACHINE_NOT_FOUND', `there is no machine "${wanted}"`));
    if (second !== undefined) return err(appError('INVALID_INPUT', `"${wanted}" fits several machines`));
    return ok(first.id as MachineId);
  };
}
