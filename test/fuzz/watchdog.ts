/**
 * Tells of an input that never ends. A loop without an end blocks its whole thread, so a second thread looks at what the
 * first one is busy with, in memory that both share; after half a minute with the same input it writes the input and
 * ends the process.
 */
import { Worker } from 'node:worker_threads';

const SHOWN_BYTES = 64 * 1024;
const PATIENCE_MS = 30_000;

export class Watchdog {
  readonly #worker: Worker;
  readonly #state: Int32Array;
  readonly #shown: Uint8Array;

  /** @param title named when an input never ends */
  constructor(title: string) {
    const shared = new SharedArrayBuffer(8 + SHOWN_BYTES);
    this.#state = new Int32Array(shared, 0, 2);
    this.#shown = new Uint8Array(shared, 8);
    this.#worker = new Worker(WATCH, { eval: true, workerData: { shared, title, patienceMs: PATIENCE_MS } });
    this.#worker.unref();
  }

  /** The input that is fed from now on. */
  look(input: Uint8Array): void {
    this.#shown.set(input.subarray(0, SHOWN_BYTES));
    this.#state[1] = input.length;
    Atomics.add(this.#state, 0, 1);
  }

  [Symbol.dispose](): void {
    void this.#worker.terminate();
  }
}

/** The second thread, as text: it must not be compiled by the test runner. */
const WATCH = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const state = new Int32Array(workerData.shared, 0, 2);
const shown = new Uint8Array(workerData.shared, 8);
for (;;) {
  const seen = Atomics.load(state, 0);
  if (Atomics.wait(state, 0, seen, workerData.patienceMs) !== 'timed-out' && Atomics.load(state, 0) !== seen) continue;
  if (Atomics.load(state, 0) !== seen) continue;
  if (seen === 0) continue;
  const bytes = Buffer.from(shown.subarray(0, Math.min(state[1], shown.length)));
  writeSync(2, workerData.title + ': input ' + (seen - 1) + ' does not end: ' + bytes.toString('base64') + '\\n');
  process.kill(process.pid, 'SIGKILL');
}
`;
