/**
 * Decides which of the changes that came in may be applied now.
 *
 *   change ──► known      held already (or a twin earlier in the list): nothing to do
 *          ──► rejected   damaged, forged, not allowed, or another change under a number that is taken
 *          ──► waiting    something before it is not held: its turn comes after a synchronisation
 *          ──► accepted   every change that it depends on is held, and it is the next of its actor
 *
 * Nothing of the document is touched here.
 */
import type { DecodedChange } from '@automerge/automerge';
import { appError } from '../std/app-error.ts';
import { type Result, err } from '../std/result.ts';
import type { ActorLedger } from './actor-ledger.ts';
import { checkChangeShape } from './change-shape.ts';
import type { SealedChange } from './document-protocol.ts';
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
}

type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'accepted'; readonly decoded: DecodedChange };

/**
 * Sorts changes by verdict. They may come in any order: the list is gone through until nothing more becomes ready.
 * @param check seal and content of one change, called once for each that is not known.
 */
export function takeIn(
  changes: readonly SealedChange[],
  held: Held,
  check: (change: SealedChange) => Result<DecodedChange>,
): Intake {
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
  readonly #holds: (hash: string) => boolean;
  readonly #check: (change: SealedChange) => Result<DecodedChange>;
  readonly #accepted = new Set<string>();
  readonly #checked = new Map<SealedChange, Result<DecodedChange>>();

  constructor(held: Held, check: (change: SealedChange) => Result<DecodedChange>) {
    this.#ledger = held.ledger.fork();
    this.#holds = (hash) => this.#accepted.has(hash) || held.holds(hash);
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
    const decoded = checked.value;
    if (sequence > newest + 1 || !decoded.deps.every((dep) => this.#holds(dep))) return { kind: 'waiting' };
    if (decoded.startOp <= (entry?.lastOperation ?? 0)) return rejected('It repeats operations of its actor.');
    if (decoded.startOp > this.#ledger.lastOperation + 1) return { kind: 'waiting' };
    this.#ledger.record(decoded, author);
    this.#accepted.add(hash);
    return { kind: 'accepted', decoded };
  }

  #checkOnce(change: SealedChange): Result<DecodedChange> {
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
): Result<DecodedChange> {
  const checked = check(change);
  if (!checked.ok) return checked;
  const shape = checkChangeShape(checked.value, change.author);
  if (shape.ok) return checked;
  return err(appError('DOCUMENT_CHANGE_INVALID', `The change was not applied: ${shape.error}.`));
}

function rejected(reason: string): Verdict {
  return { kind: 'rejected', reason };
}
