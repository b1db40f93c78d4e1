/**
 * Files with secrets, for programs that read them from a file: in a private folder in memory, one folder a run, removed
 * with it. Nothing of this touches a disk (the system may still swap memory out). Only Linux has such a place that
 * needs no rights: elsewhere there are no such files, and the run is refused rather than given a file on a disk.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { RunId } from '../../domain/ids.ts';
import { makePrivateFolder } from './launcher-paths.ts';

/** Kinds of file systems that are in memory alone: tmpfs and ramfs (statfs(2)). */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
const FOLDERS = ['/dev/shm', process.env['XDG_RUNTIME_DIR']];

export class SecretFiles {
  readonly #folder: string | undefined;

  /** Removes what an earlier launcher of the same folder has left. @param launcherFolder names the launcher. */
  constructor(launcherFolder: string) {
    const base = FOLDERS.find((folder) => folder !== undefined && isInMemory(folder));
    if (base === undefined) return;
    const hash = createHash('sha256').update(launcherFolder).digest('hex').slice(0, 24);
    this.#folder = join(base, `carillon-secrets-${userInfo().uid}-${hash}`);
    this.removeAll();
  }

  /** False where there is no place for them. */
  get available(): boolean {
    return this.#folder !== undefined;
  }

  /** Writes the files of a run (0600). @param values by variable. @returns by variable the path. Throws the file system's error. */
  write(runId: RunId, values: Readonly<Record<string, string>>): Record<string, string> {
    const own = this.#folderOf(runId);
    if (own === undefined || this.#folder === undefined) return {};
    makePrivateFolder(this.#folder);
    mkdirSync(own, { mode: 0o700 });
    const paths: Record<string, string> = {};
    for (const [variable, value] of Object.entries(values)) {
      paths[variable] = join(own, variable);
      writeFileSync(join(own, variable), value, { mode: 0o600, flag: 'wx' });
    }
    return paths;
  }

  /** The files of a run that has ended. */
  remove(runId: RunId): void {
    const own = this.#folderOf(runId);
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }

  removeAll(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  #folderOf(runId: RunId): string | undefined {
    return this.#folder === undefined ? undefined : join(this.#folder, runId);
  }
}

function isInMemory(folder: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return IN_MEMORY.has(statfsSync(folder).type);
  } catch {
    // Not there, or not for us.
    return false;
  }
}
