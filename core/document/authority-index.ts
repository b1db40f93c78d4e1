/**
 * Judges changes by who was who in their causal past, and says whose changes are void.
 *
 * A verdict on a change depends on its causal past alone: the roster as it was known to the author. Void is what does not
 * count by everything that is held (`governance.ts`); that can change with every trust write that comes in.
 */
import type { DecodedChange } from '@automerge/automerge';
import type { ClusterId, MachineId } from '../domain/ids.ts';
import { type Attempt, type Requirement, permits, requiredFor } from '../security/authorization.ts';
import type { ChangeVerifier } from '../security/sealed-change.ts';
import { type Result, err, ok } from '../std/result.ts';
import type { ActorEntry } from './actor-ledger.ts';
import { CausalIndex, type TrustVector } from './causal-index.ts';
import { type Governance, govern } from './governance.ts';
import type { Replica, Write } from './replica.ts';
import { SETTINGS, mapOfObject } from './schema.ts';
import { type TrustContent, type TrustWrite, trustContentOf, trustWritesOf } from './trust-write.ts';

/** Why writes are not allowed. */
export interface Refusal {
  readonly reason: string;
  /** The right that its author lacks; absent when nobody may. */
  readonly lacking?: Requirement;
}

/** What was found void, and up to which change of each actor was looked. */
interface Voids {
  readonly present: Governance;
  readonly found: Set<string>;
  readonly seen: Map<string, number>;
  /** Per past the authors whose rights there do not hang on what does not count. */
  readonly unaffected: Map<TrustVector, Set<MachineId>>;
}

/** Rosters of the past that are remembered, beside the present one. */
const REMEMBERED_PASTS = 64;

export class AuthorityIndex {
  readonly #verifier: ChangeVerifier;
  readonly #causal: CausalIndex;
  readonly #writes = new Map<string, readonly TrustWrite[]>();
  readonly #replica: Replica;
  #past = new Map<TrustVector, Governance>();
  #present: Governance | undefined;
  #voids: Voids | undefined;

  /** @param writes every trust write that the replica holds. */
  constructor(replica: Replica, verifier: ChangeVerifier, writes: readonly TrustWrite[]) {
    this.#replica = replica;
    this.#verifier = verifier;
    this.#causal = new CausalIndex(replica, (hash) => this.#writes.has(hash));
    for (const write of writes) this.#writes.set(write.hash, [...(this.#writes.get(write.hash) ?? []), write]);
  }

