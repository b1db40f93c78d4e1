/**
 * The launcher: a small process of its own that starts the tasks' processes and outlives the agent. It is small because
 * starting a process costs time in proportion to the starter's memory, and apart because a task must not end when the
 * agent is updated or killed. Only node: built-ins and neighbours of this file are loaded.
 *
 * Started by the agent as `node launcher.ts <data folder>`; ends itself when it has neither agent nor run. With a second
 * argument `prepare` it only fills the cache of compiled code: a launcher that has to load the TypeScript compiler stays
 * 20 MB larger for its whole life, which makes every start of a process a third slower.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PROCESSES } from '../../config/processes.ts';
import { takeLauncherLock } from './launcher-lock.ts';
import { prepareLauncherPaths, removeSocketFolder } from './launcher-paths.ts';
import { LauncherServer } from './launcher-server.ts';
import { PipePool } from './pipe-pool.ts';
import { SecretFiles } from './secret-files.ts';

const LOCK_RETRY_MS = 20;

async function main(dataFolder: string): Promise<void> {
  const paths = prepareLauncherPaths(dataFolder);
  if (!(await waitForLock(paths.lock))) return;
  const pipes = new PipePool(paths.pipes);
  const server = createServer();
  const secretFiles = new SecretFiles(paths.folder);
  const launcher = new LauncherServer(dataFolder, pipes, secretFiles, () => {
    // Closing takes the socket's name away at once.
    server.close();
    secretFiles.removeAll();
    removeSocketFolder(paths);
    process.exit(0);
  });
  server.on('connection', (socket) => launcher.accept(socket));
  // A terminal that is closed, or Ctrl-C in it, is no reason to leave tasks alone; a shutdown lets them end first.
  process.on('SIGHUP', () => launcher.log('hang-up ignored'));
  process.on('SIGINT', () => launcher.log('interrupt ignored'));
  process.on('SIGTERM', () => launcher.retire());
  if (process.platform !== 'win32') rmSync(paths.socket, { force: true });
  server.listen(paths.socket, () => {
    if (process.platform !== 'win32') chmodSync(paths.socket, 0o600);
  });
}

/** A launcher that is just ending gives the lock back soon; one that stays is served by the agent's next attempt. */
async function waitForLock(path: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < PROCESSES.launcherStartMs / 4; waitedMs += LOCK_RETRY_MS) {
    if (takeLauncherLock(path)) return true;
    await delay(LOCK_RETRY_MS);
  }
  return false;
}

if (process.argv[3] !== 'prepare') await main(process.argv[2] as string);
