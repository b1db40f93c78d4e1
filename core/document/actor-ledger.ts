/**
 * What is held of each actor: whose it is, the number of its newest change, and its newest operation. An actor belongs
 * to one author for ever; changes of an actor are held without gaps.
 */
import type { DecodedChange } from '@automerge/automerge';
import type { MachineId } from '../domain/ids.ts';
import { assert } from '../std/assert.ts';
import type { ChangeVector } from './document-protocol.ts';

export interface ActorEntry {
  readonly author: MachineId;
  /** Number of its newest change, from 1. */
  readonly sequence: number;
  /** Counter of its newest operation (Lamport clock). */
  readonly lastOperation: number;
}

export class ActorLedger {
  readonly #entries: Map<string, ActorEntry>;

  constructor(entries: Iterable<readonly [string, ActorEntry]> = []) {
    this.#entries = new Map(entries);
  }

  /** A copy to try something on. */
  fork(): ActorLedger {
    return new ActorLedger(this.#entries);
  }

  entries(): Iterable<readonly [string, ActorEntry]> {
    return this.#entries;
  }

  get(actor: string): ActorEntry | undefined {
    return this.#entries.get(actor);
  }

  /** Number of the newest change of an actor; 0 when none is held. */
  sequenceOf(actor: string): number {
    return this.#entries.get(actor)?.sequence ?? 0;
  }

  /** Notes the next change of its actor. */
  record(change: DecodedChange, author: MachineId): void {
    const before = this.#entries.get(change.actor);
    assert(before === undefined || before.author === author, 'an actor keeps its author');
    assert(change.seq === (before?.sequence ?? 0) + 1, 'changes of an actor are held without gaps');
    this.#entries.set(change.actor, { author, sequence: change.seq, lastOperation: lastOperation(change) });
  }

  vector(): ChangeVector {
    const sorted = [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([actor, entry]) => [actor, entry.sequence]));
  }
}

/** Counter of the last operation of a change. */
export function lastOperation(change: DecodedChange): number {
  return change.startOp + change.ops.length - 1;
}
