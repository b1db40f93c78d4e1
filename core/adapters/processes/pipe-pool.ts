/**
 * Real pipes for the output of tasks. What Node gives a child as a pipe is a socket, and a socket cannot be opened by
 * name: `echo failed > /dev/stderr` fails in a task that has one. So the launcher makes named pipes, many at a time
 * because each batch costs a process. A pipe that was read to its end has no writer left, so it can serve again; one
 * that was given up before is removed. Where named pipes do not work (Windows, some file systems) Node's are used.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const BATCH = 128;
/** How many pipes are kept for later. */
const FREE_LIMIT = 1024;

export interface TaskPipe {
  readonly reader: Readable;
  /** For the child. The caller closes it once the child has it. */
  readonly writeEnd: number;
}

export class PipePool {
  readonly #folder: string;
  #free: string[] = [];
  #made = 0;
  #usable = process.platform !== 'win32';

  /** Empties the folder: what is in it is of an earlier launcher. */
  constructor(folder: string) {
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Undefined where there are none: use Node's pipes. Throws when no more files can be opened. */
  take(): TaskPipe | undefined {
    if (this.#free.length === 0) this.#refill();
    const path = this.#free.pop();
    if (path === undefined) return undefined;
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let writeEnd: number;
    try {
      writeEnd = openSync(path, constants.O_WRONLY);
    } catch (error) {
      closeSync(readEnd);
      this.#free.push(path);
      throw error;
    }
    const reader = new Socket({ fd: readEnd, readable: true, writable: false });
    reader.once('close', () => this.#takeBack(path, reader.readableEnded));
    return { reader, writeEnd };
  }

  #takeBack(path: string, readToEnd: boolean): void {
    if (readToEnd && this.#free.length < FREE_LIMIT) this.#free.push(path);
    else rmSync(path, { force: true });
  }

  #refill(): void {
    if (!this.#usable) return;
    const paths = Array.from({ length: BATCH }, (_, index) => join(this.#folder, String(this.#made + index)));
    this.#made += BATCH;
    const made = spawnSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore', timeout: 10_000 });
    this.#usable = made.status === 0;
    if (this.#usable) this.#free = paths;
  }
}
