/**
 * A file that holds 32 secret bytes as one line of text, after a word that says which: a machine's identity, or the key
 * that secrets are sealed to. It is made on the first start, readable by its owner alone, and its bytes are never replaced
 * by others. A damaged or exposed one is refused. The bytes may be wrapped by a host that has a keyring; the line says so:
 *
 *   <word> <bytes>                            as they are
 *   <word> wrapped-by:keyring <wrapped bytes>  see `key-wrap.ts`
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
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { appError } from '../../std/app-error.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { type KeyWrap, unwrapBytes, wrapBytes } from './key-wrap.ts';

/** Which file, and what it begins with. */
export interface SeedFile {
  readonly name: string;
  readonly header: string;
  /** What a person does who finds it exposed. */
  readonly whenExposed: string;
}

export interface Seed {
  readonly seed: Uint8Array;
  /** True when it was made just now. */
  readonly created: boolean;
}

interface Read {
  readonly seed: Uint8Array;
  readonly isWrapped: boolean;
}

export const SEED_BYTES = 32;
const WRAPPED = 'wrapped-by:keyring ';
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const OTHERS_MASK = 0o077;
const MOST_BYTES = 1024;

/**
 * Reads the file in `dataFolder`, or makes it. KEY_UNREADABLE, FOLDER_NOT_WRITABLE or STORAGE_FULL when it cannot.
 * @param wrap of a host that has a keyring. What it asks to be moved and cannot be stays as it was.
 */
export function loadOrCreateSeed(dataFolder: string, file: SeedFile, wrap?: KeyWrap): Result<Seed> {
  const path = join(dataFolder, file.name);
  const existing = readSeed(path, file, wrap);
  if (!existing.ok) return existing;
  if (existing.value !== undefined) {
    const { seed, isWrapped } = existing.value;
    if (wrap !== undefined && wrap.use !== 'new' && isWrapped !== (wrap.use === 'all')) {
      replaceLine(dataFolder, path, lineOf(seed, file, wrap));
    }
    return ok({ seed, created: false });
  }
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  const made = writeLine(dataFolder, path, lineOf(seed, file, wrap));
  if (!made.ok) return made;
  if (made.value) return ok({ seed, created: true });
  // Another process was quicker: its key counts.
  const theirs = readSeed(path, file, wrap);
  if (!theirs.ok) return theirs;
  return theirs.value === undefined ? unreadable(path, 'it vanished') : ok({ seed: theirs.value.seed, created: false });
}

/** Whether the file in `dataFolder` is wrapped; undefined when there is none, or it cannot be read. */
export function isSeedWrapped(dataFolder: string, file: SeedFile): boolean | undefined {
  try {
    return readFileSync(join(dataFolder, file.name), 'utf8').startsWith(file.header + WRAPPED);
  } catch {
    // For whoever only wants to know: what is wrong with the file is told when it is used.
    return undefined;
  }
}

/** Undefined when there is no such file. */
function readSeed(path: string, file: SeedFile, wrap: KeyWrap | undefined): Result<Read | undefined> {
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
          advice: `If nobody else can have read it: chmod 600 "${path}". Otherwise ${file.whenExposed}`,
        }),
      );
    }
    if (size > MOST_BYTES) return unreadable(path, 'it is too large to be a key');
    return parseLine(readFileSync(descriptor, 'utf8').trimEnd(), path, file, wrap);
  } catch (error) {
    return unreadable(path, messageOf(error));
  } finally {
    closeSync(descriptor);
  }
}

function parseLine(text: string, path: string, { name, header }: SeedFile, wrap: KeyWrap | undefined): Result<Read> {
  if (!text.startsWith(header)) return unreadable(path, 'it is damaged');
  const rest = text.slice(header.length);
  if (!rest.startsWith(WRAPPED)) {
    const seed = Buffer.from(rest, 'base64url');
    const isWhole = seed.length === SEED_BYTES && rest === seed.toString('base64url');
    return isWhole ? ok({ seed: new Uint8Array(seed), isWrapped: false }) : unreadable(path, 'it is damaged');
  }
  if (wrap === undefined) {
    return err(
      appError('KEY_UNREADABLE', `The key ${path} is wrapped by the keyring that the desktop app uses.`, {
        advice:
          'Start the desktop app instead; or let it unwrap the keys (its menu: "Keep keys in the keyring"), and start again.',
      }),
    );
  }
  const seed = unwrapBytes(rest.slice(WRAPPED.length), wrap.key, name);
  if (seed?.length === SEED_BYTES) return ok({ seed, isWrapped: true });
  return unreadable(path, 'it is damaged, or was wrapped by another keyring');
}

function lineOf(seed: Uint8Array, { name, header }: SeedFile, wrap: KeyWrap | undefined): string {
  const isPlain = wrap === undefined || wrap.use === 'none';
  return `${header}${isPlain ? Buffer.from(seed).toString('base64url') : WRAPPED + wrapBytes(seed, wrap.key, name)}\n`;
}

/**
 * Writes the line under a name of its own, forces it to the disk, and links it to its place, which fails if a key is there:
 * so the file appears whole or not at all. False when somebody else was quicker.
 */
function writeLine(dataFolder: string, path: string, line: string): Result<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(dataFolder, { recursive: true, mode: FOLDER_MODE });
    writeDraft(draft, line);
    linkSync(draft, path);
    syncFolder(dataFolder);
    return ok(true);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return ok(false);
    if (codeOf(error) === 'ENOSPC') return err(appError('STORAGE_FULL', `No space is left to write the key ${path}.`));
    return err(appError('FOLDER_NOT_WRITABLE', `The key ${path} could not be written: ${messageOf(error)}.`));
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The same bytes in another form: whoever reads meanwhile, or after a power cut, finds the one form or the other. */
function replaceLine(dataFolder: string, path: string, line: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeDraft(draft, line);
    renameSync(draft, path);
    syncFolder(dataFolder);
  } catch {
    // The disk is full, say: the former form is as good a key, and `doctor` tells which form there is.
    rmSync(draft, { force: true });
  }
}

function writeDraft(draft: string, line: string): void {
  const descriptor = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE);
  try {
    writeSync(descriptor, line);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
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
