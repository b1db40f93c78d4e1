/**
 * This machine's copy of the document: the only file that changes Automerge's state.
 *
 * Mutations are attempts. When Automerge throws half-way, its document may be unusable from then on, so it is given up and
 * built again from the last saved bytes and the changes since (`rebuild-point.ts`): a failure changes nothing. (A clone
 * before each mutation would do the same, and costs twelve times the mutation itself at 10,000 tasks.)
 * What may be applied is decided elsewhere (`change-intake.ts`); here it is only done.
 */
import * as Automerge from '@automerge/automerge';
import { assert } from '../std/assert.ts';
import { type Result, err, ok } from '../std/result.ts';
import type { UnsealedChange } from '../security/sealed-change.ts';
import { lastOperation } from './actor-ledger.ts';
import { RebuildPoint } from './rebuild-point.ts';
import { type DocumentContent, GENESIS_HASH, type MapName, type Place, createGenesis } from './schema.ts';

/** A value to be put at a place. */
export interface Write extends Place {
  readonly text: string;
}

/** One of the concurrent values of a place; `key` is Automerge's operation id, the same on every machine. */
export interface Candidate {
  readonly key: string;
  readonly text: string;
}

/** A place that a mutation changed, and whether Automerge says that it holds concurrent values now. */
export interface TouchedPlace extends Place {
  readonly conflicted: boolean;
}

/** A change without its content. */
export interface ChangeHead {
  readonly actor: string;
  readonly seq: number;
  readonly hash: string;
  readonly deps: readonly string[];
  /** Counters of its first and its last operation. */
  readonly startOp: number;
  readonly maxOp: number;
}

/** What a mutation did: a change, and the places whose value (or set of concurrent values) is another one now. */
export interface Committed {
  readonly change: UnsealedChange;
  readonly decoded: Automerge.DecodedChange;
  readonly touched: readonly TouchedPlace[];
}

const REMEMBERED_CHANGES = 1024;

export class Replica {
  readonly actor: string;
  readonly #lastOperations = new Map<string, number>();
  #document: Automerge.Doc<DocumentContent>;

  readonly #rebuildPoint: RebuildPoint;
  /** Kept until the next mutation: several indexes are built from it one after the other. */
  #changeHeads: readonly ChangeHead[] | undefined;
  /** Changes of the attempt at work. */
  #attempted: Uint8Array[] | undefined;

  private constructor(document: Automerge.Doc<DocumentContent>, actor: string, saved: Uint8Array | undefined) {
    this.#document = document;
    this.actor = actor;
    this.#rebuildPoint = new RebuildPoint(actor, saved);
  }

  /** The document as every cluster begins. @param actor for own changes, hex. */
  static create(actor: string): Replica {
    return new Replica(createGenesis(actor), actor, undefined);
  }

  /** Reads what `save` wrote; the error says what is wrong with the bytes. */
  static load(bytes: Uint8Array, actor: string): Result<Replica, string> {
    try {
      const document = Automerge.load<DocumentContent>(bytes, { actor });
      if (!Automerge.hasHeads(document, [GENESIS_HASH])) return err('it does not begin with the genesis change');
      return ok(new Replica(document, actor, bytes));
    } catch (error) {
      return err(error instanceof Error ? error.message : String(error));
    }
  }

