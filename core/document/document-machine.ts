/**
 * The document as a machine without input and output: commands in, events out, the same on every run. The host decides
 * on which thread it lives, and hands its events on; the caller must take all events of one command before it gives the
 * next, because a large view comes in slices.
 *
 *   closed ──open──► opened ──edit, receive, snapshot, history, conflicts──► opened
 *      └────open────► closed (failed: what is stored is damaged)    opened ──close──► closed
 *
 * What a peer sends can neither throw nor damage the document: seals, content and order are checked first
 * (`change-intake.ts`), and what Automerge still refuses is undone (`replica.ts`) and told as rejected.
 */
import { LIMITS } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { type ChangeSigner, checkSealedChange, checkStoredChange, sealChange } from '../security/sealed-change.ts';
import { appError } from '../std/app-error.ts';
import { assert, unreachable } from '../std/assert.ts';
import { applyAccepted } from './change-application.ts';
import { checkWhole, takeIn } from './change-intake.ts';
import { conflictValues } from './conflicts.ts';
import type { DocumentCommand, DocumentEvent, SealedChange } from './document-protocol.ts';
import { Draft } from './draft.ts';
import { planEdits } from './edit-planner.ts';
import {
  type OpenedDocument,
  draftSourceOf,
  heldBy,
  heldByStored,
  noteChange,
  openStored,
  refreshVoid,
  stateOf,
} from './opened-document.ts';
import { refusalOf } from './own-edits.ts';
import type { Committed, TouchedPlace } from './replica.ts';
import { facetPlace } from './schema.ts';
import { encodeSnapshot } from './snapshot.ts';
import { Voucher } from './vouching.ts';

type CommandOf<Type extends DocumentCommand['type']> = Extract<DocumentCommand, { type: Type }>;
type EventOf<Type extends DocumentEvent['type']> = Extract<DocumentEvent, { type: Type }>;
type Events = Generator<DocumentEvent, void, undefined>;

export class DocumentMachine {
  readonly #signer: ChangeSigner;
  #opened: OpenedDocument | undefined;
  #voucher: Voucher;
  #busy = false;

  constructor(signer: ChangeSigner) {
    this.#signer = signer;
    this.#voucher = new Voucher(signer);
  }

