/**
 * Everything that a peer may do to the world. The effect runner commits all `write`s of a batch in one durable
 * transaction before it performs any other effect of it: so what was not remembered was never said or done.
 */
import type { DocumentCommand } from '../document/document-protocol.ts';
import type { MachineId, RunId } from '../domain/ids.ts';
import type { OutputSpan } from '../domain/output-spans.ts';
import type { RunRecord } from '../domain/run.ts';
import type { LogLevel } from '../ports/logger.ts';
import type { LaunchSpec } from '../ports/process-runner.ts';
import type { StoreWrite } from '../ports/state-store.ts';
import type { ChangeVector } from '../document/document-protocol.ts';
import type { OutputChunk } from '../ports/output-store.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../protocol/messages.ts';
import type { AppError } from '../std/app-error.ts';
import type { Result } from '../std/result.ts';
import type { CommandOutcome } from './commands.ts';
import type { PeerChange } from './peer-view.ts';
import type { NotifyJob } from './notify-effects.ts';
import type { SealingJob, SecretsOfRun } from './secret-effects.ts';

export type Effect =
  | { readonly type: 'write'; readonly write: StoreWrite }
  // mesh
  | { readonly type: 'send'; readonly to: MachineId; readonly message: PeerMessage }
  | { readonly type: 'publish'; readonly heartbeat: Heartbeat }
  | { readonly type: 'dial'; readonly machine: MachineId; readonly addresses: readonly string[] }
  | { readonly type: 'disconnect'; readonly machine: MachineId }
  | { readonly type: 'set-members'; readonly members: ReadonlySet<MachineId> }
  /** Tells every connected member of a new record of the own log; those of one batch go together. */
  | { readonly type: 'announce-record'; readonly record: RunRecord }
  /** Reads from the store and sends. */
  | { readonly type: 'send-log-page'; readonly to: MachineId; readonly recorderId: MachineId; readonly after: number }
  | { readonly type: 'send-audit-page'; readonly to: MachineId; readonly recorderId: MachineId; readonly after: number }
  | { readonly type: 'send-changes'; readonly to: MachineId; readonly vector: ChangeVector }
  // admission
  | { readonly type: 'answer-join'; readonly requestId: string; readonly answer: JoinAnswer }
  | {
      readonly type: 'request-join';
      readonly requestId: string;
      readonly inviter: MachineId;
      readonly addresses: readonly string[];
      readonly request: JoinRequest;
    }
  // this machine
  | { readonly type: 'document'; readonly command: DocumentCommand }
  /** Opens the document anew from what is stored. */
  | { readonly type: 'reopen-document'; readonly actor: string }
  | { readonly type: 'start-processes'; readonly unfinished: readonly RunId[] }
  /** `secrets` are opened first, in memory. */
  | { readonly type: 'launch'; readonly spec: LaunchSpec; readonly secrets?: SecretsOfRun }
  /** The answer is the event `notified`. */
  | { readonly type: 'notify'; readonly job: NotifyJob }
  /** The answer is the event `secret-sealed`. */
  | { readonly type: 'seal-secret'; readonly job: SealingJob }
  | { readonly type: 'terminate'; readonly runId: RunId; readonly graceMs: number }
  | {
      readonly type: 'read-output';
      readonly requestId: string;
      readonly to: MachineId | undefined;
      readonly runId: RunId;
      readonly offset: number;
      readonly limit: number;
    }
  | {
      readonly type: 'keep-output';
      readonly runId: RunId;
      readonly offset: number;
      readonly data: Uint8Array;
      readonly complete: boolean;
      readonly errors: readonly OutputSpan[];
    }
  /** The answer is the event `load`. */
  | { readonly type: 'measure-load' }
  | { readonly type: 'prune-output'; readonly before: number }
  // hosts
  | { readonly type: 'reply'; readonly requestId: string; readonly outcome: CommandOutcome }
  | { readonly type: 'reply-output'; readonly requestId: string; readonly outcome: Result<OutputChunk, AppError> }
  | { readonly type: 'reply-document'; readonly requestId: string; readonly outcome: Result<unknown, AppError> }
  | { readonly type: 'tell'; readonly change: PeerChange }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly fields?: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'stopped' };
