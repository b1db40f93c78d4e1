/**
 * A network without sockets, time or chance: everything that is under way waits in one queue, and moves on only when
 * `deliver` is called. Hosts can be cut off from each other, silently, in one direction or both.
 */
import { BoundedQueue } from '../../core/std/bounded-queue.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { MemoryTransport } from './memory-transport.ts';

/** How much may be under way at once. */
const PENDING = 1_000_000;

export class MemoryNetwork {
  readonly #pending = new BoundedQueue<() => void>(PENDING);
  readonly #listeners = new Map<number, MemoryTransport>();
  readonly #blocked = new Set<string>();
  #nextPort = 1024;

  /** Number of steps that wait. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Puts a step at the end of the queue. */
  enqueue(step: () => void): void {
    if (!this.#pending.push(step)) throw new Error('too much is under way on the network');
  }

  /** Carries out the oldest step; false when nothing waits. */
  deliver(): boolean {
    const step = this.#pending.shift();
    step?.();
    return step !== undefined;
  }

  /** Carries out steps until nothing waits; returns how many. Fails after `limit`, because then it never would. */
  deliverAll(limit = PENDING): number {
    let count = 0;
    while (this.deliver()) {
      count += 1;
      if (count > limit) throw new Error('the network does not come to rest');
    }
    return count;
  }

  /** Drops, silently, all that `from` sends to `to` from now on. */
  block(from: MachineId, to: MachineId): void {
    this.#blocked.add(`${from} ${to}`);
  }

  /** Cuts every machine of one group from every machine of the other, both ways. */
  split(left: readonly MachineId[], right: readonly MachineId[]): void {
    for (const a of left) {
      for (const b of right) {
        this.block(a, b);
        this.block(b, a);
      }
    }
  }

  heal(): void {
    this.#blocked.clear();
  }

  isBlocked(from: MachineId, to: MachineId): boolean {
    return this.#blocked.has(`${from} ${to}`);
  }

  /** Listens on `port`, or on a free one; the port, or undefined when it is taken. */
  listen(transport: MemoryTransport, port: number): number | undefined {
    const chosen = port === 0 ? this.#nextPort++ : port;
    if (this.#listeners.has(chosen)) return undefined;
    this.#listeners.set(chosen, transport);
    return chosen;
  }

  unlisten(transport: MemoryTransport): void {
    for (const [port, listener] of this.#listeners) if (listener === transport) this.#listeners.delete(port);
  }

  listenerAt(port: number): MemoryTransport | undefined {
    return this.#listeners.get(port);
  }

  /** Every transport that listens. */
  listeners(): MemoryTransport[] {
    return [...new Set(this.#listeners.values())];
  }
}
