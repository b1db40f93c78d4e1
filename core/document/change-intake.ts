/**
 * Decides which of the changes that came in may be applied now.
 *
 *   change ──► known      held already (or a twin earlier in the list): nothing to do
 *          ──► rejected   damaged, forged, not allowed, or another change under a number that is taken
 *          ──► waiting    something before it is not held: its turn comes after a synchronisation
 *          ──► accepted   every change that it depends on is held, and it is the next of its actor
 *
 * The numbers of a change's operations must follow those of the changes that it depends on (Automerge's Lamport clock),
 * and what an operation replaces must exist at its own place. Automerge checks neither, and a document with a change that
 * breaks it can be saved, but not loaded again. A value counts on from those that it replaces: the next revision, so that
 * nobody brings back an old one as it was. And the author must have had the right to what the change does
 * (`authority-index.ts`).
 *
 * Nothing of the document is touched here (but the index of authority learns of each accepted change at once). A verdict but `waiting` depends on the change and its causal past alone, so
 * every machine comes to the same one.
 */
import type { DecodedChange } from '@automerge/automerge';
import type { MachineId } from '../domain/ids.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err } from '../std/result.ts';
import { type ActorLedger, lastOperation } from './actor-ledger.ts';
import { type CheckedChange, checkChangeShape } from './change-shape.ts';
import type { SealedChange } from './document-protocol.ts';
import type { Written } from './operation-index.ts';
import { GENESIS_ACTOR } from './schema.ts';

export interface AcceptedChange {
  readonly sealed: SealedChange;
  readonly decoded: DecodedChange;
}

export interface Intake {
  /** In an order in which they can be applied. */
  readonly accepted: readonly AcceptedChange[];
  readonly waiting: readonly SealedChange[];
  readonly rejected: readonly { readonly change: SealedChange; readonly reason: string }[];
}

/** What is held already. */
export interface Held {
  readonly ledger: ActorLedger;
  holds(hash: string): boolean;
  /** Counter of the last operation of a change that is held. */
  lastOperationOf(hash: string): number;
  /** What an operation that is held wrote. */
  writtenBy(operationId: string): Written | undefined;
  /** Whether the author of a change, whose past is held, may do what it does; the error says why not. */
  judge(change: DecodedChange, author: MachineId): Result<undefined, string>;
  /** A change is accepted: others may build on it. */
  note(change: DecodedChange, author: MachineId): void;
}

type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'accepted'; readonly decoded: DecodedChange };

type Check = (change: SealedChange) => Result<CheckedChange>;

/**
 * Sorts changes by verdict. They may come in any order: the list is gone through until nothing more becomes ready.
 * @param check seal and content of one change, called once for each that is not known.
 */
export function takeIn(changes: readonly SealedChange[], held: Held, check: Check): Intake {
  const sorter = new Sorter(held, check);
  const accepted: AcceptedChange[] = [];
  const rejected: { change: SealedChange; reason: string }[] = [];
  let pending = changes;
  for (let progress = true; progress && pending.length > 0;) {
    const waiting: SealedChange[] = [];
    for (const change of pending) {
      const verdict = sorter.judge(change);
      if (verdict.kind === 'waiting') waiting.push(change);
      else if (verdict.kind === 'rejected') rejected.push({ change, reason: verdict.reason });
      else if (verdict.kind === 'accepted') accepted.push({ sealed: change, decoded: verdict.decoded });
    }
    progress = waiting.length < pending.length;
    pending = waiting;
  }
  return { accepted, waiting: pending, rejected };
}

class Sorter {
  readonly #ledger: ActorLedger;
  readonly #held: Held;
  readonly #check: Check;
  /** The last operation of each change that was accepted. */
  readonly #accepted = new Map<string, number>();
  /** What the operations of these changes wrote. */
  readonly #written = new Map<string, Written>();
  readonly #checked = new Map<SealedChange, Result<CheckedChange>>();

