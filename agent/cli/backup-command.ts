/** `carillon backup`: one file with the tasks, the roster and the history of the cluster; lists and deletes them. */
import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatSize } from '../../core/formats/size.ts';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import type { CliHost } from './cli-host.ts';
import { type Outcome, type Session, handle, newCommand, usageError } from './command.ts';
import { formatTable } from './table.ts';
import { relativeTime } from './times.ts';

interface Options {
  readonly list?: true;
  readonly delete?: string;
}

export function backupCommand(host: CliHost): Command {
  const command = newCommand(
    'backup [file]',
    'Make a backup of the cluster: tasks, roster and history',
    'carillon backup\ncarillon backup home.carillon-backup\ncarillon backup --list',
  )
    .option('--list', 'list the backups of this machine')
    .option('--delete <name>', 'delete one of them');
  return handle<Options>(command, host, (session, options, file) => {
    const chosen = [file, options.list, options.delete].filter((choice) => choice !== undefined);
    if (chosen.length > 1) throw usageError('a file, --list and --delete exclude each other', 'list');
    if (options.list === true) return list(session);
    return options.delete === undefined ? make(session, file) : remove(session, options.delete);
  });
}

async function make(session: Session, file: string | undefined): Promise<Outcome> {
  const client = await session.connect();
  const made = await client.backups.make({});
  const path = file === undefined ? made.path : resolve(file);
  if (file !== undefined) {
    await copyTo(made.path, path);
    await client.backups.remove({ name: made.name });
  }
  const lines = [
    `${path} (${formatSize(made.sizeBytes)})`,
    'It holds all tasks, the roster and the history; no key, no secret in clear, and no output of runs.',
    'When no machine is left, it needs the words of the recovery kit: carillon recovery-kit.',
  ];
  return { value: { ...made, path }, text: lines.join('\n') };
}

async function copyTo(from: string, path: string): Promise<void> {
  try {
    await copyFile(from, path, constants.COPYFILE_EXCL);
  } catch (fault) {
    const taken = fault instanceof Error && 'code' in fault && fault.code === 'EEXIST';
    const why = taken ? 'is there already' : `cannot be written: ${String(fault)}`;
    throw new AppErrorException(appError('FILE_NOT_WRITABLE', `${path} ${why}; the backup lies in ${from}`));
  }
}

async function list(session: Session): Promise<Outcome> {
  const value = await (await session.connect()).backups.list({});
  const { paint, host } = session;
  const rows = value.backups.map(({ name, sizeBytes, madeAt }) => [
    name,
    formatSize(sizeBytes),
    relativeTime(madeAt, host.now()),
  ]);
  const none = 'There are no backups on this machine. To make one: carillon backup';
  return {
    value,
    text: rows.length === 0 ? none : formatTable(['NAME', 'SIZE', 'MADE'], rows, { paint, columns: host.columns }),
  };
}

async function remove(session: Session, name: string): Promise<Outcome> {
  const value = await (await session.connect()).backups.remove({ name });
  return { value, text: `${name} is deleted.` };
}
