/**
 * The document on the caller's own thread, for the simulator and for tests: everything happens inside `post`, so a run
 * is the same every time. A command that is posted from within `onEvent` waits until the one at work is done. Stopping
 * gives the document's memory back: hundreds of machines live and die in one process.
 */
import type { DocumentCommand, DocumentEvent } from '../../document/document-protocol.ts';
import { DocumentMachine } from '../../document/document-machine.ts';
import { DOCUMENT } from '../../config/constants.ts';
import type { DocumentHost } from '../../ports/document-host.ts';
import type { Signer } from '../../ports/signer.ts';
import { assert } from '../../std/assert.ts';
import { BoundedQueue } from '../../std/bounded-queue.ts';

/** A host on this thread. @param signer the key of this machine. */
export function createInlineHost(signer: Signer): DocumentHost {
  return new InlineHost(signer);
}

class InlineHost implements DocumentHost {
  readonly #machine: DocumentMachine;
  readonly #waiting = new BoundedQueue<DocumentCommand>(DOCUMENT.queuedCommands);
  #onEvent: ((event: DocumentEvent) => void) | undefined;
  #busy = false;

  constructor(signer: Signer) {
    this.#machine = new DocumentMachine(signer);
  }

  start(onEvent: (event: DocumentEvent) => void): void {
    this.#onEvent = onEvent;
  }

  post(command: DocumentCommand): void {
    if (this.#onEvent === undefined) return;
    assert(this.#waiting.push(command), 'a handler of document events posts a bounded number of commands');
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (this.#isStopped()) continue;
        for (const event of this.#machine.handle(next)) this.#onEvent?.(event);
      }
    } finally {
      this.#busy = false;
      if (this.#isStopped()) this.#machine.close();
    }
  }

  stop(): Promise<void> {
    this.#onEvent = undefined;
    if (!this.#busy) this.#machine.close();
    return Promise.resolve();
  }

  /** A method, because a handler of events may have stopped the host meanwhile. */
  #isStopped(): boolean {
    return this.#onEvent === undefined;
  }
}
