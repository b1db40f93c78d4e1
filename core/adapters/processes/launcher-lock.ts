/**
 * One launcher a data folder, whatever dies how: an exclusive lock of an (empty) SQLite file, which the operating system
 * takes back when its process ends, on every platform. A file with a process id in it could not be taken over without
 * a race.
 */
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/** Takes the lock for as long as this process lives; false when another process has it. */
export function takeLauncherLock(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    held = database;
    return true;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

/** Keeps the connection, and with it the lock, from being collected. */
export let held: DatabaseSync | undefined;