  /** The text in force at a place. */
  read(place: Place): string | undefined {
    return textOf(this.#document[place.map]?.[place.key]);
  }

  /** The keys of a root map. */
  keysOf(map: MapName): string[] {
    return Object.keys(this.#document[map] ?? {});
  }

  /** All concurrent values of a place, by key; empty when there is one value or none. */
  candidatesOf(place: Place): Candidate[] {
    const map = this.#document[place.map];
    if (map === undefined || map[place.key] === undefined) return [];
    const conflicts = Automerge.getConflicts(map, place.key);
    if (conflicts === undefined) return [];
    const candidates: Candidate[] = [];
    for (const [key, value] of Object.entries(conflicts as Record<string, unknown>)) {
      // Automerge hands concurrent values out as plain strings, and the one in force as an ImmutableString.
      const text = typeof value === 'string' ? value : textOf(value);
      if (text !== undefined) candidates.push({ key, text });
    }
    return candidates.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Hashes of the newest changes, sorted. */
  heads(): string[] {
    return [...Automerge.getHeads(this.#document)].sort();
  }

  holds(hash: string): boolean {
    return Automerge.hasHeads(this.#document, [hash]);
  }

  save(): Uint8Array {
    const bytes = Automerge.save(this.#document);
    this.#rebuildPoint.moveTo(bytes);
    return bytes;
  }

  /** Every change but the genesis, each after those that it depends on. */
  changes(): Uint8Array[] {
    return Automerge.getChangesSince(this.#document, [GENESIS_HASH]);
  }

  /** What is known of every change but the genesis without its content, each after those that it depends on. */
  changeHeads(): readonly ChangeHead[] {
    this.#changeHeads ??= Automerge.getChangesMetaSince(this.#document, [GENESIS_HASH]).map(
      ({ actor, seq, hash, deps, startOp, maxOp }) => ({ actor, seq, hash, deps, startOp, maxOp }),
    );
    return this.#changeHeads;
  }

  /** The texts at a place that nothing has replaced, concurrent ones and void ones included. */
  textsAt(place: Place): string[] {
    const candidates = this.candidatesOf(place).map(({ text }) => text);
    const text = this.read(place);
    return candidates.length > 0 || text === undefined ? candidates : [text];
  }

  /** The content of a change that is held. */
  inspect(hash: string): Automerge.DecodedChange | undefined {
    return Automerge.inspectChange(this.#document, hash) ?? undefined;
  }

  /** Counter of the last operation of a change that is held; remembered for the changes asked about most recently. */
  lastOperationOf(hash: string): number {
    const known = this.#lastOperations.get(hash);
    if (known !== undefined) return known;
    const change = this.inspect(hash);
    assert(change !== undefined, 'the change is held');
    const counter = lastOperation(change);
    const oldest =
      this.#lastOperations.size >= REMEMBERED_CHANGES ? this.#lastOperations.keys().next().value : undefined;
    if (oldest !== undefined) this.#lastOperations.delete(oldest);
    this.#lastOperations.set(hash, counter);
    return counter;
  }

  /**
   * Makes one change of some writes, of which at least one differs from what is there. To be called in an `attempt`.
   * @param at epoch milliseconds; the change holds whole seconds.
   */
  commit(writes: readonly Write[], at: number, message: string): Committed {
    const touched = new Map<string, TouchedPlace>();
    const before = this.#document;
    const options = { time: Math.floor(at / 1000), message, patchCallback: collectInto(touched) };
    this.#document = Automerge.change(this.#document, options, (draft) => {
      for (const { map, key, text } of writes) {
        const content = draft[map];
        assert(content !== undefined, `the document has a map ${map}`);
        content[key] = new Automerge.ImmutableString(text);
      }
    });
    assert(this.#document !== before, 'a commit writes something');
    const bytes = Automerge.getLastLocalChange(this.#document);
    assert(bytes !== undefined, 'a commit makes a change');
    this.#attempted?.push(bytes);
    const decoded = Automerge.decodeChange(bytes);
    const { actor, seq, hash } = decoded;
    return { change: { actor, sequence: seq, hash, bytes }, decoded, touched: [...touched.values()] };
  }

  /** Applies checked changes whose dependencies are held. To be called in an `attempt`. */
  apply(changes: readonly Uint8Array[]): TouchedPlace[] {
    const touched = new Map<string, TouchedPlace>();
    const options = { patchCallback: collectInto(touched) };
    this.#attempted?.push(...changes);
    [this.#document] = Automerge.applyChanges(this.#document, [...changes], options);
    return [...touched.values()];
  }

  /** Gives Automerge's memory back, which no collector of garbage sees. Nothing may be asked of it afterwards. */
  free(): void {
    Automerge.free(this.#document);
  }

  /** Does some work on the document; when it throws, the document is as it was before. */
  attempt<T>(work: () => T): T {
    assert(this.#attempted === undefined, 'attempts are not nested');
    const attempted: Uint8Array[] = (this.#attempted = []);
    this.#changeHeads = undefined;
    try {
      const outcome = work();
      if (this.#rebuildPoint.add(attempted)) this.save();
      return outcome;
    } catch (error) {
      this.#document = this.#rebuildPoint.rebuild(this.#document);
      throw error;
    } finally {
      this.#attempted = undefined;
    }
  }
}

/** A place as one word, for sets and maps. */
export function placeName(place: Place): string {
  return `${place.map}/${place.key}`;
}

function collectInto(touched: Map<string, TouchedPlace>): (patches: Automerge.Patch[]) => void {
  return (patches) => {
    for (const patch of patches) {
      const [map, key] = patch.path;
      if (typeof map !== 'string' || typeof key !== 'string') continue;
      const name = `${map}/${key}`;
      const before = touched.get(name)?.conflicted === true;
      const now = patch.action === 'conflict' || (patch.action === 'put' && patch.conflict === true);
      touched.set(name, { map, key, conflicted: before || now });
    }
  };
}

function textOf(value: unknown): string | undefined {
  return Automerge.isImmutableString(value) ? value.val : undefined;
}
