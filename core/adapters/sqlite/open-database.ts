/**
 * Opens the database file, whatever state it is in. A sound one is migrated and used. A damaged one is set aside under
 * a name that tells when, never deleted; a fresh one takes its place, with what little can still be read for certain.
 *
 * Damage is looked for when the last life did not end well (its write-ahead log is still there, or it left a mark),
 * and noticed whenever something cannot be read back. Full disks are retried once without the reserve.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { STORAGE } from '../../config/storage.ts';
import type { Logger } from '../../ports/logger.ts';
import { appError } from '../../std/app-error.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrations/all-migrations.ts';
import { type Salvage, NOTHING_SALVAGED, salvage } from './salvage.ts';
import { DamagedRowError, failureText, sqliteFailureOf } from './sqlite-errors.ts';

/** What became of a database that could not be used any more. */
export interface Recovery extends Salvage {
  readonly reason: string;
  /** Where the damaged file was moved; undefined when there was no file. */
  readonly damagedPath: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface OpenOptions<T> {
  readonly path: string;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The folder was in use before, so that a missing file is a loss. */
  readonly expected: boolean;
  /** Makes room on a full disk; false when there is none to make. */
  readonly makeRoom: () => boolean;
  /** Reads what is needed first: what it cannot read counts as damage. */
  readonly use: (database: DatabaseSync, recovery: Recovery | undefined) => T;
}

export interface OpenedDatabase<T> {
  readonly value: T;
  readonly recovered: Recovery | undefined;
}

/** Version numbers beyond this were never written by any program: a flipped bit, not a newer version. */
const CREDIBLE_VERSIONS = 10_000;
const DECIDING_TABLES = [
  'facts',
  'meta',
  'names',
  'grants',
  'changes',
  'snapshots',
  'log_floors',
  'accounted',
  'tokens',
];

/** Fails with DATABASE_NEWER, STORAGE_FULL, STORAGE_FAILED, or DATABASE_CORRUPT when even a fresh file is damaged. */
export function openDatabase<T>(options: OpenOptions<T>): Result<OpenedDatabase<T>> {
  let recovered: Recovery | undefined;
  if (options.expected && !existsSync(options.path)) recovered = recoveryOf(options, 'the file is missing');
  for (let roomMade = false; ;) {
    let database: DatabaseSync | undefined;
    try {
      database = connect(options);
      if (schemaVersion(database) > SCHEMA_VERSION) {
        database.close();
        return err(appError('DATABASE_NEWER', `${options.path} was written by a newer version of this program.`));
      }
      prepare(database, options.path);
      rmSync(suspectMark(options.path), { force: true });
      return ok({ value: options.use(database, recovered), recovered });
    } catch (error) {
      if (database?.isOpen) database.close();
      const failure = sqliteFailureOf(error);
      if (failure === undefined && !isFileError(error)) throw error;
      if (failure === 'damaged' && recovered?.damagedPath === undefined) {
        const moved = setAside(options, failureText(error));
        if (!moved.ok) return moved;
        recovered = moved.value;
      } else if ((failure === 'full' || failure === 'io') && !roomMade && options.makeRoom()) {
        roomMade = true;
      } else {
        return err(refusalOf(failure, options.path, failureText(error)));
      }
    }
  }
}

/** Has the file checked in full when it is opened next. */
export function markSuspect(path: string, reason: string): void {
  writeFileSync(suspectMark(path), reason, { mode: 0o600 });
}

function connect(options: OpenOptions<unknown>): DatabaseSync {
  const { path } = options;
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
  else if (statSync(path).size === 0) throw new DamagedRowError('the file is empty');
  const unclean = existsSync(suspectMark(path)) || sizeOf(`${path}-wal`) > 0;
  const database = new DatabaseSync(path, { timeout: 2000 });
  try {
    if (schemaVersion(database) > CREDIBLE_VERSIONS) throw new DamagedRowError('the version in the file is impossible');
    if (unclean) checkSound(database, sizeOf(path), options.logger);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: DatabaseSync, path: string): void {
  // WAL with FULL: a commit is on the disk when it returns, and readers never wait for the writer. What is removed is also
  // overwritten, where its page is written anyway: the root key is forgotten when it is to be.
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma journal_size_limit = 8388608;
    pragma cache_size = -16384;
    pragma temp_store = memory;
    pragma secure_delete = fast;
  `);
  const mode = database.prepare('pragma journal_mode').get()?.['journal_mode'];
  if (mode !== 'wal') throw new DamagedRowError(`${path} cannot use a write-ahead log`);
  migrate(database);
}

function checkSound(database: DatabaseSync, sizeBytes: number, logger: Logger): void {
  logger.log('info', 'the database was not closed; it is checked', { sizeBytes });
  if (schemaVersion(database) === 0) return;
  const scopes = sizeBytes <= STORAGE.fullCheckBytes ? ['1'] : DECIDING_TABLES.map((table) => `'${table}'`);
  for (const scope of scopes) {
    for (const row of database.prepare(`pragma quick_check(${scope})`).all()) {
      if (row['quick_check'] !== 'ok') throw new DamagedRowError(`check failed: ${String(row['quick_check'])}`);
    }
  }
}

function setAside(options: OpenOptions<unknown>, reason: string): Result<Recovery> {
  const { path, logger } = options;
  const at = options.now();
  const stamp = new Date(at).toISOString().replaceAll(':', '-');
  let target = `${path}.damaged-${stamp}`;
  for (let count = 2; existsSync(target); count += 1) target = `${path}.damaged-${stamp}-${count}`;
  try {
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${target}${suffix}`);
    }
  } catch (error) {
    return err(appError('STORAGE_FAILED', `The damaged ${path} cannot be moved aside: ${failureText(error)}.`));
  }
  const recovery = { reason, damagedPath: target, at, ...salvage(target, logger) };
  logger.log('error', 'the database is damaged; it was kept aside and a fresh one is made', {
    reason,
    damagedPath: target,
    salvagedValues: recovery.meta.size,
  });
  return ok(recovery);
}

function recoveryOf(options: OpenOptions<unknown>, reason: string): Recovery {
  options.logger.log('error', 'the database is missing; a fresh one is made', { path: options.path });
  return { reason, damagedPath: undefined, at: options.now(), ...NOTHING_SALVAGED };
}

function refusalOf(
  failure: ReturnType<typeof sqliteFailureOf>,
  path: string,
  text: string,
): ReturnType<typeof appError> {
  if (failure === 'full') return appError('STORAGE_FULL', `The disk is full, and ${path} cannot be opened.`);
  if (failure === 'damaged')
    return appError('DATABASE_CORRUPT', `${path} is damaged again right after it was made: ${text}.`);
  return appError('STORAGE_FAILED', `${path} cannot be opened: ${text}.`);
}

function suspectMark(path: string): string {
  return `${path}.suspect`;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
