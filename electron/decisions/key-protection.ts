/**
 * Keys at rest, wrapped by the keyring of the system where it offers one. The main process alone can speak to the keyring,
 * so it keeps there the one key under which the core wraps its files (`keyring-key`, itself opened by the keyring alone), and
 * hands it to each core that it starts. By itself it wraps only what the app makes: keys that an agent made stay readable for
 * agents, which have no keyring. The menu moves them, both ways.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WRAP_KEY_BYTES } from '../../core/adapters/keys/key-wrap.ts';
import type { KeysForCore } from '../shared/core-messages.ts';

/** What is used of Electron's `safeStorage`. */
export interface Keyring {
  isEncryptionAvailable(): boolean;
  /** On Linux alone. */
  getSelectedStorageBackend(): string;
  encryptString(plain: string): Buffer;
  decryptString(encrypted: Buffer): string;
}

export interface KeyPlaces {
  /** Of the core: `key` lies there once there is one. */
  readonly dataFolder: string;
  /** Of the app. */
  readonly stateFolder: string;
}

const FILE_NAME = 'keyring-key';
const MACHINE_KEY_FILE = 'key';

/**
 * Why the keyring is of no use; undefined where it is. Ask once the app is ready. On Linux Electron "encrypts" with a password
 * that everybody knows where there is no keyring, which is none.
 */
export function whyNoKeyring(keyring: Keyring, platform: string): string | undefined {
  if (!keyring.isEncryptionAvailable()) return 'this system offers no keyring';
  const backend = platform === 'linux' ? keyring.getSelectedStorageBackend() : '';
  return backend === 'basic_text' || backend === 'unknown' ? 'this system offers no keyring' : undefined;
}

/** @param wanted what a person chose; undefined: only what is made from now on is wrapped. */
export function keysForCore(
  keyring: Keyring,
  platform: string,
  places: KeyPlaces,
  wanted: boolean | undefined,
): KeysForCore {
  const use = wanted === undefined ? 'new' : wanted ? 'all' : 'none';
  const why = whyNoKeyring(keyring, platform);
  if (why !== undefined) return { use, reason: why };
  const path = join(places.stateFolder, FILE_NAME);
  try {
    if (existsSync(path)) return { use, key: openKey(keyring, path), reason: reasonOf(wanted) };
    // Keyrings may ask their person: not before there is something to wrap.
    const isNeeded = wanted ?? !existsSync(join(places.dataFolder, MACHINE_KEY_FILE));
    return isNeeded
      ? { use, key: makeKey(keyring, path), reason: reasonOf(wanted) }
      : { use, reason: reasonOf(wanted) };
  } catch (fault) {
    // Locked, refused by its person, or another user's. What is wrapped stays closed, and nothing is replaced.
    return { use, reason: `the keyring could not be used (${fault instanceof Error ? fault.message : String(fault)})` };
  }
}

function reasonOf(wanted: boolean | undefined): string {
  return wanted === undefined
    ? 'keys that the desktop app makes are wrapped'
    : 'as chosen in the menu of the desktop app';
}

function openKey(keyring: Keyring, path: string): Uint8Array {
  const key = Buffer.from(keyring.decryptString(readFileSync(path)), 'base64');
  if (key.length !== WRAP_KEY_BYTES) throw new Error(`${path} is damaged`);
  return new Uint8Array(key);
}

/** It is on the disk before anything is wrapped by it. */
function makeKey(keyring: Keyring, path: string): Uint8Array {
  const key = randomBytes(WRAP_KEY_BYTES);
  const draft = `${path}.tmp`;
  writeFileSync(draft, keyring.encryptString(key.toString('base64')), { mode: 0o600, flush: true });
  renameSync(draft, path);
  return openKey(keyring, path);
}
