/**
 * A disk of a few megabytes, to be filled: a file system in memory, where this user may mount one. It carries the process
 * that mounted it, so that what a run left behind that was ended in the midst is removed by the next one.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  /** Where it is mounted. */
  readonly path: string;
  /** Also while files of it are open; once is enough. */
  remove(): void;
}

const SOURCE = 'carillon-disk';
const TRIAL_BYTES = 64 * 1024;

let impossible: string | undefined;
let tried = false;

/** Why no disk can be mounted here; undefined when one can. */
export function whyNoSmallDisk(): string | undefined {
  if (!tried) impossible = whyImpossible();
  tried = true;
  return impossible;
}

/** Mounts a disk at a folder, which is made. Throws where `whyNoSmallDisk` says why. */
export function mountSmallDisk(path: string, sizeBytes: number): SmallDisk {
  removeAbandoned();
  mkdirSync(path, { recursive: true });
  const source = `${SOURCE}-${process.pid}`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, source, path], { stdio: 'pipe' });
  let isMounted = true;
  const remove = (): void => {
    if (!isMounted) return;
    isMounted = false;
    unmount(path);
  };
  return { path, remove };
}

function whyImpossible(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux can mount it';
  const folder = mkdtempSync(join(tmpdir(), 'carillon-disk-'));
  try {
    mountSmallDisk(folder, TRIAL_BYTES).remove();
    return undefined;
  } catch (fault) {
    return String(fault).split('\n')[0];
  } finally {
    rmdirSync(folder);
  }
}

/** Unmounts those of processes that are gone. */
function removeAbandoned(): void {
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [source = '', path = ''] = line.split(' ', 2);
    const owner = new RegExp(`^${SOURCE}-(\\d+)$`).exec(source)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) unmount(path);
  }
}

function unmount(path: string): void {
  execFileSync('umount', ['--lazy', path], { stdio: 'pipe' });
}
