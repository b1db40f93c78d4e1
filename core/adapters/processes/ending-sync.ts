/**
 * Brings written endings to the disk, one after the other, behind the launcher's back: starts and ends of runs do not
 * wait for it. Where the disk cannot keep up the oldest are left to the operating system, which writes them within
 * seconds; what a power failure takes from those is told as vanished.
 */
import { PROCESSES } from '../../config/processes.ts';
import { BoundedQueue } from '../../std/bounded-queue.ts';
import { errorCode, messageOf } from './launch-refusal.ts';
import { syncEnding, type RunPaths } from './run-folder.ts';

export class EndingSync {
  readonly #waiting = new BoundedQueue<RunPaths>(PROCESSES.pendingRequests);
  readonly #log: (text: string) => void;
  #working = false;

  constructor(log: (text: string) => void) {
    this.#log = log;
  }

  add(paths: RunPaths): void {
    if (!this.#waiting.push(paths)) {
      this.#waiting.shift();
      this.#waiting.push(paths);
    }
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let paths = this.#waiting.shift(); paths !== undefined; paths = this.#waiting.shift()) {
      try {
        await syncEnding(paths);
      } catch (error) {
        // Pruned meanwhile.
        if (errorCode(error) !== 'ENOENT') this.#log(`an ending may not be on the disk: ${messageOf(error)}`);
      }
    }
    this.#working = false;
  }
}
