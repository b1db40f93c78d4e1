/**
 * `console.json` in the data folder: how programs of the same user find the agent. Readable by that user only, and
 * written under another name first, so that nobody ever reads half of it.
 */
import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../core/ports/logger.ts';
import { appError } from '../../core/std/app-error.ts';
import { type Result, err, ok } from '../../core/std/result.ts';

export interface ConsoleFile {
  readonly port: number;
  readonly token: string;
  readonly pid: number;
}

export const CONSOLE_FILE_NAME = 'console.json';

const TOKEN_FILE_NAME = 'console.token';
const TOKEN_PATTERN = /^[\w-]{43}$/;

/**
 * The token of this data folder: 32 random bytes, base64url. It stays the same from start to start, so that programs
 * find the agent again after a restart. Where others could have read the file, it is closed to them, and that is logged.
 */
export async function loadOrMakeToken(dataFolder: string, logger: Logger): Promise<string> {
  const path = join(dataFolder, TOKEN_FILE_NAME);
  const known = await readFile(path, 'utf8').catch(() => '');
  if (!TOKEN_PATTERN.test(known)) return renewToken(dataFolder);
  if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
    await chmod(path, 0o600);
    const advice = 'If others use this machine: carillon console renew-token';
    logger.log('warn', 'the token file could be read by other users; it is closed to them now', { path, advice });
  }
  return known;
}

/** Makes a new token; the old one opens nothing any more. */
export async function renewToken(dataFolder: string): Promise<string> {
  const path = join(dataFolder, TOKEN_FILE_NAME);
  const token = randomBytes(32).toString('base64url');
  await rm(path, { force: true });
  // A token that cannot be kept (disk full) is good until the agent ends.
  await writeFile(path, token, { mode: 0o600, flag: 'wx', flush: true }).catch(() => undefined);
  return token;
}

/** FOLDER_NOT_WRITABLE or STORAGE_FULL when it cannot be written. */
export async function writeConsoleFile(dataFolder: string, content: ConsoleFile): Promise<Result<void>> {
  const path = join(dataFolder, CONSOLE_FILE_NAME);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600, flush: true });
    await rename(temporary, path);
    return ok(undefined);
  } catch (fault) {
    await rm(temporary, { force: true });
    const { code, message } = fault as NodeJS.ErrnoException;
    return err(
      appError(code === 'ENOSPC' ? 'STORAGE_FULL' : 'FOLDER_NOT_WRITABLE', `cannot write ${path}: ${message}`),
    );
  }
}

/** Removes the file, unless another agent has written it since. */
export async function removeConsoleFile(dataFolder: string, token: string): Promise<void> {
  const path = join(dataFolder, CONSOLE_FILE_NAME);
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text.includes(token)) await rm(path, { force: true });
}
