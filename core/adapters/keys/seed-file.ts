/**
 * A file that holds 32 secret bytes as one line of text, after a word that says which: a machine's identity, or the key
 * that secrets are sealed to. It is made on the first start, never overwritten, and readable by its owner alone. A damaged
 * or exposed one is refused, not replaced.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { appError } from '../../std/app-error.ts';
import { err, ok, type Result } from '../../std/result.ts';

/** Which file, and what it begins with. */
export interface SeedFile {
  readonly name: string;
  readonly header: string;
  /** What a person does who finds it exposed. */
  readonly whenExposed: string;
}

export const SEED_BYTES = 32;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const OTHERS_MASK = 0o077;

/** Reads the file in `dataFolder`, or makes it. KEY_UNREADABLE, FOLDER_NOT_WRITABLE or STORAGE_FULL when it cannot. */
export function loadOrCreateSeed(
  dataFolder: string,
  file: SeedFile,
): Result<{ readonly seed: Uint8Array; readonly created: boolean }> {
  const path = join(dataFolder, file.name);
  const existing = readSeed(path, file);
  if (!existing.ok) return existing;
  if (existing.value !== undefined) return ok({ seed: existing.value, created: false });
  const made = writeSeed(dataFolder, path, file);
  if (!made.ok) return made;
  if (made.value !== undefined) return ok({ seed: made.value, created: true });
  // Another process was quicker: its key counts.
  const theirs = readSeed(path, file);
  if (!theirs.ok) return theirs;
  return theirs.value === undefined ? unreadable(path, 'it vanished') : ok({ seed: theirs.value, created: false });
}

/** Undefined when there is no such file. */
function readSeed(path: string, { header, whenExposed }: SeedFile): Result<Uint8Array | undefined> {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ok(undefined);
    return unreadable(path, messageOf(error));
  }
  try {
    const { mode, size } = fstatSync(descriptor);
    if (process.platform !== 'win32' && (mode & OTHERS_MASK) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0');
      return err(
        appError('KEY_UNREADABLE', `The key ${path} can be read by other users (mode ${found}).`, {
          advice: `If nobody else can have read it: chmod 600 "${path}". Otherwise ${whenExposed}`,
        }),
      );
    }
    if (size > 1024) return unreadable(path, 'it is too large to be a key');
    const text = readFileSync(descriptor, 'utf8').trimEnd();
    const seed = text.startsWith(header) ? Buffer.from(text.slice(header.length), 'base64url') : Buffer.alloc(0);
    const whole = seed.length === SEED_BYTES && text === header + seed.toString('base64url');
    return whole ? ok(new Uint8Array(seed)) : unreadable(path, 'it is damaged');
  } catch (error) {
    return unreadable(path, messageOf(error));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Makes a key under a name of its own, forces it to the disk, and links it to its place, which fails if a key is there: so
 * the file appears whole or not at all. Undefined when somebody else was quicker.
 */
function writeSeed(dataFolder: string, path: string, { header }: SeedFile): Result<Uint8Array | undefined> {
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(dataFolder, { recursive: true, mode: FOLDER_MODE });
    const descriptor = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE);
    try {
      writeSync(descriptor, `${header}${Buffer.from(seed).toString('base64url')}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(draft, path);
    syncFolder(dataFolder);
    return ok(seed);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return ok(undefined);
    if (codeOf(error) === 'ENOSPC') return err(appError('STORAGE_FULL', `No space is left to write the key ${path}.`));
    return err(appError('FOLDER_NOT_WRITABLE', `The key ${path} could not be written: ${messageOf(error)}.`));
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Makes the new name itself durable; Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(path: string, reason: string): Result<never> {
  return err(appError('KEY_UNREADABLE', `The key ${path} cannot be used: ${reason}.`));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
