/**
 * `carillon restore`: tasks as they were in a backup, into the cluster as it is; or, with `--all`, the whole cluster
 * into an empty data folder, when no machine of it is left.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { restoreBackup } from '../../core/adapters/backup/restore.ts';
import type { BackupTasksOutput } from '../../core/api/backup-schemas.ts';
import { AppErrorException } from '../../core/std/app-error.ts';
import type { CliHost } from './cli-host.ts';
import { type Outcome, type Session, handle, newCommand, usageError } from './command.ts';
import { formatTable } from './table.ts';
import { relativeTime } from './times.ts';

interface Options {
  readonly all?: true;
  readonly task?: string[];
  readonly missing?: true;
}

export function restoreCommand(host: CliHost): Command {
  const command = newCommand(
    'restore <backup>',
    'Bring tasks back from a backup, or a whole cluster of which no machine is left',
    'carillon restore 2026-11-23T02-00-00.000Z.carillon-backup --missing\ncarillon restore home.carillon-backup --all',
  )
    .option('--task <id...>', 'bring these tasks back, as they were')
    .option('--missing', 'bring back all tasks that are not in the cluster any more')
    .option('--all', 'begin anew from the file, in an empty data folder, with the agent not running');
  return handle<Options>(command, host, (session, options, backup = '') => {
    const chosen = [options.all, options.task, options.missing].filter((choice) => choice !== undefined);
    if (chosen.length > 1) throw usageError('--all, --task and --missing exclude each other', 'all');
    if (options.all === true) return restoreAll(session, backup);
    return restoreTasks(session, backup, options);
  });
}

async function restoreAll(session: Session, file: string): Promise<Outcome> {
  const restored = restoreBackup(resolve(file), session.dataFolder, session.host.now());
  if (!restored.ok) throw new AppErrorException(restored.error);
  const { clusterName, taskCount, madeAt } = restored.value;
  const lines = [
    `The cluster "${clusterName}" with ${taskCount} tasks, as of ${new Date(madeAt).toISOString()}, is in ${session.dataFolder}.`,
    'Now:',
    '  carillon start       on this machine',
    '  carillon recover     with the words of the recovery kit; it makes this machine an admin',
    '  carillon machine remove NAME     for each machine that is lost',
    'Then let others in as usual, and set the values of secrets again: they were sealed to the machines that are lost.',
  ];
  return { value: restored.value, text: lines.join('\n') };
}

async function restoreTasks(session: Session, name: string, { task, missing }: Options): Promise<Outcome> {
  const client = await session.connect();
  const compared = await client.backups.tasks({ name });
  if (task === undefined && missing !== true) return { value: compared, text: differenceText(session, compared) };
  const ids = task ?? compared.tasks.filter(({ state }) => state === 'missing').map(({ id }) => id);
  if (ids.length === 0) return { value: { tasks: [] }, text: 'Every task of the backup is in the cluster.' };
  const value = await client.backups.bringBack({ name, ids });
  const changed = value.tasks.filter(({ outcome }) => outcome !== 'unchanged').length;
  return { value, text: `${changed} of ${value.tasks.length} tasks are as they were in the backup again.` };
}

function differenceText({ host, paint }: Session, compared: BackupTasksOutput): string {
  const different = compared.tasks.filter(({ state }) => state !== 'same');
  const made = `Made ${relativeTime(compared.madeAt, host.now())} on ${compared.machineName}, of the cluster "${compared.clusterName}".`;
  const same = compared.tasks.length - different.length;
  if (different.length === 0) return `${made}\nAll ${same} tasks in it are the same in the cluster.`;
  const rows = different.map(({ id, name, state, facets }) => [id, name, state, facets.join(', ')]);
  const table = formatTable(['TASK', 'NAME', 'NOW', 'DIFFERS IN'], rows, { paint, columns: host.columns });
  return [
    made,
    table,
    `${same} more are the same. To bring tasks back: --task ID, or --missing for all that are gone.`,
  ].join('\n');
}
