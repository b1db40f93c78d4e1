/**
 * The document on a thread of its own. Nothing durable is there: everything can be opened again from what is stored. So
 * stopping ends the thread at once, and a thread that breaks down is told as `failed`; the next `open` starts another.
 * Commands that were not carried out by then are refused, those of peers dropped (a synchronisation brings them again).
 */
import { Worker } from 'node:worker_threads';
import { DOCUMENT } from '../../config/constants.ts';
import type { DocumentCommand, DocumentEvent } from '../../document/document-protocol.ts';
import type { DocumentHost } from '../../ports/document-host.ts';
import { type AppError, appError } from '../../std/app-error.ts';
import type { ErrorCode } from '../../std/error-codes.ts';
import type { HostMessage, WorkerMessage, WorkerStart } from './worker-messages.ts';

/** The module beside this one, with the same ending: `.ts` when run from source, `.js` when built. */
const WORKER_MODULE = new URL(
  import.meta.url.endsWith('.ts') ? './document-worker.ts' : './document-worker.js',
  import.meta.url,
);

/** A host on another thread. @param seed the 32 bytes of this machine's private key. */
export function createWorkerHost(seed: Uint8Array): DocumentHost {
  return new WorkerHost(seed);
}

/** A command that was handed to the worker and is not carried out yet. */
interface Outstanding {
  readonly command: DocumentCommand;
  answered: boolean;
}

class WorkerHost implements DocumentHost {
  readonly #seed: Uint8Array;
  #worker: Worker | undefined;
  #outstanding: Outstanding[] = [];
  #onEvent: ((event: DocumentEvent) => void) | undefined;

  constructor(seed: Uint8Array) {
    this.#seed = new Uint8Array(seed);
  }

  start(onEvent: (event: DocumentEvent) => void): void {
    this.#onEvent = onEvent;
    this.#worker = this.#spawn();
  }

  post(command: DocumentCommand): void {
    if (this.#onEvent === undefined) return;
    if (this.#worker === undefined && command.type === 'open') this.#worker = this.#spawn();
    if (this.#worker === undefined) return this.#refuse(command, 'STOPPING', 'The document is not open.');
    if (this.#outstanding.length >= DOCUMENT.queuedCommands) {
      return this.#refuse(command, 'BUSY', 'Too many changes wait to be carried out.');
    }
    this.#outstanding.push({ command, answered: false });
    this.#worker.postMessage({ kind: 'command', command } satisfies HostMessage);
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#onEvent = undefined;
    this.#worker = undefined;
    this.#outstanding = [];
    await worker?.terminate();
  }

  #spawn(): Worker {
    const worker = new Worker(WORKER_MODULE, { workerData: { seed: this.#seed } satisfies WorkerStart });
    let reason = 'it ended';
    worker.on('message', (message: WorkerMessage) => {
      if (worker === this.#worker) this.#take(worker, message);
    });
    worker.on('messageerror', (error) => {
      reason = error.message;
      void worker.terminate();
    });
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      if (worker === this.#worker) this.#brokeDown(reason);
    });
    return worker;
  }

  #take(worker: Worker, message: WorkerMessage): void {
    if (message.kind === 'done') {
      this.#outstanding.shift();
      return;
    }
    const { event } = message;
    const current = this.#outstanding[0];
    if (current !== undefined && 'requestId' in event) current.answered = true;
    // Only after a turn of the loop, so that what waits for it gets its turn between two slices.
    setImmediate(() => {
      worker.postMessage({ kind: 'taken' } satisfies HostMessage);
    });
    this.#onEvent?.(event);
  }

  #brokeDown(reason: string): void {
    const unanswered = this.#outstanding.filter(({ answered }) => !answered);
    this.#worker = undefined;
    this.#outstanding = [];
    for (const { command } of unanswered)
      this.#refuse(command, 'INTERNAL', `The document’s thread broke down: ${reason}.`);
    const error = appError('INTERNAL', `The document’s thread broke down: ${reason}.`);
    this.#onEvent?.({ type: 'failed', error });
  }

  #refuse(command: DocumentCommand, code: ErrorCode, message: string): void {
    if (!('requestId' in command)) return;
    const error: AppError = appError(code, message);
    this.#onEvent?.({ type: 'refused', requestId: command.requestId, error });
  }
}
