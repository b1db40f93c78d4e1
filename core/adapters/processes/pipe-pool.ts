/**
 * Real pipes for the output of tasks. What Node gives a child as a pipe is a socket, and a socket cannot be opened by
 * name: `echo failed > /dev/stderr` fails in a task that has one. So the launcher makes named pipes, many at a time
 * because each batch costs a process, opens both ends, and removes the name. Where that does not work (Windows, file
 * systems without pipes) Node's own are used.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const BATCH = 128;

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
      throw error;
    } finally {
      unlinkSync(path);
    }
    return { reader: new Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
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
