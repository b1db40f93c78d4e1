/** An opened document: the replica, and what is known about it beside what Automerge tells. */
import type { DecodedChange } from '@automerge/automerge';
import { type ClusterId, hashId, type MachineId } from '../domain/ids.ts';
import type { ChangeVerifier } from '../security/sealed-change.ts';
import { type Result, err, ok } from '../std/result.ts';
import { ActorLedger } from './actor-ledger.ts';
import { AuthorityIndex } from './authority-index.ts';
import type { Held } from './change-intake.ts';
import { ConflictIndex } from './conflicts.ts';
import type { ChangeVector } from './document-protocol.ts';
import type { DraftSource } from './draft.ts';
import { OperationIndex } from './operation-index.ts';
import { Projection } from './projection.ts';
import { Replica } from './replica.ts';
import { RevisionIndex } from './revisions.ts';
import { decodeSnapshot } from './snapshot.ts';
import type { TrustWrite } from './trust-write.ts';
import { ValidValues, type VoidUpdate } from './valid-values.ts';
import type { Voucher } from './vouching.ts';

export interface OpenedDocument {
  readonly replica: Replica;
  readonly ledger: ActorLedger;
  readonly conflicts: ConflictIndex;
  readonly authority: AuthorityIndex;
  /** The values, void ones aside. */
  readonly values: ValidValues;
  readonly projection: Projection;
  readonly operations: OperationIndex;
  readonly revisions: RevisionIndex;
}

/** What machines compare: equal digests, equal documents. */
export interface DocumentState {
  /** Short hash of the heads. */
  readonly digest: string;
  readonly heads: readonly string[];
  readonly vector: ChangeVector;
}

/**
 * The document of a snapshot, or the genesis alone; the error says why the snapshot cannot be used.
 * @param actor for own changes, hex. @param verifier checks certificates.
 */
export function openStored(
  bytes: Uint8Array | undefined,
  actor: string,
  verifier: ChangeVerifier,
): Result<OpenedDocument, string> {
  if (bytes === undefined) return ok(assemble(Replica.create(actor), new ActorLedger(), [], verifier));
  const snapshot = decodeSnapshot(bytes, actor);
  if (!snapshot.ok) return err(snapshot.error);
  const { replica, ledger, conflicts, trust } = snapshot.value;
  const opened = assemble(replica, ledger, trust, verifier);
  opened.conflicts.refresh(
    replica,
    conflicts.map((place) => ({ ...place, conflicted: true })),
  );
  return ok(opened);
}

function assemble(
  replica: Replica,
  ledger: ActorLedger,
  trust: readonly TrustWrite[],
  verifier: ChangeVerifier,
): OpenedDocument {
  const conflicts = new ConflictIndex();
  const operations = new OperationIndex(replica);
  const authority = new AuthorityIndex(replica, verifier, trust);
  const values = new ValidValues(replica, conflicts, operations);
  const projection = new Projection(replica, values, authority);
  return { replica, ledger, conflicts, authority, values, projection, operations, revisions: new RevisionIndex() };
}

/**
 * What `takeIn` needs to know of it.
 * @param bound the cluster that the changes must belong to, when the document itself does not say.
 */
export function heldBy(opened: OpenedDocument, bound: ClusterId | undefined): Held {
  const { replica, ledger, operations, authority } = opened;
  return {
    ledger,
    holds: (hash) => replica.holds(hash),
    lastOperationOf: (hash) => replica.lastOperationOf(hash),
    writtenBy: (operationId) => operations.writtenBy(operationId),
    judge: (change, author) => authority.judge(change, author, bound),
    note: (change, author) => {
      authority.note(change, author);
    },
  };
}

/** The same for changes that were judged before they were stored on this machine. */
export function heldByStored(opened: OpenedDocument): Held {
  return { ...heldBy(opened, undefined), judge: () => ok(undefined) };
}

/** What a list of edits is worked out over. @param self the machine that edits. @param voucher knows forged values. */
export function draftSourceOf(
  { projection, ledger, replica }: OpenedDocument,
  self: MachineId,
  voucher: Voucher,
): DraftSource {
  return {
    clusterId: projection.clusterId,
    read: (place) => projection.read(place),
    candidatesOf: (place) => projection.candidatesOf(place),
    textsAt: (place) => projection.textsAt(place),
    machine: (id) => projection.machine(id),
    isCredible: (place, envelope) => projection.isCredible(place, envelope) && !voucher.isForged(place, envelope),
    changesOf: (machine) => {
      const held = [...ledger.entries()].filter(([, { author }]) => author === machine);
      const last = Object.fromEntries(held.map(([actor, { sequence }]) => [actor, sequence]));
      // The change that is being made counts as well.
      return machine === self ? { ...last, [replica.actor]: ledger.sequenceOf(replica.actor) + 1 } : last;
    },
  };
}

/** Notes a change that was made or applied. */
export function noteChange(opened: OpenedDocument, decoded: DecodedChange, author: MachineId): void {
  opened.ledger.record(decoded, author);
  opened.operations.add(decoded);
  opened.revisions.add(decoded);
  opened.authority.note(decoded, author);
}

/** Changes were noted: other ones may be void now. */
export function refreshVoid({ authority, ledger, values }: OpenedDocument): VoidUpdate {
  return values.update(authority.voidChanges(ledger.entries()));
}

export function stateOf({ replica, ledger }: OpenedDocument): DocumentState {
  const heads = replica.heads();
  return { digest: hashId('heads', ...heads), heads, vector: ledger.vector() };
}
