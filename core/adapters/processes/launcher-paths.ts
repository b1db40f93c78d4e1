/**
 * Where a data folder's launcher keeps its lock, socket, log and pipes. The socket's path must fit the operating
 * system's limit (108 bytes on Linux, 104 on macOS), so a deep data folder gets a socket in a private folder of the
 * system's temporary folder, named by a hash of the data folder.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

const SOCKET_PATH_BYTES = 100;

export interface LauncherPaths {
  readonly folder: string;
  readonly lock: string;
  /** Unix domain socket, or the name of a Windows pipe. */
  readonly socket: string;
  readonly log: string;
  readonly pipes: string;
  /** Node's cache of the launcher's compiled code. */
  readonly compiled: string;
}

/** Names the paths, and makes the private folders they are in (0700). The data folder is made where it is missing. */
export function prepareLauncherPaths(dataFolder: string): LauncherPaths {
  const wanted = join(dataFolder, 'launcher');
  mkdirSync(wanted, { recursive: true, mode: 0o700 });
  const folder = realpathSync(wanted);
  return {
    folder,
    lock: join(folder, 'launcher.lock'),
    socket: socketPath(folder),
    log: join(folder, 'launcher.log'),
    pipes: join(folder, 'pipes'),
    compiled: join(folder, 'compiled'),
  };
}

/** Removes the folder that was made for the socket alone, once the socket is gone. */
export function removeSocketFolder(paths: LauncherPaths): void {
  if (process.platform === 'win32' || dirname(paths.socket) === paths.folder) return;
  rmSync(dirname(paths.socket), { recursive: true, force: true });
}

function socketPath(folder: string): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\carillon-${hash}`;
  const near = join(folder, 'launcher.sock');
  if (Buffer.byteLength(near) <= SOCKET_PATH_BYTES) {
    chmodSync(folder, 0o700);
    return near;
  }
  const far = join(tmpdir(), `carillon-${userInfo().uid}-${hash}`, 's');
  makePrivateFolder(dirname(far));
  return far;
}

/** The temporary folder is everybody's: a folder that was made there by somebody else is refused. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  const mine = stat.isDirectory() && stat.uid === userInfo().uid && (stat.mode & 0o077) === 0;
  if (!mine) throw new Error(`${folder} is not a private folder of this user`);
}