  /** Every trust write that is held. */
  writes(): TrustWrite[] {
    return [...this.#writes.values()].flat();
  }

  /** Who is who by everything that is held. */
  present(): Governance {
    return (this.#present ??= govern(this.writes(), this.#rejudge));
  }

  /** The cluster that this document belongs to, once it was founded. */
  get clusterId(): ClusterId | undefined {
    return this.present().settings?.id;
  }

  /**
   * Whether a change may be applied, whose past is held; the error says in words why not.
   * @param bound the cluster that it must belong to, when the document itself does not say.
   */
  judge(change: DecodedChange, author: MachineId, bound: ClusterId | undefined): Result<undefined, string> {
    const past = this.#pastAt(this.#causal.pastOf(change));
    if (change.seq > past.lastOf(author, change.actor)) return err('it was made after its author had been removed');
    const judged = this.#judgeBy(past, writesOf(change), author, this.clusterId ?? bound);
    return judged.ok ? judged : err(judged.error.reason);
  }

  /**
   * The same for writes that this machine is about to make, on top of everything that is held.
   * @param sequence the number that the change will have among those of `actor`.
   */
  judgeOwn(writes: readonly Write[], author: MachineId, actor: string, sequence: number): Result<undefined, Refusal> {
    const present = this.present();
    if (sequence > present.lastOf(author, actor)) return err({ reason: 'this machine was removed' });
    return this.#judgeBy(present, writes, author, this.clusterId);
  }

  /** Notes a change that was made or applied, or is about to be. */
  note(change: DecodedChange, author: MachineId): void {
    if (!this.#writes.has(change.hash)) {
      const writes = trustWritesOf(change, author);
      if (writes.length > 0) {
        this.#writes.set(change.hash, writes);
        this.#present = undefined;
      }
    }
    this.#causal.note(change);
  }

  /** Changes that were noted have not been applied after all. */
  forgetUnheld(): void {
    for (const hash of this.#writes.keys()) if (!this.#replica.holds(hash)) this.#writes.delete(hash);
    this.#causal.forget();
    this.#past = new Map();
    this.#present = undefined;
    this.#voids = undefined;
  }

  /**
   * The hashes of all changes that are void now.
   * @param actors each actor with its author and the number of its newest change.
   */
  voidChanges(actors: Iterable<readonly [string, Pick<ActorEntry, 'author' | 'sequence'>]>): ReadonlySet<string> {
    const present = this.present();
    if (this.#voids?.present !== present) {
      this.#voids = { present, found: new Set(present.voided), seen: new Map(), unaffected: new Map() };
    }
    const voids = this.#voids;
    for (const [actor, { author, sequence }] of actors) {
      const seen = voids.seen.get(actor) ?? 0;
      if (sequence === seen) continue;
      voids.seen.set(actor, sequence);
      const last = present.lastOf(author, actor);
      if (present.voided.size === 0 && sequence <= last) continue;
      let number = seen;
      for (const { hash, after } of this.#causal.changesFrom(actor, seen + 1)) {
        number += 1;
        if (number > last || this.#lostItsRight(voids, hash, after, author)) voids.found.add(hash);
      }
    }
    return voids.found;
  }

  /** True when a change was allowed only by trust writes that do not count. */
  #lostItsRight(voids: Voids, hash: string, past: TrustVector, author: MachineId): boolean {
    const { present, unaffected } = voids;
    if (present.voided.size === 0 || this.#writes.has(hash)) return false;
    const known = unaffected.get(past) ?? new Set();
    unaffected.set(past, known);
    if (known.has(author)) return false;
    const counting = this.#countingWithin(past, (write) => !present.voided.has(write.hash));
    if (counting.rolesOf(author).join() === this.#pastAt(past).rolesOf(author).join()) {
      known.add(author);
      return false;
    }
    const change = this.#replica.inspect(hash);
    return change !== undefined && !this.#judgeBy(counting, writesOf(change), author, undefined).ok;
  }

  /** A trust write, judged again by only those of its past that count. */
  readonly #rejudge = (write: TrustWrite, counts: (other: TrustWrite) => boolean): boolean => {
    const change = this.#replica.inspect(write.hash);
    if (change === undefined) return true;
    const past = this.#countingWithin(this.#causal.pastOf(change), counts);
    return this.#judgeBy(past, writesOf(change), write.author, undefined).ok;
  };

  #pastAt(vector: TrustVector): Governance {
    const known = this.#past.get(vector);
    if (known !== undefined) return known;
    const past = govern(this.#writesWithin(vector), this.#rejudge);
    const oldest = this.#past.size >= REMEMBERED_PASTS ? this.#past.keys().next().value : undefined;
    if (oldest !== undefined) this.#past.delete(oldest);
    this.#past.set(vector, past);
    return past;
  }

  #countingWithin(vector: TrustVector, counts: (write: TrustWrite) => boolean): Governance {
    return govern(this.#writesWithin(vector).filter(counts), () => true);
  }

  #writesWithin(vector: TrustVector): TrustWrite[] {
    return this.writes().filter(({ actor, sequence }) => sequence <= (vector.get(actor) ?? 0));
  }

  #judgeBy(
    past: Governance,
    writes: readonly Write[],
    author: MachineId,
    bound: ClusterId | undefined,
  ): Result<undefined, Refusal> {
    const roles = past.rolesOf(author);
    for (const attempt of attemptsOf(past, writes, author)) {
      if (attempt.kind === 'cluster' && bound !== undefined && attempt.next?.id !== bound) {
        return err({ reason: 'it belongs to another cluster' });
      }
      const required = requiredFor(attempt, author, this.#verifier);
      if (!required.ok) return err({ reason: required.error });
      if (permits(required.value, roles)) continue;
      const { to, anyOf } = required.value;
      return err({ reason: `its author has no right to ${to} (${anyOf.join(' or ')})`, lacking: required.value });
    }
    return ok(undefined);
  }
}

function writesOf(change: DecodedChange): Write[] {
  return change.ops.map(({ obj, key, value }) => ({
    map: mapOfObject(obj) ?? '',
    key,
    text: typeof value === 'string' ? value : '',
  }));
}

/** What a change attempts; each kind once, but every machine's entry by itself. */
function attemptsOf(past: Governance, writes: readonly Write[], author: MachineId): Attempt[] {
  const attempts: Attempt[] = [];
  const own: TrustContent[] = [];
  const kinds = new Set<'task' | 'calendar' | 'secret' | 'setting'>();
  for (const write of writes) {
    const content = trustContentOf(write);
    if (content !== undefined) own.push(content);
    else kinds.add(KIND_OF_MAP[write.map] ?? 'task');
  }
  const founded = own.find(({ settings }) => settings !== undefined)?.settings;
  const founder = own.find(({ machine }) => machine === author)?.entry;
  const cluster = past.settings ?? founded;
  for (const { machine: id, entry: next } of own) {
    if (id === undefined) attempts.push({ kind: 'cluster', before: past.settings, next: founded, founder });
    else attempts.push({ kind: 'machine', id, before: past.entryOf(id), next, cluster });
  }
  return [...attempts, ...[...kinds].map((kind) => ({ kind }))];
}

const KIND_OF_MAP: Readonly<Record<string, 'calendar' | 'secret' | 'setting'>> = {
  calendars: 'calendar',
  secrets: 'secret',
  [SETTINGS]: 'setting',
};
