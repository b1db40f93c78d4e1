/** `carillon task apply FILE…`: creates or changes the tasks of the files; nothing when any of them has an error. */
import type { Command } from 'commander';
import type { ApiClient } from '../../core/api/contract.ts';
import type { TaskDefinition } from '../../core/domain/task.ts';
import type { TaskFileError } from '../../core/formats/task-file.ts';
import type { CliHost } from './cli-host.ts';
import { EXIT_CODES, type Outcome, handle, newCommand } from './command.ts';

/** Requests stay well below the agent's limit; more goes in several, each all or nothing. */
const BATCH_TASKS = 2000;
const BATCH_BYTES = 2 * 1024 * 1024;

type Applied = Awaited<ReturnType<ApiClient['tasks']['apply']>>['tasks'];

export function taskApplyCommand(host: CliHost): Command {
  const command = newCommand(
    'apply <files...>',
    'Create or change the tasks of files ("-": standard input)',
    'carillon task apply backup.yaml reports.yaml',
  ).option('--create', 'refuse tasks that exist already');
  return handle<{ create?: true }>(command, host, async (session, options, ...files) => {
    const { machineResolver, readTaskFiles } = await import('./task-files.ts');
    const client = await session.connect();
    const { machines } = await client.machines.list({});
    const { definitions, errors } = await readTaskFiles(files, host, machineResolver(machines));
    if (errors.length > 0) return fileErrorsOutcome(errors);
    const tasks = await applyInBatches(client, definitions, options.create === true ? 'create' : 'upsert');
    return { value: { tasks }, text: tasks.map(({ id, outcome }) => `${id} ${outcome}`).join('\n') };
  });
}

/** Applies any number of definitions; each batch is carried out as a whole. */
export async function applyInBatches(
  client: ApiClient,
  definitions: readonly TaskDefinition[],
  mode: 'create' | 'upsert',
): Promise<Applied> {
  const applied: Applied = [];
  for (const batch of batches(definitions))
    applied.push(...(await client.tasks.apply({ definitions: batch, mode })).tasks);
  return applied;
}

function batches(definitions: readonly TaskDefinition[]): TaskDefinition[][] {
  const all: TaskDefinition[][] = [];
  let bytes = 0;
  for (const definition of definitions) {
    const sizeBytes = Buffer.byteLength(JSON.stringify(definition));
    const current = all.at(-1);
    if (current === undefined || current.length >= BATCH_TASKS || bytes + sizeBytes > BATCH_BYTES) {
      all.push([definition]);
      bytes = sizeBytes;
    } else {
      current.push(definition);
      bytes += sizeBytes;
    }
  }
  return all;
}

/** How errors of files are told: each with its place, and the first one as *the* error for programs. */
export function fileErrorsOutcome(errors: readonly TaskFileError[]): Outcome {
  const text = errors
    .map(({ file, line, column, field, code, message, advice }) => {
      const where = field === '' || message.startsWith(field) ? '' : `${field}: `;
      return `${file}:${line}:${column}: error ${code}: ${where}${message}\n  ${advice}`;
    })
    .join('\n');
  return { value: { error: errors[0], errors }, text, exitCode: EXIT_CODES.usage, toErrorStream: true };
}
