/**
 * A backup is one SQLite file: a compact copy of the peer's database, with a label and the definitions as text beside it,
 * and without what belongs to this machine alone or must not lie about: the root key, invitations, grants, and the
 * memory of which numbers it gave out. Secrets of tasks are in it as they are in the document: enciphered for machines
 * whose keys are not in it. Blocking; for a worker thread, or a command that does nothing else.
 */
import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { BACKUP } from '../../config/storage.ts';
import { type BackupLabel, backupLabelSchema } from '../../domain/backup.ts';
import { appError } from '../../std/app-error.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { SCHEMA_VERSION, schemaVersion } from '../sqlite/migrations/all-migrations.ts';
import { WORDS_INDEXED_TO } from '../sqlite/run-words.ts';
import { failureText, sqliteFailureOf } from '../sqlite/sqlite-errors.ts';

/** What a backup holds beside the copy. */
export interface BackupContent {
  readonly label: BackupLabel;
  /** Definitions, each as JSON text. */
  readonly tasks: readonly string[];
}

/** In the file's header, where tools look for what it is: "CRLb". */
const APPLICATION_ID = 0x4352_4c62;
/** What stays of the small values: which cluster it is, and where its machines were last met. */
const KEPT_META = ['joined', 'addresses'];
const PARTS = ['backup_label', 'backup_tasks'];

/** Writes `target`, which must not exist; what was begun is removed when it fails: STORAGE_FULL, STORAGE_FAILED. */
export function writeBackup(databasePath: string, target: string, { label, tasks }: BackupContent): Result<void> {
  try {
    const source = new DatabaseSync(databasePath, { readOnly: true, timeout: 2000 });
    try {
      source.prepare('vacuum into ?').run(target);
    } finally {
      source.close();
    }
    const copy = new DatabaseSync(target);
    try {
      copy.exec('pragma journal_mode = delete; pragma secure_delete = on; begin');
      stripOwn(copy);
      copy.exec('create table backup_label (text text not null); create table backup_tasks (text text not null)');
      copy.prepare('insert into backup_label values (?)').run(JSON.stringify(label));
      const insert = copy.prepare('insert into backup_tasks values (?)');
      for (const task of tasks) insert.run(task);
      copy.exec(`pragma application_id = ${APPLICATION_ID}; commit`);
    } finally {
      copy.close();
    }
    return ok(undefined);
  } catch (error) {
    rmSync(target, { force: true });
    const full = sqliteFailureOf(error) === 'full';
    return err(appError(full ? 'STORAGE_FULL' : 'STORAGE_FAILED', `the backup was not made: ${failureText(error)}`));
  }
}

/**
 * What a backup says of itself and the definitions in it, after the whole file was checked.
 * FILE_NOT_READABLE, BACKUP_INVALID, DATABASE_NEWER.
 */
export function readBackup(path: string): Result<BackupContent> {
  if (!existsSync(path)) return err(appError('FILE_NOT_READABLE', `there is no file ${path}`));
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path, { readOnly: true });
    if (Number(file.prepare('pragma application_id').get()?.['application_id']) !== APPLICATION_ID) {
      return err(invalid(path, 'it is another kind of file'));
    }
    if (schemaVersion(file) > SCHEMA_VERSION) {
      return err(appError('DATABASE_NEWER', `${path} was made by a newer version of this program`));
    }
    const check = file.prepare('pragma quick_check(1)').get()?.['quick_check'];
    if (check !== 'ok') return err(invalid(path, `it is damaged: ${String(check)}`));
    const label = backupLabelSchema.safeParse(
      JSON.parse(String(file.prepare('select text from backup_label').get()?.['text'])),
    );
    if (!label.success) return err(invalid(path, 'its label cannot be read'));
    const rows = file.prepare('select text from backup_tasks limit ?').all(BACKUP.tasks);
    return ok({ label: label.data, tasks: rows.map((row) => String(row['text'])) });
  } catch (error) {
    return err(invalid(path, failureText(error)));
  } finally {
    if (file?.isOpen) file.close();
  }
}

/**
 * Makes a copy of a backup the database of a machine. It then knows the cluster, its tasks and its history, and that
 * it cannot know which numbers it has given out: as after the loss of a database.
 * @param now epoch milliseconds.
 */
export function becomeDatabase(path: string, now: number): void {
  const database = new DatabaseSync(path);
  try {
    database.exec('begin');
    stripOwn(database);
    for (const part of PARTS) database.exec(`drop table ${part}`);
    database.prepare("insert into facts values ('grantsCompleteSince', ?)").run(String(now));
    database.exec('pragma application_id = 0; commit');
  } finally {
    database.close();
  }
}

function stripOwn(database: DatabaseSync): void {
  const marks = KEPT_META.map(() => '?').join(', ');
  database.prepare(`delete from meta where key not in (${marks})`).run(...KEPT_META);
  database.exec('delete from grants');
  // The copy holds the index of texts as well, as far as it has come.
  database.prepare('delete from facts where key <> ?').run(WORDS_INDEXED_TO);
}

function invalid(path: string, why: string) {
  return appError('BACKUP_INVALID', `${path} is no backup that can be used: ${why}`);
}
