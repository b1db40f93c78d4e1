/** Worker thread: makes or reads one backup, says what became of it, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../std/assert.ts';
import { type BackupContent, readBackup, writeBackup } from './backup-database.ts';

/** What the worker is to do. */
export type BackupJob =
  | { readonly kind: 'write'; readonly databasePath: string; readonly target: string; readonly content: BackupContent }
  | { readonly kind: 'read'; readonly path: string };

const port = parentPort;
assert(port !== null, 'this file runs as a worker');
const job = workerData as BackupJob;
port.postMessage(job.kind === 'write' ? writeBackup(job.databasePath, job.target, job.content) : readBackup(job.path));
