/** Loaded first in a utility process of the double: gives it `process.parentPort` over the channel to its parent. */
import { EventEmitter } from 'node:events';

interface FromParent {
  readonly kind: 'message' | 'port' | 'port-close';
  readonly id: number;
  readonly value: unknown;
  readonly ports: readonly number[];
}

class ChildPort extends EventEmitter {
  readonly #id: number;
  #queue: unknown[] | undefined = [];

  constructor(id: number) {
    super();
    this.#id = id;
  }

  postMessage(value: unknown): void {
    process.send?.({ kind: 'port', id: this.#id, value });
  }

  start(): void {
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    for (const value of queue) this.emit('message', { data: value, ports: [] });
  }

  close(): void {
    process.send?.({ kind: 'port-close', id: this.#id });
  }

  take(value: unknown): void {
    if (this.#queue === undefined) this.emit('message', { data: value, ports: [] });
    else this.#queue.push(value);
  }
}

const ports = new Map<number, ChildPort>();
const parentPort = new EventEmitter();
const early: FromParent[] = [];

function take({ kind, id, value, ports: numbers }: FromParent): void {
  if (kind === 'message') {
    const opened = numbers.map((number) => {
      const port = new ChildPort(number);
      ports.set(number, port);
      return port;
    });
    parentPort.emit('message', { data: value, ports: opened });
  } else if (kind === 'port') {
    ports.get(id)?.take(value);
  } else {
    ports.get(id)?.emit('close');
    ports.delete(id);
  }
}

// What comes before anybody listens waits, as it does in Electron.
parentPort.on('newListener', () => setImmediate(() => early.splice(0).forEach(take)));
process.on('message', (message) => {
  const received = message as FromParent;
  if (parentPort.listenerCount('message') === 0 || early.length > 0) early.push(received);
  else take(received);
});
process.on('disconnect', () => process.exit(0));
Object.assign(process, {
  parentPort: Object.assign(parentPort, {
    postMessage: (value: unknown) => void process.send?.({ kind: 'message', value }),
  }),
});
