/**
 * The file that holds a machine's identity: its 32-byte seed as one line of text. It is made on the first start, never
 * overwritten, and readable by its owner alone. A damaged or exposed key is refused, not replaced: a machine with another
 * key is another machine.
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
import type { Signer } from '../../ports/signer.ts';
import { appError } from '../../std/app-error.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { createSigner, SEED_BYTES } from './ed25519.ts';

export interface MachineKey {
  readonly seed: Uint8Array;
  readonly signer: Signer;
  /** True when the key was made just now. */
  readonly created: boolean;
}

export const KEY_FILE = 'key';
const HEADER = 'carillon-key-1 ';
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const OTHERS_MASK = 0o077;

/** Reads the key of `dataFolder`, or makes one. KEY_UNREADABLE, FOLDER_NOT_WRITABLE or STORAGE_FULL when it cannot. */
export function loadOrCreateKey(dataFolder: string): Result<MachineKey> {
  const path = join(dataFolder, KEY_FILE);
  const existing = readSeed(path);
  if (!existing.ok) return existing;
  if (existing.value !== undefined) return ok(machineKey(existing.value, false));
  const made = writeSeed(dataFolder, path);
  if (!made.ok) return made;
  if (made.value !== undefined) return ok(machineKey(made.value, true));
  // Another process was quicker: its key counts.
  const theirs = readSeed(path);
  if (!theirs.ok) return theirs;
  return theirs.value === undefined ? unreadable(path, 'it vanished') : ok(machineKey(theirs.value, false));
}

function machineKey(seed: Uint8Array, created: boolean): MachineKey {
  return { seed, signer: createSigner(seed), created };
}

/** Undefined when there is no such file. */
function readSeed(path: string): Result<Uint8Array | undefined> {
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
          advice: `If nobody else can have read it: chmod 600 "${path}". Otherwise remove this machine from its cluster, move the key away, and join anew.`,
        }),
      );
    }
    if (size > 1024) return unreadable(path, 'it is too large to be a key');
    const text = readFileSync(descriptor, 'utf8').trimEnd();
    const seed = text.startsWith(HEADER) ? Buffer.from(text.slice(HEADER.length), 'base64url') : Buffer.alloc(0);
    const whole = seed.length === SEED_BYTES && text === HEADER + seed.toString('base64url');
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
function writeSeed(dataFolder: string, path: string): Result<Uint8Array | undefined> {
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(dataFolder, { recursive: true, mode: FOLDER_MODE });
    const descriptor = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE);
    try {
      writeSync(descriptor, `${HEADER}${Buffer.from(seed).toString('base64url')}\n`);
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
