/** A running peer, as its hosts see it. */
import type { ConflictValue, FacetSignature, Revision } from '../document/document-protocol.ts';
import type { AuditAction } from '../domain/audit-record.ts';
import type { RunId, TaskId } from '../domain/ids.ts';
import type { FacetName } from '../domain/task.ts';
import type { OutputChunk } from '../ports/output-store.ts';
import type { RunQueries } from '../ports/run-queries.ts';
import type { AppError } from '../std/app-error.ts';
import type { Result } from '../std/result.ts';
import type { AuditFields } from './audit-steps.ts';
import type { CommandKind, CommandOf, CommandValues } from './commands.ts';
import type { PeerChange, PeerView } from './peer-view.ts';

export interface PeerHandle {
  readonly view: PeerView;
  readonly runs: RunQueries;
  /** Carries out a command; resolves when it is durable here, or refused. */
  execute<K extends CommandKind>(command: CommandOf<K>): Promise<Result<CommandValues[K], AppError>>;
  /** Calls `listener` after each change until the returned function is called. */
  subscribe(listener: (change: PeerChange) => void): () => void;
  /** Output of a run from whichever machine holds it: RUN_NOT_FOUND, OUTPUT_NOT_AVAILABLE. */
  readOutput(run: RunId, offset: number, limit: number): Promise<Result<OutputChunk, AppError>>;
  history(task: TaskId, limit: number): Promise<Result<readonly Revision[], AppError>>;
  /** Who signed each facet of a task, and whether that counts: TASK_NOT_FOUND. */
  signatures(task: TaskId): Promise<Result<readonly FacetSignature[], AppError>>;
  conflicts(task: TaskId, facet: FacetName): Promise<Result<readonly ConflictValue[], AppError>>;
  /** Tells the audit log what a host has refused or seen. */
  noteAudit(action: AuditAction, fields: AuditFields): void;
  /** Announces its leave, hands over, closes everything; bounded in time. Ends no run. */
  stop(): Promise<void>;
}
