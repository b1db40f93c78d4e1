/**
 * Which trust writes are in the causal past of a change. A past is a vector: per actor the number of its newest change
 * that wrote the roster or the settings. Changes of one actor follow each other (the previous one of its actor is in the
 * past of every change, whether it is named or not), so the vector says it all. There are about as many different vectors
 * as there are trust writes, so each is kept once, and a change costs one entry of a map.
 *
 * It is built from Automerge's list of changes when it is first asked for, and kept up to date from then on.
 */
import type { DecodedChange } from '@automerge/automerge';
import type { Replica } from './replica.ts';
import { GENESIS_HASH } from './schema.ts';

/** Per actor the number of the newest change, of those that wrote the roster or the settings. */
export type TrustVector = ReadonlyMap<string, number>;

/** What the index needs of a change. */
type Head = Pick<DecodedChange, 'actor' | 'seq' | 'hash'> & { readonly deps: readonly string[] };

const EMPTY: TrustVector = new Map();

export class CausalIndex {
  readonly #replica: Replica;
  readonly #isTrustChange: (hash: string) => boolean;
  readonly #interned = new Map<string, TrustVector>([['', EMPTY]]);
  /** Per change the trust writes in its past, its own among them. */
  #after: Map<string, TrustVector> | undefined;
  /** Per actor the hashes of its changes, in their order. */
  readonly #hashes = new Map<string, string[]>();

  /** @param isTrustChange whether a change wrote the roster or the settings. */
  constructor(replica: Replica, isTrustChange: (hash: string) => boolean) {
    this.#replica = replica;
    this.#isTrustChange = isTrustChange;
  }

  /** The trust writes in the past of a change, without its own. What the change depends on is known. */
  pastOf({ actor, seq, deps }: Head): TrustVector {
    const after = this.#listed();
    const previous = this.#hashes.get(actor)?.[seq - 2];
    let past = previous === undefined ? EMPTY : (after.get(previous) ?? EMPTY);
    for (const dep of deps) if (dep !== GENESIS_HASH) past = this.#merge(past, after.get(dep) ?? EMPTY);
    return past;
  }

  /** Notes a change whose past is known; nothing to do while nobody has asked. */
  note(change: Head): void {
    if (this.#after !== undefined && !this.#after.has(change.hash)) this.#add(this.#after, change);
  }

  /** The changes of an actor from a number on, with the trust writes in the past of each, its own among them. */
  *changesFrom(actor: string, sequence: number): Iterable<{ readonly hash: string; readonly after: TrustVector }> {
    const after = this.#listed();
    const hashes = this.#hashes.get(actor) ?? [];
    for (let index = sequence - 1; index < hashes.length; index += 1) {
      const hash = hashes[index] as string;
      yield { hash, after: after.get(hash) ?? EMPTY };
    }
  }

  /** Forgets everything; it is built again when it is asked for. */
  forget(): void {
    this.#after = undefined;
    this.#hashes.clear();
  }

  #listed(): Map<string, TrustVector> {
    if (this.#after !== undefined) return this.#after;
    const after = (this.#after = new Map<string, TrustVector>());
    for (const change of this.#replica.changeHeads()) this.#add(after, change);
    return after;
  }

  #add(after: Map<string, TrustVector>, change: Head): void {
    let vector = this.pastOf(change);
    if (this.#isTrustChange(change.hash)) vector = this.#intern(new Map([...vector, [change.actor, change.seq]]));
    after.set(change.hash, vector);
    const hashes = this.#hashes.get(change.actor);
    if (hashes === undefined) this.#hashes.set(change.actor, [change.hash]);
    else hashes.push(change.hash);
  }

  #merge(a: TrustVector, b: TrustVector): TrustVector {
    if (a === b || covers(a, b)) return a;
    if (covers(b, a)) return b;
    const merged = new Map(a);
    for (const [actor, sequence] of b) if ((merged.get(actor) ?? 0) < sequence) merged.set(actor, sequence);
    return this.#intern(merged);
  }

  #intern(vector: TrustVector): TrustVector {
    const name = [...vector]
      .map(([actor, sequence]) => `${actor}:${sequence}`)
      .sort()
      .join();
    const known = this.#interned.get(name);
    if (known !== undefined) return known;
    this.#interned.set(name, vector);
    return vector;
  }
}

function covers(a: TrustVector, b: TrustVector): boolean {
  for (const [actor, sequence] of b) if ((a.get(actor) ?? 0) < sequence) return false;
  return true;
}
