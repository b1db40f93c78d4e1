/**
 * What a failure of SQLite means. Only the primary result code (low byte) matters; the numbers are those of
 * https://www.sqlite.org/rescode.html.
 */
import { AppErrorException, appError } from '../../std/app-error.ts';

export type SqliteFailure =
  /** The disk, or the quota, is full. */
  | 'full'
  /** The disk did not read or write. */
  | 'io'
  /** The file is not, or no longer, a sound database. */
  | 'damaged'
  /** It cannot be opened. */
  | 'unopenable'
  | 'other';

const FAILURES = new Map<number, SqliteFailure>([
  [13, 'full'],
  [10, 'io'],
  [8, 'io'], // read-only: the file system was remounted
  [11, 'damaged'],
  [26, 'damaged'],
  [14, 'unopenable'],
]);

/** A stored row that cannot be read back: the file was changed by something else than this program. */
export class DamagedRowError extends Error {
  override readonly name = 'DamagedRowError';
}

/** Sorts an error; undefined when it does not come from the database at all. */
export function sqliteFailureOf(error: unknown): SqliteFailure | undefined {
  if (error instanceof DamagedRowError) return 'damaged';
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return undefined;
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : -1;
  return FAILURES.get(code) ?? 'other';
}

/** Reads; trouble with the disk is told first, then thrown as `AppErrorException` STORAGE_FAILED. */
export function readOrRefuse<T>(read: () => T, onTrouble: (failure: SqliteFailure, message: string) => void): T {
  try {
    return read();
  } catch (error) {
    const failure = sqliteFailureOf(error);
    if (failure === undefined) throw error;
    const message = failureText(error);
    onTrouble(failure, message);
    throw new AppErrorException(appError('STORAGE_FAILED', `The database cannot be read: ${message}.`));
  }
}

/** What went wrong, in words, for logs and messages. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
