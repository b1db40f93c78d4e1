/**
 * Files with secrets, for programs that read them from a file: in a private folder in memory, one folder a run, removed
 * with it. Nothing of this touches a disk (the system may still swap memory out). Only Linux has such a place that
 * needs no rights: elsewhere there are no such files, and the run is refused rather than given a file on a disk.
 *
 *   <memory>/carillon-secrets-<uid>-<launcher>/<run>/<variable>         0700, 0700, 0600: the launcher's user
 *   <memory>/carillon-secrets-<uid>-<launcher>-others/<run>/<variable>  0711, 0500, 0400: the user of the run
 *
 * The folders of others can be passed through and not be listed; the names of runs in it open nothing to anybody else.
 */
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { RunId } from '../../domain/ids.ts';
import { makePrivateFolder } from './launcher-paths.ts';

/** Kinds of file systems that are in memory alone: tmpfs and ramfs (statfs(2)). */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
const FOLDERS = ['/dev/shm', process.env['XDG_RUNTIME_DIR']];

/** Who is to read the files. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

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

  /**
   * Writes the files of a run, for one user alone to read. Throws the file system's error.
   * @param values by variable
   * @param owner who is to read them, which needs root; the launcher's own user when absent
   * @returns by variable the path
   */
  write(runId: RunId, values: Readonly<Record<string, string>>, owner?: FileOwner): Record<string, string> {
    if (this.#folder === undefined) return {};
    const top = owner === undefined ? this.#folder : othersOf(this.#folder);
    if (owner === undefined) makePrivateFolder(top);
    else makePassage(top);
    const own = join(top, runId);
    mkdirSync(own, { mode: 0o700 });
    const paths: Record<string, string> = {};
    for (const [variable, value] of Object.entries(values)) {
      const path = join(own, variable);
      paths[variable] = path;
      writeFileSync(path, value, { mode: 0o600, flag: 'wx' });
      if (owner !== undefined) giveAway(path, owner, 0o400);
    }
    // Last: up to here nobody else can enter it.
    if (owner !== undefined) giveAway(own, owner, 0o500);
    return paths;
  }

  /** The files of a run that has ended. */
  remove(runId: RunId): void {
    if (this.#folder === undefined) return;
    for (const top of [this.#folder, othersOf(this.#folder)]) {
      rmSync(join(top, runId), { recursive: true, force: true });
    }
  }

  removeAll(): void {
    if (this.#folder === undefined) return;
    for (const top of [this.#folder, othersOf(this.#folder)]) rmSync(top, { recursive: true, force: true });
  }
}

function othersOf(folder: string): string {
  return `${folder}-others`;
}

/** A folder of this user that others can pass through. The place is everybody's: one made by somebody else is refused. */
function makePassage(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const stat = lstatSync(folder);
  const mine = stat.isDirectory() && stat.uid === userInfo().uid && (stat.mode & 0o022) === 0;
  if (!mine) throw new Error(`${folder} is not a folder of this user alone`);
  // What the umask took away.
  chmodSync(folder, 0o711);
}

function giveAway(path: string, { uid, gid }: FileOwner, mode: number): void {
  chmodSync(path, mode);
  chownSync(path, uid, gid);
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
