/** What a person or program may ask of a peer, and what it answers. The API and the CLI speak of these and nothing else. */
import type { Calendar } from '../domain/calendar.ts';
import type { Channel } from '../domain/channel.ts';
import type { ClusterId, MachineId, OccurrenceId, RunId, TaskId } from '../domain/ids.ts';
import type { ParameterValues } from '../domain/parameter.ts';
import type { Labels } from '../domain/placement.ts';
import type { Role } from '../domain/machine.ts';
import type { SecretScope } from '../domain/secret.ts';
import type { FacetName, TaskDefinition } from '../domain/task.ts';
import type { AppError } from '../std/app-error.ts';
import type { Result } from '../std/result.ts';

/** What can be done to many tasks at once. */
export type BulkAct = 'suspend' | 'resume' | 'delete' | 'restore';

export type Command =
  /** `machineName`: what this machine is called in it, instead of the name that it was started with. */
  | { readonly kind: 'create-cluster'; readonly name: string; readonly machineName?: string }
  | {
      readonly kind: 'invite';
      readonly roles: readonly Role[];
      /** Given to the new machine besides its own. */
      readonly labels?: Labels;
      readonly expiresMs: number;
    }
  | { readonly kind: 'list-invitations' }
  /** `id`: the first characters of its hash. */
  | { readonly kind: 'cancel-invitation'; readonly id: string }
  /** Which machines are on the local network, and what they say of themselves. */
  | { readonly kind: 'list-nearby' }
  /** `to`: a machine nearby by its name, its id or its cluster's name, or a multiaddr. Answered with the digits. */
  | { readonly kind: 'pair'; readonly to: string; readonly machineName?: string }
  /** The person here has compared the digits. */
  | { readonly kind: 'confirm-pairing'; readonly same: boolean }
  | { readonly kind: 'cancel-pairing' }
  | {
      readonly kind: 'approve-pairing';
      readonly id: MachineId;
      readonly roles: readonly Role[];
      /** Instead of those that it gives itself. */
      readonly labels?: Labels;
    }
  | { readonly kind: 'refuse-pairing'; readonly id: MachineId }
  /** Refuses all that ask, and lets everybody ask anew. */
  | { readonly kind: 'clear-pairings' }
  | { readonly kind: 'join'; readonly token: string; readonly machineName?: string }
  /** `forget`: deletes the root key from this machine. */
  | { readonly kind: 'recovery-kit'; readonly forget: boolean }
  /** `words`: of the recovery kit, as typed. */
  | { readonly kind: 'recover'; readonly words: string }
  | {
      readonly kind: 'put-tasks';
      readonly definitions: readonly TaskDefinition[];
      /** `create` refuses an existing id; `upsert` writes what differs and brings back what was deleted. */
      readonly mode: 'create' | 'upsert';
      /** Of a single definition: refuse if a facet has been changed since. */
      readonly expectRevisions?: Partial<Record<FacetName, number>>;
    }
  | { readonly kind: 'delete-task'; readonly id: TaskId }
  | { readonly kind: 'restore-task'; readonly id: TaskId }
  | { readonly kind: 'suspend-task'; readonly id: TaskId; readonly suspended: boolean }
  /** All of them in one edit, or none. */
  | { readonly kind: 'edit-tasks'; readonly act: BulkAct; readonly ids: readonly TaskId[] }
  | { readonly kind: 'settle-conflict'; readonly id: TaskId; readonly facet: FacetName; readonly chosen: string }
  /** `machine`: run it there and nowhere else, this once. */
  | {
      readonly kind: 'run-task';
      readonly id: TaskId;
      readonly machine?: MachineId;
      /** Values of its parameters; of the others the defaults count. */
      readonly parameters?: ParameterValues;
    }
  /** Runs a definition that is not saved, once, on this machine: see `trial-steps`. */
  | {
      readonly kind: 'try-task';
      readonly definition: TaskDefinition;
      readonly machine: MachineId;
      readonly parameters?: ParameterValues;
    }
  | { readonly kind: 'cancel-run'; readonly id: RunId }
  /** `scope`: as it was when absent, or everywhere for a new one. */
  | { readonly kind: 'set-secret'; readonly name: string; readonly value: string; readonly scope?: SecretScope }
  | { readonly kind: 'scope-secret'; readonly name: string; readonly scope: SecretScope }
  | { readonly kind: 'delete-secret'; readonly name: string }
  /** `expectRevision`: refuse if it has been changed since; 0: there must be none yet. */
  | {
      readonly kind: 'put-calendar';
      readonly name: string;
      readonly calendar: Calendar;
      readonly expectRevision?: number;
    }
  | { readonly kind: 'delete-calendar'; readonly name: string }
  /** The same. */
  | { readonly kind: 'put-channel'; readonly name: string; readonly channel: Channel; readonly expectRevision?: number }
  | { readonly kind: 'delete-channel'; readonly name: string }
  /** Sends something to try it, from this machine, and answers with what became of that. */
  | { readonly kind: 'test-channel'; readonly name: string }
  | { readonly kind: 'rename-machine'; readonly id: MachineId; readonly name: string }
  | { readonly kind: 'label-machine'; readonly id: MachineId; readonly labels: Labels }
  | { readonly kind: 'drain-machine'; readonly id: MachineId; readonly drained: boolean }
  /** All roles that the machine is to have, at least one. */
  | { readonly kind: 'set-roles'; readonly id: MachineId; readonly roles: readonly Role[] }
  | { readonly kind: 'remove-machine'; readonly id: MachineId };

