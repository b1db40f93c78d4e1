/** Ports of the main process. An end that was handed to another process passes on what arrives to wherever it went. */
import { EventEmitter } from 'node:events';
import { cloned } from './double-state.ts';

/** Where an end has gone. */
export interface Elsewhere {
  deliver(value: unknown): void;
  closed(): void;
}

export class MessagePortMain extends EventEmitter {
  #peer: MessagePortMain | undefined;
  #elsewhere: Elsewhere | undefined;
  #started = false;
  #closed = false;
  #queue: unknown[] = [];

  /** Two ends of one channel. */
  static pair(): [MessagePortMain, MessagePortMain] {
    const [one, other] = [new MessagePortMain(), new MessagePortMain()];
    one.#peer = other;
    other.#peer = one;
    return [one, other];
  }

  postMessage(value: unknown, transfer: readonly MessagePortMain[] = []): void {
    if (transfer.length > 0) throw new Error('double: ports in messages of ports are not supported');
    if (this.#peer !== undefined) this.#peer.#receive(cloned(value));
  }

  start(): void {
    this.#started = true;
    for (const data of this.#queue.splice(0)) this.emit('message', { data, ports: [] });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#elsewhere?.closed();
    this.emit('close');
    const peer = this.#peer;
    setImmediate(() => peer?.close());
  }

  /** Hands this end to another process. */
  static transfer(port: MessagePortMain, elsewhere: Elsewhere): void {
    if (port.#elsewhere !== undefined) throw new Error('Port at index 0 is already neutered.');
    port.#elsewhere = elsewhere;
    for (const value of port.#queue.splice(0)) elsewhere.deliver(value);
  }

  /** What the other process sent through its end. */
  static fromElsewhere(port: MessagePortMain, value: unknown): void {
    if (port.#peer !== undefined) port.#peer.#receive(value);
  }

  #receive(value: unknown): void {
    if (this.#closed) return;
    if (this.#elsewhere !== undefined) this.#elsewhere.deliver(value);
    else if (this.#started) this.emit('message', { data: value, ports: [] });
    else this.#queue.push(value);
  }
}

export class MessageChannelMain {
  readonly port1: MessagePortMain;
  readonly port2: MessagePortMain;

  constructor() {
    [this.port1, this.port2] = MessagePortMain.pair();
  }
}

let lastNumber = 0;

/** A number by which two processes speak of one port. */
export function nextPortNumber(): number {
  lastNumber += 1;
  return lastNumber;
}
