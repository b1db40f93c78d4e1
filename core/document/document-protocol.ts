/**
 * What the peer asks of the document, and what it hears back. The document itself may live on another thread, so both
 * directions are plain data. Every command is answered by events in the order of the commands.
 */
import type { Calendar } from '../domain/calendar.ts';
import type { AppError } from '../std/app-error.ts';
import type { ClusterId, MachineId, TaskId } from '../domain/ids.ts';
import type { RosterEntry } from '../domain/machine.ts';
import type { DeletedSecret, SealedSecret } from '../security/secrets.ts';
import type { FacetName, FacetOrigin, Task, TaskDefinition } from '../domain/task.ts';
import type { Channel } from '../domain/channel.ts';
import type { NamedCalendar } from './calendar-changes.ts';
import type { NamedChannel } from './channel-changes.ts';

/** An Automerge change as it travels and is stored: its author vouches for its hash. */
export interface SealedChange {
  /** Automerge actor, hex. One per machine and data folder. */
  readonly actor: string;
  /** Number of the change among those of its actor, from 1 without gaps. */
  readonly sequence: number;
  /** Hash of the change, hex. */
  readonly hash: string;
  readonly author: MachineId;
  /** Ed25519 by the author over the seal text of `security/sealed-change`. */
  readonly signature: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Per actor the number of the newest change that is held. Says exactly what a machine has. */
export type ChangeVector = Readonly<Record<string, number>>;

export interface ClusterSettings {
  readonly id: ClusterId;
  readonly name: string;
  /** The root key, in the form of a machine id. It is no machine's; it certifies the first admin. */
  readonly root: MachineId;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** How new a secret is: see `security/secrets`. */
export type SecretAge = Pick<SealedSecret, 'generation' | 'version'>;

/** A secret by its name, deleted ones too; `state` is undefined when nothing of it counts any more. */
export interface NamedSecret {
  readonly name: string;
  readonly state: SealedSecret | DeletedSecret | undefined;
}

/** One edit; a list of them becomes one change. */
export type DocumentEdit =
  | { readonly kind: 'create-cluster'; readonly settings: ClusterSettings }
  | {
      readonly kind: 'put-task';
      readonly definition: TaskDefinition;
      /** `create` refuses an existing id; `upsert` writes only the facets that differ, and brings back a deleted task. */
      readonly mode: 'create' | 'upsert';
      /** When given: the edit is refused with DOCUMENT_CONFLICT if a facet's revision is not this any more. */
      readonly expectRevisions?: Partial<Record<FacetName, number>>;
    }
  | { readonly kind: 'suspend-task'; readonly id: TaskId; readonly suspended: boolean }
  | { readonly kind: 'delete-task'; readonly id: TaskId }
  | { readonly kind: 'restore-task'; readonly id: TaskId }
  | { readonly kind: 'settle-conflict'; readonly id: TaskId; readonly facet: FacetName; readonly chosen: string }
  /** `after`: the state that it follows, zeros where there is none; refused with DOCUMENT_CONFLICT when it is another by now. */
  | { readonly kind: 'put-secret'; readonly name: string; readonly secret: SealedSecret; readonly after: SecretAge }
  | { readonly kind: 'delete-secret'; readonly name: string }
  /** `expectRevision`: 0 where there must be none yet; refused with DOCUMENT_CONFLICT when it is another by now. */
  | {
      readonly kind: 'put-calendar';
      readonly name: string;
      readonly calendar: Calendar;
      readonly expectRevision?: number;
    }
  | { readonly kind: 'delete-calendar'; readonly name: string }
  /** The same. */
  | {
      readonly kind: 'put-channel';
      readonly name: string;
      readonly channel: Channel;
      readonly expectRevision?: number;
    }
  | { readonly kind: 'delete-channel'; readonly name: string }
  | { readonly kind: 'put-machine'; readonly entry: RosterEntry }
  | { readonly kind: 'patch-machine'; readonly id: MachineId; readonly patch: Partial<Omit<RosterEntry, 'id'>> };

/** A task that is in the document and cannot be shown: something of it is missing, damaged or of a later version. */
export interface UnreadableTask {
  readonly id: TaskId;
  readonly facet: FacetName;
  readonly reason: string;
}

/** What changed in the plain view of the document. */
export interface ProjectionDelta {
  readonly tasks: readonly Task[];
  /** Tasks that are not shown any more: deleted, or unreadable now. */
  readonly deletedTasks: readonly TaskId[];
  /** Tasks that are in the document, and left out because they cannot be read. */
  readonly unreadableTasks?: readonly UnreadableTask[];
  readonly machines: readonly RosterEntry[];
  readonly secrets?: readonly NamedSecret[];
  readonly calendars?: readonly NamedCalendar[];
  readonly channels?: readonly NamedChannel[];
  readonly cluster?: ClusterSettings;
}

/** One past value of a facet. */
export interface Revision extends FacetOrigin {
  readonly taskId: TaskId;
  readonly facet: FacetName | 'deleted';
  /** JSON text of the value before and after; undefined where there was none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly changeHash: string;
  /** It does not count: its author had been removed, or had its right only from one who had. */
  readonly void?: true;
  /** Its author has not signed it. */
  readonly unsigned?: true;
}

/** One of the concurrent values of a facet. */
export interface ConflictValue extends FacetOrigin {
  /** Names this value in `settle-conflict`. */
  readonly key: string;
  readonly value: string;
  readonly inForce: boolean;
}

/** Why a task must not be run, for the record of the refusal. */
export interface VouchProblem {
  readonly facet: FacetName;
  readonly author: MachineId;
  readonly code: 'FACET_UNSIGNED' | 'FACET_FORGED' | 'AUTHOR_NOT_EDITOR';
  readonly text: string;
}

/** Who vouches for a facet as it is now. */
export interface FacetSignature extends FacetOrigin {
  readonly facet: FacetName;
  /** Absent when the facet is signed by its author, an editor. */
  readonly problem?: VouchProblem;
}

export type DocumentCommand =
  | {
      readonly type: 'open';
      readonly self: MachineId;
      /** Actor for own changes, hex; a new one after a restore. */
      readonly actor: string;
      readonly snapshot: Uint8Array | undefined;
      /** Changes that the snapshot may or may not contain, in the order in which they were stored. */
      readonly changes: readonly SealedChange[];
    }
  | {
      readonly type: 'edit';
      readonly requestId: string;
      readonly edits: readonly DocumentEdit[];
      /** Epoch milliseconds. */
      readonly at: number;
    }
  | {
      readonly type: 'receive';
      readonly from: MachineId;
      readonly changes: readonly SealedChange[];
      /** The cluster that this machine was admitted to: as long as the document is empty, no other is taken in. */
      readonly cluster?: ClusterId;
    }
  | { readonly type: 'snapshot' }
  /**
   * Are all facets of this task signed by who says so, and is that an editor? Answered by `vouched`; by `refused` with
   * TASK_NOT_FOUND when the task is not there (any more).
   */
  | {
      readonly type: 'vouch';
      readonly requestId: string;
      readonly taskId: TaskId;
      /** Answer with what is known of each facet. */
      readonly detailed?: true;
    }
  | { readonly type: 'history'; readonly requestId: string; readonly taskId: TaskId; readonly limit: number }
  | {
      readonly type: 'conflicts';
      readonly requestId: string;
      readonly taskId: TaskId;
      readonly facet: FacetName;
    };

export type DocumentEvent =
  /**
   * A slice of the view: while the document opens, and directly after a `changed` whose view is larger than a slice
   * (what follows then belongs to the same changes, which are stored with the `changed`).
   */
  | { readonly type: 'projected'; readonly delta: ProjectionDelta }
  | {
      readonly type: 'opened';
      readonly digest: string;
      readonly heads: readonly string[];
      readonly vector: ChangeVector;
    }
  /** Changes were made here (`requestId`) or came from a peer (`from`) and are to be stored; own ones also announced. */
  | {
      readonly type: 'changed';
      readonly requestId: string | undefined;
      readonly from: MachineId | undefined;
      readonly changes: readonly SealedChange[];
      readonly delta: ProjectionDelta;
      readonly digest: string;
      readonly heads: readonly string[];
      readonly vector: ChangeVector;
    }
  /** Not all of what a peer sent could be applied yet: something before it is missing. */
  | { readonly type: 'premature'; readonly from: MachineId }
  | { readonly type: 'refused'; readonly requestId: string; readonly error: AppError }
  /** A peer sent a change that is damaged, forged or beyond a limit. */
  | { readonly type: 'rejected'; readonly from: MachineId; readonly hash: string; readonly reason: string }
  /**
   * After a `changed`: one of its changes counts for nothing, its author had been removed by then. With `heldBefore`: it was
   * held and has counted until now, as have others of its author; all of them are so many.
   */
  | { readonly type: 'void'; readonly author: MachineId; readonly hash: string; readonly heldBefore?: number }
  | { readonly type: 'snapshot'; readonly bytes: Uint8Array; readonly vector: ChangeVector }
  /** `problem` is absent when the task in its present form may be run. */
  | {
      readonly type: 'vouched';
      readonly requestId: string;
      readonly taskId: TaskId;
      /** Names the form that was judged: revisions and authors of all facets. */
      readonly origins: string;
      readonly problem?: VouchProblem;
      /** Of those that were ever written, when it was asked for. */
      readonly signatures?: readonly FacetSignature[];
    }
  | { readonly type: 'history'; readonly requestId: string; readonly revisions: readonly Revision[] }
  | { readonly type: 'conflicts'; readonly requestId: string; readonly values: readonly ConflictValue[] }
  /** All that a peer sent was held already. */
  | { readonly type: 'nothing-new'; readonly from: MachineId }
  /** The document cannot be used (stored data damaged): it must be opened anew from what is sound. */
  | { readonly type: 'failed'; readonly error: AppError };
