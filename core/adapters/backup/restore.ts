/**
 * Puts a backup into an empty data folder, for when no machine of the cluster is left. The machine that starts there is
 * a new one with a key of its own; the words of the recovery kit make it an admin.
 */
import { copyFileSync, existsSync, renameSync, rmSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupLabel } from '../../domain/backup.ts';
import { appError } from '../../std/app-error.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { prepareDataFolder } from '../data-folder.ts';
import { failureText } from '../sqlite/sqlite-errors.ts';
import { DATABASE_FILE } from '../sqlite/state-store.ts';
import { becomeDatabase, readBackup } from './backup-database.ts';

/**
 * The agent of the folder must not run: AGENT_ALREADY_RUNNING, FOLDER_NOT_WRITABLE, FOLDER_IN_USE, FILE_NOT_READABLE,
 * BACKUP_INVALID, DATABASE_NEWER. What was there before is never touched.
 * @param now epoch milliseconds.
 */
export function restoreBackup(file: string, dataFolder: string, now: number): Result<BackupLabel> {
  const content = readBackup(file);
  if (!content.ok) return content;
  const folder = prepareDataFolder(dataFolder);
  if (!folder.ok) return folder;
  const target = join(folder.value.path, DATABASE_FILE);
  const unfinished = `${target}.restoring`;
  try {
    if (existsSync(target)) {
      const message = `the data folder ${folder.value.path} has been used: it holds a database`;
      return err(appError('FOLDER_IN_USE', message));
    }
    copyFileSync(file, unfinished);
    chmodSync(unfinished, 0o600);
    becomeDatabase(unfinished, now);
    renameSync(unfinished, target);
    return ok(content.value.label);
  } catch (error) {
    rmSync(unfinished, { force: true });
    return err(appError('FOLDER_NOT_WRITABLE', `${folder.value.path} cannot be written: ${failureText(error)}`));
  } finally {
    folder.value.release();
  }
}
