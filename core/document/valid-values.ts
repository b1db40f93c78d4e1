/**
 * The values of the document, void ones aside. Automerge keeps what a revoked machine wrote, because others may have built
 * on it; here it is read as if it was not there.
 *
 * A value is in force when its change is not void and no other such change has replaced it, be it directly or through void
 * ones; of several the one with the highest operation id, as Automerge has it. Only places that a void change wrote are
 * worked out like this; all others are read as they are.
 */
import type { ConflictIndex } from './conflicts.ts';
import type { OperationIndex } from './operation-index.ts';
import { type Candidate, type Replica, placeName } from './replica.ts';
import { type Place, mapOfObject } from './schema.ts';

/** A place with void operations: the text of each by its id. */
interface VoidPlace {
  readonly place: Place;
  readonly operations: Map<string, string>;
}

/** What the last changes have made void. */
export interface VoidUpdate {
  /** Places that may read differently, because other changes are void now. */
  readonly touched: readonly Place[];
  /** Hashes of the changes that are void since. */
  readonly struck: readonly string[];
}

export class ValidValues {
  readonly #replica: Replica;
  readonly #conflicts: ConflictIndex;
  readonly #operations: OperationIndex;
  readonly #void = new Set<string>();
  readonly #places = new Map<string, VoidPlace>();
  /** What was worked out since the document changed last. */
  readonly #inForce = new Map<string, readonly Candidate[]>();

  constructor(replica: Replica, conflicts: ConflictIndex, operations: OperationIndex) {
    this.#replica = replica;
    this.#conflicts = conflicts;
    this.#operations = operations;
  }

  isVoid(changeHash: string): boolean {
    return this.#void.has(changeHash);
  }

  /** The document has changed. */
  update(voidNow: ReadonlySet<string>): VoidUpdate {
    this.#inForce.clear();
    const touched: Place[] = [];
    for (const hash of this.#void) if (!voidNow.has(hash)) touched.push(...this.#restore(hash));
    const struck = [...voidNow].filter((hash) => !this.#void.has(hash));
    for (const hash of struck) touched.push(...this.#strike(hash));
    return { touched, struck };
  }

  /** The text in force at a place. */
  read(place: Place): string | undefined {
    const marked = this.#places.get(placeName(place));
    return marked === undefined ? this.#replica.read(place) : this.#inForceAt(marked)[0]?.text;
  }

  /** All concurrent values of a place; empty when there is one value or none. */
  candidatesOf(place: Place): Candidate[] {
    const marked = this.#places.get(placeName(place));
    if (marked === undefined) return this.#conflicts.candidatesOf(this.#replica, place);
    const inForce = this.#inForceAt(marked);
    return inForce.length > 1 ? [...inForce].sort((a, b) => (a.key < b.key ? -1 : 1)) : [];
  }

  /** The texts at a place that nothing has replaced, void ones included. */
  textsAt(place: Place): string[] {
    return this.#replica.textsAt(place);
  }

  #strike(hash: string): Place[] {
    this.#void.add(hash);
    return this.#writesOf(hash).map(({ place, operationId, text }) => {
      const marked = this.#places.get(placeName(place)) ?? { place, operations: new Map<string, string>() };
      marked.operations.set(operationId, text);
      this.#places.set(placeName(place), marked);
      return place;
    });
  }

  #restore(hash: string): Place[] {
    this.#void.delete(hash);
    return this.#writesOf(hash).map(({ place, operationId }) => {
      const marked = this.#places.get(placeName(place));
      marked?.operations.delete(operationId);
      if (marked?.operations.size === 0) this.#places.delete(placeName(place));
      return place;
    });
  }

  #writesOf(hash: string): { place: Place; operationId: string; text: string }[] {
    const change = this.#replica.inspect(hash);
    return (change?.ops ?? []).map(({ obj, key, value }, index) => ({
      place: { map: mapOfObject(obj) ?? '', key },
      operationId: `${(change?.startOp ?? 0) + index}@${change?.actor ?? ''}`,
      text: typeof value === 'string' ? value : '',
    }));
  }

  #inForceAt(marked: VoidPlace): readonly Candidate[] {
    const name = placeName(marked.place);
    const known = this.#inForce.get(name);
    if (known !== undefined) return known;
    const inForce = this.#workOut(marked);
    this.#inForce.set(name, inForce);
    return inForce;
  }

  /** From what Automerge shows, down through void operations to those that count. The newest is first. */
  #workOut({ place, operations }: VoidPlace): Candidate[] {
    const found = new Map<string, string>();
    const passed = new Set<string>();
    const descend = (start: string): void => {
      for (const pending = [start]; pending.length > 0;) {
        const id = pending.pop() as string;
        if (passed.has(id)) continue;
        passed.add(id);
        const content = this.#operations.contentOf(id);
        if (content === undefined) continue;
        if (operations.has(id)) pending.push(...content.replaced);
        else found.set(id, content.text);
      }
    };
    const shown = this.#shownAt(place, operations);
    if (typeof shown === 'string') return [{ key: '', text: shown }];
    for (const id of shown) descend(id);
    if (found.size > 1) for (const id of this.#replacedBy([...found.keys()])) found.delete(id);
    return [...found].map(([key, text]) => ({ key, text })).sort((a, b) => compareOperations(b.key, a.key));
  }

  /**
   * The operations that Automerge shows at a place. It does not name a single one; a void one is known by its text (that
   * of what replaces it has another revision), and of one that counts the text is the answer.
   */
  #shownAt(place: Place, operations: ReadonlyMap<string, string>): readonly string[] | string {
    const shown = this.#replica.candidatesOf(place).map(({ key }) => key);
    const text = this.#replica.read(place);
    if (shown.length > 0 || text === undefined) return shown;
    const alike = [...operations].filter(([, other]) => other === text).map(([id]) => id);
    return alike.length === 0 ? text : alike.sort(compareOperations).slice(-1);
  }

  /** Which of some operations others of them have replaced, directly or not. */
  #replacedBy(ids: readonly string[]): Set<string> {
    const oldest = Math.min(...ids.map(counterOf));
    const passed = new Set<string>();
    const pending = ids.flatMap((id) => this.#operations.contentOf(id)?.replaced ?? []);
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (passed.has(id) || counterOf(id) < oldest) continue;
      passed.add(id);
      pending.push(...(this.#operations.contentOf(id)?.replaced ?? []));
    }
    return passed;
  }
}

function counterOf(operationId: string): number {
  return Number.parseInt(operationId, 10);
}

/** By counter, then by actor, as Automerge orders concurrent values. */
function compareOperations(a: string, b: string): number {
  return counterOf(a) - counterOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}
