/**
 * The folder that holds all that one agent keeps, and the lock that makes it one agent's.
 *
 * The lock is an exclusive transaction on a small SQLite file that stays open: the operating system holds it (fcntl on
 * POSIX, LockFileEx on Windows) and drops it when the process ends, however it ends. So there is no stale lock to
 * judge, no race between two that judge it, and no process id that was given out again. Nothing else may open that
 * file: on POSIX, closing any descriptor of it would drop the lock. Who holds it is told by a second file, for people.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { STORAGE } from '../config/storage.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';
import { failureText } from './sqlite/sqlite-errors.ts';

export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** Other users of this machine may enter the folder; the files with secrets are closed to them all the same. */
  readonly openToOthers: boolean;
  /** Lets another agent have it. */
  release(): void;
}

/** Who uses a data folder, as its agent wrote it down. */
export interface FolderHolder {
  readonly pid: number;
  /** Start of the process in the kernel's own unit, where it is known; tells it from a later process of that number. */
  readonly processStart?: string;
}

const LOCK_FILE = 'lock';
const HOLDER_FILE = 'agent.pid';
const SQLITE_BUSY = 5;

/**
 * Makes the folder if need be (mode 0700), checks that it can be written, and takes it for this process.
 * Fails with FOLDER_NOT_WRITABLE, or AGENT_ALREADY_RUNNING naming the process.
 */
export function prepareDataFolder(path: string): Result<DataFolder> {
  const folder = resolve(path);
  const openToOthers = makeFolder(folder);
  if (!openToOthers.ok) return openToOthers;
  const lock = takeLock(folder);
  if (!lock.ok) return lock;
  const holderFile = join(folder, HOLDER_FILE);
  try {
    writeFileSync(holderFile, JSON.stringify(holderOf(process.pid)), { mode: 0o600 });
  } catch (error) {
    // On a full disk the agent still has to start, to close its runs; the file only serves messages.
    if (!isFull(error)) {
      lock.value.close();
      return err(notWritable(folder, error));
    }
  }
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    rmSync(holderFile, { force: true });
    lock.value.close();
  };
  return ok({ path: folder, openToOthers: openToOthers.value, release });
}

/** The agent that uses the folder, if one lives and wrote itself down. */
export function findHolder(path: string): FolderHolder | undefined {
  let holder: unknown;
  try {
    const text = readFileSync(join(path, HOLDER_FILE), 'utf8');
    holder = text.length > STORAGE.lockMessageBytes ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof holder !== 'object' || holder === null || !('pid' in holder)) return undefined;
  const { pid } = holder;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  const written = 'processStart' in holder ? holder.processStart : undefined;
  const now = holderOf(pid);
  return typeof written === 'string' && written !== now.processStart ? undefined : now;
}

function makeFolder(folder: string): Result<boolean> {
  try {
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) chmodSync(folder, 0o700);
    const { mode } = statSync(folder);
    const probe = join(folder, `.writable-${process.pid}`);
    try {
      writeFileSync(probe, '', { mode: 0o600 });
      rmSync(probe, { force: true });
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    return ok(process.platform !== 'win32' && (mode & 0o077) !== 0);
  } catch (error) {
    return err(notWritable(folder, error));
  }
}

function takeLock(folder: string): Result<DatabaseSync> {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0 });
    lock.exec('pragma journal_mode = memory');
    lock.exec('begin exclusive');
    return ok(lock);
  } catch (error) {
    if (lock?.isOpen) lock.close();
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
    if (code !== SQLITE_BUSY) return err(notWritable(folder, error));
    const holder = findHolder(folder);
    const who = holder === undefined ? 'Another process' : `Process ${holder.pid}`;
    return err(appError('AGENT_ALREADY_RUNNING', `${who} uses the data folder ${folder}.`));
  }
}

function notWritable(folder: string, error: unknown): ReturnType<typeof appError> {
  return appError('FOLDER_NOT_WRITABLE', `The data folder ${folder} cannot be used: ${failureText(error)}.`);
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function holderOf(pid: number): FolderHolder {
  const processStart = processStartOf(pid);
  return { pid, ...(processStart === undefined ? {} : { processStart }) };
}

/** Field 22 of /proc/PID/stat (proc(5)), counted behind the name, which may hold spaces and brackets. */
function processStartOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
