/** Everything that can happen to a peer. Doors have parsed and authenticated what comes from outside. */
import type { DocumentEvent } from '../document/document-protocol.ts';
import type { MachineId, RunId } from '../domain/ids.ts';
import type { PolicyReading } from '../domain/local-policy.ts';
import type { MachineLoad } from '../domain/machine.ts';
import type { OutputChunk } from '../ports/output-store.ts';
import type { ProcessEvent } from '../ports/process-runner.ts';
import type { StoredState } from '../ports/state-store.ts';
import type { Heartbeat, JoinAnswer, JoinRequest, PeerMessage } from '../protocol/messages.ts';
import type { SealedSecret } from '../security/secrets.ts';
import type { AppError } from '../std/app-error.ts';
import type { AuditAction } from '../domain/audit-record.ts';
import type { Result } from '../std/result.ts';
import type { AuditFields } from './audit-steps.ts';
import type { Command } from './commands.ts';
import type { NotifyFailure } from '../ports/notifier.ts';
import type { NotifiedJob } from './notify-effects.ts';
import type { SealedJob } from './secret-steps.ts';

export type PeerEvent =
  | { readonly type: 'start'; readonly stored: StoredState }
  /** The one timer has run off. */
  | { readonly type: 'timer' }
  // mesh
  | { readonly type: 'connected'; readonly machine: MachineId; readonly addresses: readonly string[] }
  | { readonly type: 'disconnected'; readonly machine: MachineId; readonly broken: boolean }
  | { readonly type: 'dial-failed'; readonly machine: MachineId; readonly refused: boolean }
  | { readonly type: 'discovered'; readonly machine: MachineId; readonly addresses: readonly string[] }
  /** `taken`: to be called when it has been dealt with. */
  | {
      readonly type: 'message';
      readonly from: MachineId;
      readonly message: PeerMessage;
      readonly taken?: (() => void) | undefined;
    }
  /** The next slice of the page that is being taken (`state.intake`); sent by the runner before any other message. */
  | { readonly type: 'rest-of-page' }
  | { readonly type: 'heartbeat'; readonly heartbeat: Heartbeat }
  | { readonly type: 'offence'; readonly from: MachineId; readonly reason: string }
  | { readonly type: 'own-addresses'; readonly addresses: readonly string[] }
  // admission
  | {
      readonly type: 'join-request';
      readonly requestId: string;
      readonly from: MachineId;
      readonly request: JoinRequest;
      readonly remoteAddress: string;
    }
  | {
      readonly type: 'join-answered';
      readonly requestId: string;
      readonly inviter: MachineId;
      readonly addresses: readonly string[];
      readonly answer: Result<JoinAnswer, AppError>;
    }
  // this machine
  | { readonly type: 'document'; readonly event: DocumentEvent }
  | { readonly type: 'process'; readonly event: ProcessEvent }
  | { readonly type: 'command'; readonly requestId: string; readonly command: Command }
  | {
      readonly type: 'secret-sealed';
      readonly job: SealedJob;
      readonly outcome: Result<SealedSecret, AppError>;
    }
  /** A channel was told something, or not. */
  | { readonly type: 'notified'; readonly job: NotifiedJob; readonly outcome: Result<string, NotifyFailure> }
  | { readonly type: 'load'; readonly load: MachineLoad; readonly policy: PolicyReading }
  /** A host tells what belongs into the audit log. */
  | { readonly type: 'audit'; readonly action: AuditAction; readonly fields: AuditFields }
  /** A commit failed; nothing that depended on it has left the machine. */
  | {
      readonly type: 'storage-failed';
      readonly full: boolean;
      readonly message: string;
      readonly notLaunched: readonly RunId[];
    }
  /** Commits work again. */
  | { readonly type: 'storage-recovered' }
  /** A host wants output. */
  | {
      readonly type: 'read-output';
      readonly requestId: string;
      readonly run: { readonly id: RunId; readonly executor: MachineId | undefined };
      readonly offset: number;
      readonly limit: number;
    }
  /** The local output store has answered. */
  | {
      readonly type: 'output-read';
      readonly requestId: string;
      readonly to: MachineId | undefined;
      readonly runId: RunId;
      readonly chunk: OutputChunk | undefined;
    }
  | { readonly type: 'stop' };
