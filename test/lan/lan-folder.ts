/**
 * Where the agents of a LAN keep their data: in memory, when there is room. Machines of a LAN have a disk each; here all of
 * them would wait for one, and a machine that waits for the disk for seconds is given up. The folder's name holds the
 * process, so that what a run left behind that was ended in the midst is removed by the next one.
 */
import { existsSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = 'carillon-lan';
const MEMORY = '/dev/shm';
const ROOM_BYTES = 2 * 1024 * 1024 * 1024;

/** The path of a new bed's folder up to a random part. Removes the folders of runs whose process is gone. */
export function bedFolderPrefix(): string {
  const parents = [MEMORY, tmpdir()].filter((parent) => existsSync(parent));
  for (const parent of parents) removeAbandoned(parent);
  return join(parents.find(hasRoom) ?? tmpdir(), `${NAME}-${process.pid}-`);
}

function hasRoom(parent: string): boolean {
  const { bavail, bsize } = statfsSync(parent);
  return bavail * bsize >= ROOM_BYTES;
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = new RegExp(`^${NAME}-(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
}
