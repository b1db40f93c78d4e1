/** The file that holds a machine's identity: the seed of its Ed25519 key. A machine with another key is another machine. */
import type { Signer } from '../../ports/signer.ts';
import { ok, type Result } from '../../std/result.ts';
import { createSigner } from './ed25519.ts';
import type { KeyWrap } from './key-wrap.ts';
import { isSeedWrapped, loadOrCreateSeed } from './seed-file.ts';

export interface MachineKey {
  readonly seed: Uint8Array;
  readonly signer: Signer;
  /** True when the key was made just now. */
  readonly created: boolean;
}

export const KEY_FILE = 'key';
const FILE = {
  name: KEY_FILE,
  header: 'carillon-key-1 ',
  whenExposed: 'remove this machine from its cluster, move the key away, and join anew.',
};

/** Reads the key of `dataFolder`, or makes one. KEY_UNREADABLE, FOLDER_NOT_WRITABLE or STORAGE_FULL when it cannot. */
export function loadOrCreateKey(dataFolder: string, wrap?: KeyWrap): Result<MachineKey> {
  const loaded = loadOrCreateSeed(dataFolder, FILE, wrap);
  if (!loaded.ok) return loaded;
  const { seed, created } = loaded.value;
  return ok({ seed, signer: createSigner(seed), created });
}

/** Whether the key is wrapped by a keyring; undefined when there is none that can be read. */
export function isKeyWrapped(dataFolder: string): boolean | undefined {
  return isSeedWrapped(dataFolder, FILE);
}
