/**
 * The folder of one run, `<data>/runs/<first two characters>/<run id>/`: what a restarted agent learns everything from,
 * whoever else has ended meanwhile.
 *
 *   output      what the run wrote, stdout and stderr in the order of arrival, up to its limit
 *   streams     where the output changes between the two (`stream-switches`); absent when nothing was written to stderr
 *   meta.json   what was started: process, instants, essentials of the task
 *   exit.json   how it ended. It appears whole (temporary name, then rename) and is never changed: nothing is
 *               added to the folder afterwards
 *
 * The folder's creation is the start's lock: a run whose folder exists is never started again.
 */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunId } from '../../domain/ids.ts';
import type { ProcessOutcome } from '../../ports/process-runner.ts';
import { assert } from '../../std/assert.ts';
import type { ErrorCode } from '../../std/error-codes.ts';
import { isRunEnding, isRunId, isRunMeta } from './process-shapes.ts';

export interface RunPaths {
  readonly folder: string;
  readonly output: string;
  readonly streams: string;
  readonly meta: string;
  readonly exit: string;
  readonly script: string;
  readonly stdin: string;
}

export interface RunMeta {
  readonly runId: RunId;
  readonly taskId: string;
  readonly action: string;
  /** Absent for actions without a process. */
  readonly pid?: number;
  /** See `processStartTime`. */
  readonly startTime?: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly timeoutMs?: number;
  readonly outputLimitBytes: number;
}

/** How a run ended, for good. */
export type RunEnding =
  | { readonly type: 'ended'; readonly outcome: ProcessOutcome }
  | { readonly type: 'not-started'; readonly code: ErrorCode; readonly text: string }
  | { readonly type: 'vanished' };

/** Refuses anything but a run id, so that no id can name a path outside. */
export function runPaths(dataFolder: string, runId: RunId): RunPaths {
  assert(isRunId(runId), `a run id has 20 letters and digits: ${runId}`);
  const folder = join(dataFolder, 'runs', runId.slice(0, 2), runId);
  return {
    folder,
    output: join(folder, 'output'),
    streams: join(folder, 'streams'),
    meta: join(folder, 'meta.json'),
    exit: join(folder, 'exit.json'),
    script: join(folder, 'script'),
    stdin: join(folder, 'stdin'),
  };
}

/** Makes the folder; false when it exists already. Throws the file system's error when it cannot be made. */
export function makeRunFolder(paths: RunPaths): boolean {
  try {
    mkdirSync(paths.folder, { mode: 0o700 });
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') return false;
    if (code !== 'ENOENT') throw error;
  }
  mkdirSync(join(paths.folder, '..'), { recursive: true, mode: 0o700 });
  mkdirSync(paths.folder, { mode: 0o700 });
  return true;
}

export function writeMeta(paths: RunPaths, meta: RunMeta): void {
  writeFileSync(paths.meta, JSON.stringify(meta), { mode: 0o600 });
}

/** Undefined when there is none, or none that can be read. */
export function readMeta(paths: RunPaths): RunMeta | undefined {
  const meta = readJson(paths.meta);
  return isRunMeta(meta) ? meta : undefined;
}

/** Undefined while the run has not ended, as far as the folder tells: a damaged file tells nothing. */
export function readEnding(paths: RunPaths): RunEnding | undefined {
  const ending = readJson(paths.exit);
  return isRunEnding(ending) ? ending : undefined;
}

/**
 * Records the ending: from now on whoever looks finds it, whichever process dies. A power failure may still take it
 * until `syncEnding` was kept. Throws the file system's error, with nothing recorded.
 */
export function writeEnding(paths: RunPaths, ending: RunEnding): void {
  const temporary = `${paths.exit}.new`;
  writeFileSync(temporary, JSON.stringify(ending), { mode: 0o600 });
  renameSync(temporary, paths.exit);
}

/** Resolves when the ending, once written, would survive a power failure. Rejects with the file system's error. */
export async function syncEnding(paths: RunPaths): Promise<void> {
  const file = await open(paths.exit, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * A file that can be read from its start and has no name any more: for standard input, which programs may then open
 * by `/dev/stdin`, read twice, or leave unread. The caller closes the descriptor.
 */
export function openNamelessFile(path: string, content: string, unlink: (path: string) => void): number {
  const file = openSync(path, 'wx+', 0o600);
  try {
    const bytes = Buffer.from(content, 'utf8');
    // Positioned writes leave the descriptor's own offset at the start.
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at, at);
    unlink(path);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // A torn file tells nothing: after a power failure it may be empty.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
