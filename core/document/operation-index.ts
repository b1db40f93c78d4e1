/**
 * Finds what an operation wrote. An operation's id is its counter and its actor; each change holds a run of counters. The
 * runs are listed when the first operation is looked up, and kept up to date from then on; what a change wrote is read
 * from the change, and remembered for the changes asked about most recently.
 */
import type { DecodedChange } from '@automerge/automerge';
import { lastOperation } from './actor-ledger.ts';
import { decodeEnvelope } from './envelope.ts';
import { type Replica, placeName } from './replica.ts';
import { mapOfObject } from './schema.ts';

/** The operations of one change. */
interface OperationRun {
  readonly actor: string;
  /** Counters of the first and the last operation. */
  readonly first: number;
  readonly last: number;
  readonly hash: string;
}

/** What an operation wrote. */
export interface Written {
  /** The name of the place. */
  readonly place: string;
  /** The revision of the value there; 0 when it cannot be read. */
  readonly revision: number;
}

/** An operation in full. */
export interface OperationContent {
  readonly text: string;
  readonly replaced: readonly string[];
}

/** Operations of which is remembered what they wrote, in all. */
const REMEMBERED_OPERATIONS = 200_000;
/** Changes that are remembered in full. */
const REMEMBERED_CHANGES = 64;

export class OperationIndex {
  readonly #replica: Replica;
  #runs: Map<string, OperationRun[]> | undefined;
  readonly #written = new Map<string, readonly Written[]>();
  #remembered = 0;
  readonly #inspected = new Map<string, DecodedChange>();

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** Notes a change that was made or applied. */
  add(change: DecodedChange): void {
    if (this.#runs === undefined) return;
    const { actor, startOp: first, hash } = change;
    append(this.#runs, { actor, first, last: lastOperation(change), hash: hash });
  }

  /** What an operation (`counter@actor`) wrote; undefined when no such operation is held. */
  writtenBy(operationId: string): Written | undefined {
    const found = this.#find(operationId);
    return found === undefined ? undefined : this.#writtenIn(found.hash)[found.index];
  }

  /** An operation in full; undefined when no such operation is held. */
  contentOf(operationId: string): OperationContent | undefined {
    const found = this.#find(operationId);
    const operation = found === undefined ? undefined : this.#inspect(found.hash)?.ops[found.index];
    if (typeof operation?.value !== 'string') return undefined;
    return { text: operation.value, replaced: operation.pred };
  }

  #find(operationId: string): { readonly hash: string; readonly index: number } | undefined {
    const [counterText, actor] = operationId.split('@');
    const counter = Number(counterText);
    const run = findRun(this.#listed().get(actor ?? '') ?? [], counter);
    return run === undefined ? undefined : { hash: run.hash, index: counter - run.first };
  }

  #listed(): Map<string, OperationRun[]> {
    if (this.#runs !== undefined) return this.#runs;
    this.#runs = new Map();
    for (const { actor, startOp: first, maxOp: last, hash } of this.#replica.changeHeads()) {
      append(this.#runs, { actor, first, last, hash });
    }
    return this.#runs;
  }

  #writtenIn(hash: string): readonly Written[] {
    const known = this.#written.get(hash);
    if (known !== undefined) return known;
    const change = this.#replica.inspect(hash);
    const written = change === undefined ? [] : writtenBy(change);
    this.#written.set(hash, written);
    this.#remembered += written.length;
    for (const [oldest, dropped] of this.#written) {
      if (this.#remembered <= REMEMBERED_OPERATIONS) break;
      this.#written.delete(oldest);
      this.#remembered -= dropped.length;
    }
    return written;
  }

  #inspect(hash: string): DecodedChange | undefined {
    const known = this.#inspected.get(hash);
    if (known !== undefined) return known;
    const change = this.#replica.inspect(hash);
    if (change === undefined) return undefined;
    const oldest = this.#inspected.size >= REMEMBERED_CHANGES ? this.#inspected.keys().next().value : undefined;
    if (oldest !== undefined) this.#inspected.delete(oldest);
    this.#inspected.set(hash, change);
    return change;
  }
}

function writtenBy(change: DecodedChange): Written[] {
  return change.ops.map(({ obj, key, value }) => {
    const envelope = typeof value === 'string' ? decodeEnvelope(value) : undefined;
    const revision = envelope?.ok === true ? envelope.value.revision : 0;
    return { place: placeName({ map: mapOfObject(obj) ?? '', key }), revision };
  });
}

function append(runs: Map<string, OperationRun[]>, run: OperationRun): void {
  const ofActor = runs.get(run.actor);
  if (ofActor === undefined) runs.set(run.actor, [run]);
  else ofActor.push(run);
}

/** Binary search: the runs of an actor are in the order of their counters. */
function findRun(runs: readonly OperationRun[], counter: number): OperationRun | undefined {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle] as OperationRun).last < counter) low = middle + 1;
    else high = middle;
  }
  const run = runs[low];
  return run !== undefined && run.first <= counter ? run : undefined;
}