  constructor(held: Held, check: Check) {
    this.#ledger = held.ledger.fork();
    this.#held = held;
    this.#check = check;
  }

  judge(change: SealedChange): Verdict {
    const { actor, author, sequence, hash } = change;
    if (actor === GENESIS_ACTOR) return rejected('The genesis change has no author.');
    const entry = this.#ledger.get(actor);
    const newest = entry?.sequence ?? 0;
    if (sequence <= newest && entry?.author === author && this.#holds(hash)) return { kind: 'known' };
    const checked = this.#checkOnce(change);
    if (!checked.ok) return rejected(checked.error.message);
    if (entry !== undefined && entry.author !== author) return rejected('Its actor belongs to another machine.');
    if (sequence <= newest) return rejected('Its machine made another change with the same number.');
    const { decoded } = checked.value;
    if (sequence > newest + 1 || !decoded.deps.every((dep) => this.#holds(dep))) return { kind: 'waiting' };
    const past = decoded.deps.reduce((last, dep) => Math.max(last, this.#lastOperationOf(dep)), 0);
    if (decoded.startOp !== past + 1) return rejected('Its operations do not follow those that it builds on.');
    if (decoded.startOp <= (entry?.lastOperation ?? 0)) return rejected('It repeats operations of its actor.');
    const replacing = this.#checkReplaced(checked.value);
    if (replacing !== undefined) return replacing;
    const judged = this.#held.judge(decoded, author);
    if (!judged.ok) return rejected(`The change is not allowed: ${judged.error}.`);
    this.#accept(change, checked.value);
    return { kind: 'accepted', decoded };
  }

  /** What an operation replaces must be older operations at the same place, with lower revisions; undefined when all are. */
  #checkReplaced({ decoded, written }: CheckedChange): Verdict | undefined {
    for (const [index, { pred }] of decoded.ops.entries()) {
      const now = written[index] as Written;
      let newest = 0;
      for (const replaced of pred) {
        const before = this.#written.get(replaced) ?? this.#held.writtenBy(replaced);
        if (before === undefined) return { kind: 'waiting' };
        if (before.place !== now.place || Number.parseInt(replaced, 10) >= decoded.startOp) {
          return rejected('It replaces what is not at the same place.');
        }
        newest = Math.max(newest, before.revision);
      }
      if (now.revision !== newest + 1) return rejected('Its revisions do not count on from those that it replaces.');
    }
    return undefined;
  }

  #accept({ author }: SealedChange, { decoded, written }: CheckedChange): void {
    this.#ledger.record(decoded, author);
    this.#held.note(decoded, author);
    this.#accepted.set(decoded.hash, lastOperation(decoded));
    for (const [index, one] of written.entries()) {
      this.#written.set(`${decoded.startOp + index}@${decoded.actor}`, one);
    }
  }

  #holds(hash: string): boolean {
    return this.#accepted.has(hash) || this.#held.holds(hash);
  }

  #lastOperationOf(hash: string): number {
    return this.#accepted.get(hash) ?? this.#held.lastOperationOf(hash);
  }

  #checkOnce(change: SealedChange): Result<CheckedChange> {
    const before = this.#checked.get(change);
    if (before !== undefined) return before;
    const checked = this.#check(change);
    this.#checked.set(change, checked);
    return checked;
  }
}

/** Checks a change's bytes or seal by `check`, then what it does. */
export function checkWhole(
  change: SealedChange,
  check: (change: SealedChange) => Result<DecodedChange>,
): Result<CheckedChange> {
  const checked = check(change);
  if (!checked.ok) return checked;
  const shape = checkChangeShape(checked.value, change.bytes, change.author);
  if (shape.ok) return shape;
  return err(appError('DOCUMENT_CHANGE_INVALID', `The change was not applied: ${shape.error}.`));
}

function rejected(reason: string): Verdict {
  return { kind: 'rejected', reason };
}
