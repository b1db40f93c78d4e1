/**
 * The document's own thread: loading and merging a large document takes hundreds of milliseconds, in which the thread
 * that talks to the other machines must not stand still. Commands are carried out in order. Only a few events are under
 * way at a time: the next is sent when the host has handled one, so that the host's loop turns between slices.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { DOCUMENT } from '../../config/constants.ts';
import { DocumentMachine } from '../../document/document-machine.ts';
import type { DocumentCommand } from '../../document/document-protocol.ts';
import { assert } from '../../std/assert.ts';
import { BoundedQueue } from '../../std/bounded-queue.ts';
import { createSigner } from '../keys/ed25519.ts';
import { type HostMessage, type WorkerMessage, type WorkerStart, transferOf } from './worker-messages.ts';

assert(parentPort !== null, 'this module runs in a worker');
const port = parentPort;
const machine = new DocumentMachine(createSigner((workerData as WorkerStart).seed));
const waiting = new BoundedQueue<DocumentCommand>(DOCUMENT.queuedCommands);
let working = false;
let underWay = 0;
let onTaken: (() => void) | undefined;

port.on('message', (message: HostMessage) => {
  if (message.kind === 'taken') {
    underWay -= 1;
    onTaken?.();
    return;
  }
  assert(waiting.push(message.command), 'the host posts a bounded number of commands');
  if (!working) void work();
});

async function work(): Promise<void> {
  working = true;
  for (let command = waiting.shift(); command !== undefined; command = waiting.shift()) {
    for (const event of machine.handle(command)) {
      if (underWay >= DOCUMENT.slicesInFlight) await new Promise<void>((resolve) => (onTaken = resolve));
      underWay += 1;
      port.postMessage({ kind: 'event', event } satisfies WorkerMessage, transferOf(event));
    }
    port.postMessage({ kind: 'done' } satisfies WorkerMessage);
  }
  working = false;
}
