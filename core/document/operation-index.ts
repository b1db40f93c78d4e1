/**
 * Finds the place that an operation wrote. An operation's id is its counter and its actor; each change holds a run of
 * counters. The runs are listed when the first operation is looked up, and kept up to date from then on; which places a
 * change wrote is read from the change, and remembered for the changes asked about most recently.
 */
import type { DecodedChange } from '@automerge/automerge';
import { lastOperation } from './actor-ledger.ts';
import { type Replica, placeName } from './replica.ts';
import { mapOfObject } from './schema.ts';

/** The operations of one change. */
export interface OperationRun {
  readonly actor: string;
  /** Counters of the first and the last operation. */
  readonly first: number;
  readonly last: number;
  readonly hash: string;
}

/** Operations whose places are remembered, in all. */
const REMEMBERED_OPERATIONS = 200_000;

export class OperationIndex {
  readonly #replica: Replica;
  #runs: Map<string, OperationRun[]> | undefined;
  readonly #places = new Map<string, readonly string[]>();
  #remembered = 0;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** Notes a change that was made or applied. */
  add(change: DecodedChange): void {
    if (this.#runs === undefined) return;
    const { actor, startOp: first, hash } = change;
    append(this.#runs, { actor, first, last: lastOperation(change), hash: hash });
  }

  /** The name of the place that an operation (`counter@actor`) wrote; undefined when no such operation is held. */
  placeOf(operationId: string): string | undefined {
    const [counterText, actor] = operationId.split('@');
    const counter = Number(counterText);
    const run = findRun(this.#listed().get(actor ?? '') ?? [], counter);
    return run === undefined ? undefined : this.#placesOf(run.hash)[counter - run.first];
  }

  #listed(): Map<string, OperationRun[]> {
    if (this.#runs !== undefined) return this.#runs;
    this.#runs = new Map();
    for (const run of this.#replica.operationRuns()) append(this.#runs, run);
    return this.#runs;
  }

  #placesOf(hash: string): readonly string[] {
    const known = this.#places.get(hash);
    if (known !== undefined) return known;
    const change = this.#replica.inspect(hash);
    const places = change === undefined ? [] : placesOfOperations(change);
    this.#places.set(hash, places);
    this.#remembered += places.length;
    for (const [oldest, dropped] of this.#places) {
      if (this.#remembered <= REMEMBERED_OPERATIONS) break;
      this.#places.delete(oldest);
      this.#remembered -= dropped.length;
    }
    return places;
  }
}

/** The names of the places that a change's operations wrote, in their order. */
export function placesOfOperations(change: DecodedChange): string[] {
  return change.ops.map(({ obj, key }) => placeName({ map: mapOfObject(obj) ?? '', key }));
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