  /** Carries out a command. The events must be taken to the end before the next command. */
  *handle(command: DocumentCommand): Events {
    assert(!this.#busy, 'all events of a command are taken before the next');
    this.#busy = true;
    try {
      if (command.type === 'open') yield* this.#open(command);
      else if (this.#opened === undefined) yield* answerClosed(command);
      else yield* this.#handleOpened(this.#opened, command);
    } finally {
      this.#busy = false;
    }
  }

  /** Gives the document's memory back. A later `open` opens it again. */
  close(): void {
    assert(!this.#busy, 'no command is at work');
    this.#forget();
  }

  #forget(): void {
    this.#opened?.replica.free();
    this.#opened = undefined;
    this.#voucher = new Voucher(this.#signer);
  }

  *#handleOpened(opened: OpenedDocument, command: Exclude<DocumentCommand, { type: 'open' }>): Events {
    switch (command.type) {
      case 'edit':
        return yield* this.#edit(opened, command);
      case 'receive':
        return yield* this.#receive(opened, command);
      case 'snapshot':
        yield {
          type: 'snapshot',
          bytes: encodeSnapshot(opened.replica, opened.ledger, opened.conflicts.places(), opened.authority.writes()),
          vector: opened.ledger.vector(),
        };
        return;
      case 'vouch':
        yield vouch(opened, this.#voucher, command);
        return;
      case 'history': {
        const limit = Math.min(command.limit, LIMITS.pageSize);
        const revisions = opened.revisions.list(opened.replica, command.taskId, limit, {
          isVoid: (hash) => opened.values.isVoid(hash),
          isSigned: (place, text) => this.#voucher.isSigned(opened.projection, place, text),
        });
        yield { type: 'history', requestId: command.requestId, revisions };
        return;
      }
      case 'conflicts': {
        const place = facetPlace(command.taskId, command.facet);
        const values = conflictValues(opened.projection.candidatesOf(place), opened.replica.read(place));
        yield { type: 'conflicts', requestId: command.requestId, values };
        return;
      }
      default:
        unreachable(command);
    }
  }

  *#open(command: CommandOf<'open'>): Events {
    assert(command.self === this.#signer.self, 'the document is opened by the machine whose key signs');
    this.#forget();
    const base = openStored(command.snapshot, command.actor, this.#signer);
    if (!base.ok) {
      yield failed(`The stored snapshot cannot be used: ${base.error}.`);
      return;
    }
    const { replica, ledger, conflicts, authority } = base.value;
    for (let start = 0; start < command.changes.length; start += LIMITS.changesPerMessage) {
      const stored = command.changes.slice(start, start + LIMITS.changesPerMessage);
      const intake = takeIn(stored, heldByStored(base.value), (change) => checkWhole(change, checkStoredChange));
      const applied = applyAccepted(base.value, intake);
      if (applied.changes.length < intake.accepted.length) authority.forgetUnheld();
      conflicts.refresh(replica, applied.touched);
      const unusable = [...applied.rejected, ...intake.waiting.map((change) => ({ change, reason: LOST_BEFORE }))];
      for (const { change, reason } of unusable) yield rejectedEvent(command.self, change, reason);
      const own = unusable.find(({ change }) => change.actor === command.actor);
      if (own !== undefined) {
        replica.free();
        yield failed(`Stored changes of this machine are damaged (${own.reason}). It needs a new actor.`);
        return;
      }
    }
    if (ledger.get(command.actor) !== undefined && ledger.get(command.actor)?.author !== command.self) {
      replica.free();
      yield failed('The actor of this machine belongs to another machine.');
      return;
    }
    this.#opened = base.value;
    refreshVoid(base.value);
    for (const delta of base.value.projection.all()) yield { type: 'projected', delta };
    yield { type: 'opened', ...stateOf(base.value) };
  }

  *#edit(opened: OpenedDocument, command: CommandOf<'edit'>): Events {
    const { replica, projection, authority } = opened;
    const draft = new Draft(
      draftSourceOf(opened, this.#signer.self, this.#voucher),
      this.#signer,
      command.at,
      projection.counts,
    );
    const planned = planEdits(draft, command.edits, {
      machines: projection.machineCount,
      secrets: projection.secretCounts,
      calendars: projection.calendarCounts,
      channels: projection.channelCounts,
    });
    if (!planned.ok) {
      yield { type: 'refused', requestId: command.requestId, error: planned.error };
      return;
    }
    const refusal = refusalOf(opened, this.#signer.self, planned.value);
    if (refusal !== undefined) {
      yield { type: 'refused', requestId: command.requestId, error: refusal };
      return;
    }
    const message = JSON.stringify({ by: this.#signer.self, edits: kindsOf(command) });
    let made: Committed[];
    try {
      made = replica.attempt(() =>
        planned.value.map((writes) => {
          const committed = replica.commit(writes, command.at, message);
          const judged = authority.judgeOwn(writes, this.#signer.self, replica.actor, committed.change.sequence);
          // An earlier change of the list took the right that this one needs.
          assert(judged.ok, 'a list of edits leaves its author the rights that it needs');
          authority.note(committed.decoded, this.#signer.self);
          return committed;
        }),
      );
    } catch (error) {
      authority.forgetUnheld();
      yield { type: 'refused', requestId: command.requestId, error: appError('INTERNAL', describe(error)) };
      return;
    }
    const changes = made.map(({ change }) => sealChange(this.#signer, change));
    for (const { decoded } of made) noteChange(opened, decoded, this.#signer.self);
    const touched = made.flatMap((committed) => committed.touched);
    yield* this.#changed(opened, { requestId: command.requestId, from: undefined, changes }, touched);
  }

  *#receive(opened: OpenedDocument, command: CommandOf<'receive'>): Events {
    const intake = takeIn(command.changes, heldBy(opened, command.cluster), (change) =>
      checkWhole(change, (sealed) => checkSealedChange(sealed, this.#signer)),
    );
    const applied = applyAccepted(opened, intake);
    if (applied.changes.length < intake.accepted.length) opened.authority.forgetUnheld();
    for (const { change, reason } of applied.rejected) yield rejectedEvent(command.from, change, reason);
    const { changes } = applied;
    if (changes.length > 0) {
      yield* this.#changed(opened, { requestId: undefined, from: command.from, changes }, applied.touched);
    }
    if (intake.waiting.length > 0) yield { type: 'premature', from: command.from };
    // Whoever waits for the end of this batch hears of it in any case.
    const said = changes.length + applied.rejected.length + intake.waiting.length > 0;
    if (!said) yield { type: 'nothing-new', from: command.from };
  }

  *#changed(
    opened: OpenedDocument,
    cause: Pick<EventOf<'changed'>, 'requestId' | 'from' | 'changes'>,
    touched: readonly TouchedPlace[],
  ): Events {
    opened.conflicts.refresh(opened.replica, touched);
    const voids = refreshVoid(opened);
    const slices = opened.projection.touched([...touched, ...voids.touched]);
    const first = slices.next();
    assert(first.done !== true, 'a view has a first slice');
    yield { type: 'changed', ...cause, delta: first.value, ...stateOf(opened) };
    for (const delta of slices) yield { type: 'projected', delta };
    yield* voidEvents(opened, cause.changes, voids.struck);
  }
}

/** Each of the new changes that is void; and of those that were held before, one for all of an author. */
function* voidEvents(
  { values, replica, ledger }: OpenedDocument,
  changes: readonly SealedChange[],
  struck: readonly string[],
): Events {
  for (const { author, hash } of changes) if (values.isVoid(hash)) yield { type: 'void', author, hash };
  const isNew = new Set(changes.map(({ hash }) => hash));
  const before = new Map<MachineId, { readonly hash: string; count: number }>();
  for (const hash of struck) {
    if (isNew.has(hash)) continue;
    const author = ledger.get(replica.inspect(hash)?.actor ?? '')?.author;
    if (author === undefined) continue;
    const known = before.get(author);
    if (known === undefined) before.set(author, { hash, count: 1 });
    else known.count += 1;
  }
  for (const [author, { hash, count }] of before) yield { type: 'void', author, hash, heldBefore: count };
}

function vouch(
  { projection }: OpenedDocument,
  voucher: Voucher,
  { requestId, taskId, detailed }: CommandOf<'vouch'>,
): DocumentEvent {
  const vouched = voucher.vouchFor(projection, taskId);
  const details = detailed === true ? { signatures: voucher.signaturesOf(projection, taskId) } : {};
  if (vouched !== undefined) return { type: 'vouched', requestId, taskId, ...vouched, ...details };
  return { type: 'refused', requestId, error: appError('TASK_NOT_FOUND', `There is no task "${taskId}".`) };
}

const LOST_BEFORE = 'A change before it is missing.';

function kindsOf(command: CommandOf<'edit'>): string[] {
  return [...new Set(command.edits.map(({ kind }) => kind))].sort();
}

function rejectedEvent(from: EventOf<'rejected'>['from'], change: SealedChange, reason: string): DocumentEvent {
  return { type: 'rejected', from, hash: change.hash, reason };
}

function failed(message: string): DocumentEvent {
  return { type: 'failed', error: appError('DATABASE_CORRUPT', message) };
}

/** What a peer sends to a closed document is dropped: a synchronisation brings it again when it is open. */
function* answerClosed(command: Exclude<DocumentCommand, { type: 'open' }>): Events {
  if ('requestId' in command) {
    const error = appError('BUSY', 'The document is not open.');
    yield { type: 'refused', requestId: command.requestId, error };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
