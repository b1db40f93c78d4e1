/**
 * The backups of a machine, in the folder `backups` of its data folder, newest first. Making and reading one happens in
 * a worker thread, one after the other; a file appears under its name only when it is whole.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BACKUP } from '../../config/storage.ts';
import type { BackupLabel } from '../../domain/backup.ts';
import { appError } from '../../std/app-error.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { DATABASE_FILE } from '../sqlite/state-store.ts';
import { failureText } from '../sqlite/sqlite-errors.ts';
import type { BackupContent } from './backup-database.ts';
import type { BackupJob } from './backup-worker.ts';

/** A backup in the folder. */
export interface StoredBackup {
  /** Its file name. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Epoch milliseconds, by its name. */
  readonly madeAt: number;
}

/** A part of the file of a backup. */
export interface BackupPiece {
  readonly bytes: Uint8Array;
  /** Of the whole file. */
  readonly sizeBytes: number;
}

/** The module beside this one, with the same ending: `.ts` when run from source, `.js` when built. */
const WORKER_MODULE = new URL(
  import.meta.url.endsWith('.ts') ? './backup-worker.ts' : './backup-worker.js',
  import.meta.url,
);

const FOLDER = 'backups';
const ENDING = '.carillon-backup';
const NAME = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)\.(\d{3})Z\.carillon-backup$/;

export class BackupFolder {
  readonly path: string;
  readonly #dataFolder: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataFolder: string) {
    this.path = join(dataFolder, FOLDER);
    this.#dataFolder = dataFolder;
  }

  /** Makes one of what is stored now, and removes the oldest beyond the number that is kept. */
  make(label: BackupLabel, tasks: readonly string[]): Promise<Result<StoredBackup>> {
    return this.#inTurn(async () => {
      const name = `${new Date(label.madeAt).toISOString().replaceAll(':', '-')}${ENDING}`;
      const path = join(this.path, name);
      const unfinished = `${path}.unfinished`;
      try {
        await mkdir(this.path, { recursive: true, mode: 0o700 });
        await rm(unfinished, { force: true });
        const databasePath = join(this.#dataFolder, DATABASE_FILE);
        const written = await runJob<void>({
          kind: 'write',
          databasePath,
          target: unfinished,
          content: { label, tasks },
        });
        if (!written.ok) return written;
        await chmod(unfinished, 0o600);
        await rename(unfinished, path);
        await this.#removeOldest();
        return ok({ name, path, sizeBytes: (await stat(path)).size, madeAt: label.madeAt });
      } catch (error) {
        await rm(unfinished, { force: true });
        return err(appError('FOLDER_NOT_WRITABLE', `${this.path} cannot be written: ${failureText(error)}`));
      }
    });
  }

  /** Newest first. */
  async list(): Promise<readonly StoredBackup[]> {
    if (!existsSync(this.path)) return [];
    const found: StoredBackup[] = [];
    for (const name of await readdir(this.path)) {
      const madeAt = instantOf(name);
      if (madeAt === undefined) continue;
      const path = join(this.path, name);
      found.push({ name, path, sizeBytes: (await stat(path)).size, madeAt });
    }
    return found.sort((a, b) => b.madeAt - a.madeAt);
  }

  /** Label and definitions of one: BACKUP_NOT_FOUND, BACKUP_INVALID, DATABASE_NEWER. */
  read(name: string): Promise<Result<BackupContent>> {
    return this.#inTurn(async () => {
      const path = this.#pathOf(name);
      return path.ok ? runJob<BackupContent>({ kind: 'read', path: path.value }) : path;
    });
  }

  /** A part of the file of one: BACKUP_NOT_FOUND, STORAGE_FAILED. It waits for no other work, since a file never changes. */
  async readPiece(name: string, offset: number, limit: number): Promise<Result<BackupPiece>> {
    const path = this.#pathOf(name);
    if (!path.ok) return path;
    try {
      const file = await open(path.value, 'r');
      try {
        const { size } = await file.stat();
        const wanted = new Uint8Array(Math.min(limit, Math.max(0, size - offset)));
        const { bytesRead } = await file.read(wanted, 0, wanted.length, offset);
        return ok({ bytes: wanted.subarray(0, bytesRead), sizeBytes: size });
      } finally {
        await file.close();
      }
    } catch (error) {
      return err(appError('STORAGE_FAILED', `the backup ${name} cannot be read: ${failureText(error)}`));
    }
  }

  /** BACKUP_NOT_FOUND. */
  remove(name: string): Promise<Result<void>> {
    return this.#inTurn(async () => {
      const path = this.#pathOf(name);
      if (!path.ok) return path;
      await rm(path.value, { force: true });
      return ok(undefined);
    });
  }

  /** Only names that this class gives lead to a file. */
  #pathOf(name: string): Result<string> {
    const path = join(this.path, name);
    if (instantOf(name) !== undefined && existsSync(path)) return ok(path);
    return err(appError('BACKUP_NOT_FOUND', `there is no backup "${name.slice(0, 100)}" on this machine`));
  }

  async #removeOldest(): Promise<void> {
    for (const { path } of (await this.list()).slice(BACKUP.kept)) await rm(path, { force: true });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** Epoch milliseconds; undefined when it is not the name of a backup. */
function instantOf(name: string): number | undefined {
  const parts = NAME.exec(name);
  if (parts === null) return undefined;
  const [, day, hour, minute, second, millisecond] = parts;
  const instant = Date.parse(`${day}T${hour}:${minute}:${second}.${millisecond}Z`);
  return Number.isNaN(instant) ? undefined : instant;
}

function runJob<T>(job: BackupJob): Promise<Result<T>> {
  return new Promise((resolve) => {
    const worker = new Worker(WORKER_MODULE, { workerData: job });
    const failed = (why: string): void => resolve(err(appError('STORAGE_FAILED', `the backup failed: ${why}`)));
    worker.once('message', (outcome: Result<T>) => resolve(outcome));
    worker.once('error', (error) => failed(failureText(error)));
    // Comes after the message; without one it ended too early.
    worker.once('exit', () => failed('its thread ended'));
  });
}
