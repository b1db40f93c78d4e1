/** What a person or program may ask of a peer, and what it answers. The API and the CLI speak of these and nothing else. */
import type { ClusterId, MachineId, OccurrenceId, RunId, TaskId } from '../domain/ids.ts';
import type { Labels } from '../domain/placement.ts';
import type { Role } from '../domain/machine.ts';
import type { FacetName, TaskDefinition } from '../domain/task.ts';
import type { AppError } from '../std/app-error.ts';
import type { Result } from '../std/result.ts';

export type Command =
  | { readonly kind: 'create-cluster'; readonly name: string }
  | { readonly kind: 'invite'; readonly roles: readonly Role[]; readonly expiresMs: number }
  | { readonly kind: 'join'; readonly token: string }
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
  | { readonly kind: 'settle-conflict'; readonly id: TaskId; readonly facet: FacetName; readonly chosen: string }
  /** `machine`: run it there and nowhere else, this once. */
  | { readonly kind: 'run-task'; readonly id: TaskId; readonly machine?: MachineId }
  | { readonly kind: 'cancel-run'; readonly id: RunId }
  | { readonly kind: 'rename-machine'; readonly id: MachineId; readonly name: string }
  | { readonly kind: 'label-machine'; readonly id: MachineId; readonly labels: Labels }
  | { readonly kind: 'drain-machine'; readonly id: MachineId; readonly drained: boolean }
  /** All roles that the machine is to have, at least one. */
  | { readonly kind: 'set-roles'; readonly id: MachineId; readonly roles: readonly Role[] }
  | { readonly kind: 'remove-machine'; readonly id: MachineId };

export type CommandKind = Command['kind'];
export type CommandOf<K extends CommandKind> = Extract<Command, { kind: K }>;

/** What each command answers when it was carried out (made durable here; peers learn of it by themselves). */
export interface CommandValues {
  'create-cluster': { readonly id: ClusterId; readonly name: string };
  invite: { readonly token: string; readonly expiresAt: number };
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
  'settle-conflict': { readonly id: TaskId };
  'run-task': { readonly occurrenceIds: readonly OccurrenceId[] };
  'cancel-run': { readonly id: RunId };
  'rename-machine': { readonly id: MachineId };
  'label-machine': { readonly id: MachineId };
  'drain-machine': { readonly id: MachineId };
  'set-roles': { readonly id: MachineId; readonly roles: readonly Role[] };
  'remove-machine': { readonly id: MachineId };
}

export type CommandOutcome = Result<CommandValues[CommandKind], AppError>;