export type CommandKind = Command['kind'];
export type CommandOf<K extends CommandKind> = Extract<Command, { kind: K }>;

/** A secret as it was sealed, and the machines that can open it. */
export interface SecretWritten {
  readonly name: string;
  readonly version: number;
  readonly machines: readonly MachineId[];
}

export type InvitationState = 'open' | 'used' | 'cancelled';

export interface InvitationValue {
  readonly id: string;
  readonly state: InvitationState;
  readonly roles: readonly Role[];
  readonly labels: Labels;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedBy: MachineId | undefined;
}

/** A machine on the local network; all but its key is what it says of itself. */
export interface NearbyValue {
  readonly id: MachineId;
  readonly fingerprint: string;
  readonly addresses: readonly string[];
  /** Undefined when it has not answered. */
  readonly name: string | undefined;
  readonly cluster: { readonly id: ClusterId; readonly name: string } | undefined;
  /** People there can admit machines. */
  readonly admits: boolean;
}

/** A pairing that this machine has asked for. */
export interface PairingValue {
  readonly id: MachineId;
  readonly name: string;
  readonly cluster: { readonly id: ClusterId; readonly name: string };
  readonly digits: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** What each command answers when it was carried out (made durable here; peers learn of it by themselves). */
export interface CommandValues {
  'create-cluster': { readonly id: ClusterId; readonly name: string };
  invite: { readonly id: string; readonly token: string; readonly expiresAt: number };
  'list-invitations': { readonly invitations: readonly InvitationValue[] };
  'cancel-invitation': { readonly id: string };
  'list-nearby': { readonly machines: readonly NearbyValue[] };
  pair: PairingValue;
  'confirm-pairing': { readonly id: MachineId };
  'cancel-pairing': { readonly id: MachineId };
  /** `approved`: it is let in once the person there confirms the digits. */
  'approve-pairing': { readonly id: MachineId; readonly state: 'approved' | 'admitted' };
  'refuse-pairing': { readonly id: MachineId };
  'clear-pairings': { readonly ended: number };
  join: { readonly id: ClusterId; readonly name: string };
  /** No words when they were forgotten. */
  'recovery-kit': { readonly words: readonly string[] };
  recover: { readonly id: MachineId };
  'put-tasks': {
    readonly tasks: readonly { readonly id: TaskId; readonly outcome: 'created' | 'changed' | 'unchanged' }[];
  };
  'delete-task': { readonly id: TaskId };
  'restore-task': { readonly id: TaskId };
  'suspend-task': { readonly id: TaskId };
  'edit-tasks': { readonly ids: readonly TaskId[] };
  'settle-conflict': { readonly id: TaskId };
  'run-task': { readonly occurrenceIds: readonly OccurrenceId[] };
  'try-task': { readonly taskId: TaskId; readonly occurrenceIds: readonly OccurrenceId[] };
  'cancel-run': { readonly id: RunId };
  'set-secret': SecretWritten;
  'scope-secret': SecretWritten;
  'delete-secret': { readonly name: string };
  'put-calendar': { readonly name: string };
  'delete-calendar': { readonly name: string };
  'put-channel': { readonly name: string };
  'delete-channel': { readonly name: string };
  'test-channel': { readonly name: string; readonly answer: string };
  'rename-machine': { readonly id: MachineId };
  'label-machine': { readonly id: MachineId };
  'drain-machine': { readonly id: MachineId };
  'set-roles': { readonly id: MachineId; readonly roles: readonly Role[] };
  'remove-machine': { readonly id: MachineId };
}

export type CommandOutcome = Result<CommandValues[CommandKind], AppError>;
