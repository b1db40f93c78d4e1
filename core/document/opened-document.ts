/** An opened document: the replica, and what is known about it beside what Automerge tells. */
import type { DecodedChange } from '@automerge/automerge';
import { hashId, type MachineId } from '../domain/ids.ts';
import { type Result, err, ok } from '../std/result.ts';
import { ActorLedger } from './actor-ledger.ts';
import type { Held } from './change-intake.ts';
import { ConflictIndex } from './conflicts.ts';
import type { ChangeVector } from './document-protocol.ts';
import { OperationIndex } from './operation-index.ts';
import { Projection } from './projection.ts';
import { Replica } from './replica.ts';
import { RevisionIndex } from './revisions.ts';
import { decodeSnapshot } from './snapshot.ts';

export interface OpenedDocument {
  readonly replica: Replica;
  readonly ledger: ActorLedger;
  readonly conflicts: ConflictIndex;
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
 * @param actor for own changes, hex.
 */
export function openStored(bytes: Uint8Array | undefined, actor: string): Result<OpenedDocument, string> {
  const conflicts = new ConflictIndex();
  let replica: Replica;
  let ledger = new ActorLedger();
  if (bytes === undefined) {
    replica = Replica.create(actor);
  } else {
    const snapshot = decodeSnapshot(bytes, actor);
    if (!snapshot.ok) return err(snapshot.error);
    ({ replica, ledger } = snapshot.value);
    conflicts.refresh(
      replica,
      snapshot.value.conflicts.map((place) => ({ ...place, conflicted: true })),
    );
  }
  const projection = new Projection(replica, conflicts);
  return ok({
    replica,
    ledger,
    conflicts,
    projection,
    operations: new OperationIndex(replica),
    revisions: new RevisionIndex(),
  });
}

/** What `takeIn` needs to know of it. */
export function heldBy({ replica, ledger, operations }: OpenedDocument): Held {
  return {
    ledger,
    holds: (hash) => replica.holds(hash),
    lastOperationOf: (hash) => replica.lastOperationOf(hash),
    placeOf: (operationId) => operations.placeOf(operationId),
  };
}

/** Notes a change that was made or applied. */
export function noteChange(opened: OpenedDocument, decoded: DecodedChange, author: MachineId): void {
  opened.ledger.record(decoded, author);
  opened.operations.add(decoded);
  opened.revisions.add(decoded);
}

export function stateOf({ replica, ledger }: OpenedDocument): DocumentState {
  const heads = replica.heads();
  return { digest: hashId('heads', ...heads), heads, vector: ledger.vector() };
}
