/**
 * The output of runs on this machine's disk: of its own runs, in their folders as the launcher writes them, and copies
 * that it keeps for others under `<data>/copies/<first two characters>/`, where `<run id>.output` grows and
 * `<run id>.complete` says that it will not any more. `<run id>.streams` tells its two streams apart, when there are two.
 */
import { mkdir, open, readdir, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LIMITS } from '../../config/constants.ts';
import { OUTPUT } from '../../config/processes.ts';
import type { RunId } from '../../domain/ids.ts';
import { spansOf, switchesWith, type OutputSpan } from '../../domain/output-spans.ts';
import type { OutputChunk, OutputStore } from '../../ports/output-store.ts';
import { errorCode } from './launch-refusal.ts';
import { runPaths } from './run-folder.ts';
import { readSwitches, writeSwitches } from './stream-switches.ts';

/** Where the bytes are, and the file whose existence says that they are all. */
interface HeldOutput {
  readonly bytes: string;
  /** The offsets at which the stream changes. */
  readonly streams: string;
  readonly complete: string;
}

export interface OutputStoreOptions {
  readonly dataFolder: string;
}

export function createOutputStore(options: OutputStoreOptions): OutputStore {
  return new FolderOutputStore(resolve(options.dataFolder));
}

class FolderOutputStore implements OutputStore {
  readonly #dataFolder: string;
  /** The last append of each copy that is being written, so that appends to one copy take their turn. */
  readonly #appends = new Map<RunId, Promise<void>>();

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  async read(runId: RunId, offset: number, limit: number): Promise<OutputChunk | undefined> {
    return (await readHeld(this.#own(runId), offset, limit)) ?? (await readHeld(this.#copy(runId), offset, limit));
  }

  async append(
    runId: RunId,
    offset: number,
    data: Uint8Array,
    complete: boolean,
    errors: readonly OutputSpan[] = [],
  ): Promise<void> {
    const before = this.#appends.get(runId) ?? Promise.resolve();
    // A failed append was reported to its own caller.
    const turn = before.catch(() => undefined).then(() => this.#appendNow(runId, offset, data, complete, errors));
    this.#appends.set(runId, turn);
    try {
      await turn;
    } finally {
      if (this.#appends.get(runId) === turn) this.#appends.delete(runId);
    }
  }

  async prune(before: number): Promise<void> {
    const runs = join(this.#dataFolder, 'runs');
    for (const group of await list(runs)) {
      for (const runId of await list(join(runs, group))) await pruneRun(join(runs, group, runId), before);
    }
    const copies = join(this.#dataFolder, 'copies');
    for (const group of await list(copies)) {
      for (const name of await list(join(copies, group))) await pruneCopy(join(copies, group, name), before);
    }
  }

  async #appendNow(
    runId: RunId,
    offset: number,
    data: Uint8Array,
    complete: boolean,
    errors: readonly OutputSpan[],
  ): Promise<void> {
    if ((await statOf(runPaths(this.#dataFolder, runId).folder)) !== undefined) return;
    const { bytes, streams, complete: mark } = this.#copy(runId);
    if ((await statOf(mark)) !== undefined) return;
    const size = (await statOf(bytes))?.size ?? 0;
    if (size !== offset || offset + data.length > LIMITS.outputBytes) return;
    await mkdir(join(bytes, '..'), { recursive: true, mode: 0o700 });
    // First, so that whoever reads the bytes finds what is known of them.
    await keepSwitches(streams, offset, errors);
    const file = await open(bytes, 'a', 0o600);
    try {
      await file.appendFile(data);
    } finally {
      await file.close();
    }
    if (complete) await writeFile(mark, '', { mode: 0o600 });
  }

  #own(runId: RunId): HeldOutput {
    const paths = runPaths(this.#dataFolder, runId);
    return { bytes: paths.output, streams: paths.streams, complete: paths.exit };
  }

  #copy(runId: RunId): HeldOutput {
    // The name of the run's own folder is checked there to be a plain id.
    runPaths(this.#dataFolder, runId);
    const base = join(this.#dataFolder, 'copies', runId.slice(0, 2), runId);
    return { bytes: `${base}.output`, streams: `${base}.streams`, complete: `${base}.complete` };
  }
}

async function readHeld(held: HeldOutput, offset: number, limit: number): Promise<OutputChunk | undefined> {
  // Asked first: what is complete before its size is taken has its last size.
  const complete = (await statOf(held.complete)) !== undefined;
  const file = await openIfThere(held.bytes);
  if (file === undefined) return complete ? { data: new Uint8Array(0), offset, size: 0, complete } : undefined;
  try {
    const { size } = await file.stat();
    const wanted = Math.max(0, Math.min(limit, LIMITS.outputChunkBytes, size - offset));
    const data = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await file.read(data, filled, wanted - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    // What stands beside the bytes was written before them.
    const { spans, lengthBytes } = spansOf(await readSwitches(held.streams), offset, filled, OUTPUT.spansPerChunk);
    const chunk = { data: data.subarray(0, lengthBytes), offset, size, complete };
    return spans.length === 0 ? chunk : { ...chunk, errors: spans };
  } finally {
    await file.close();
  }
}

/** Where nothing was ever written to standard error, there is no file, and none is made. */
async function keepSwitches(path: string, offset: number, errors: readonly OutputSpan[]): Promise<void> {
  const known = await readSwitches(path);
  if (known.length > 0 || errors.length > 0) await writeSwitches(path, switchesWith(known, offset, errors));
}

/** Only what has ended is removed: a run may write for weeks. */
async function pruneRun(folder: string, before: number): Promise<void> {
  const ended = await statOf(join(folder, 'exit.json'));
  const touched = ended ?? (await statOf(join(folder, 'output'))) ?? (await statOf(folder));
  if (touched === undefined) return;
  // Without an end it may still run, but no run lasts longer than the longest time limit without a sign.
  const patienceMs = ended === undefined ? LIMITS.runTimeoutMs + LIMITS.killGraceMs : 0;
  if (touched.mtimeMs + patienceMs < before) await rm(folder, { recursive: true, force: true });
}

/** The bytes and the mark that they are all go together: a mark alone would tell of a run that wrote nothing. */
async function pruneCopy(path: string, before: number): Promise<void> {
  const base = path.slice(0, path.lastIndexOf('.'));
  const [bytes, mark, streams] = [`${base}.output`, `${base}.complete`, `${base}.streams`];
  const touched = [await statOf(bytes), await statOf(mark)].map((stats) => stats?.mtimeMs ?? 0);
  if (Math.max(...touched) >= before) return;
  await rm(mark, { force: true });
  await rm(bytes, { force: true });
  await rm(streams, { force: true });
}

async function statOf(path: string): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
