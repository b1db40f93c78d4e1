/**
 * Who may do what here: commands by the roles of this machine, requests of others by theirs; and what becomes of the
 * work of a machine that does not belong any more.
 */
import type { MachineId } from '../domain/ids.ts';
import { ROLES, type Role, type RosterEntry } from '../domain/machine.ts';
import { type Deed, lackText, mayDo, neededFor } from '../security/permissions.ts';
import { type AppError, appError } from '../std/app-error.ts';
import type { CommandKind } from './commands.ts';
import type { PeerState } from './state.ts';

/** What each command needs; nothing: whoever can. A machine of no cluster has no roles, and words of a kit are its proof. */
const DEED_OF: Readonly<Record<CommandKind, Deed | undefined>> = {
  'create-cluster': undefined,
  join: undefined,
  'recovery-kit': undefined,
  recover: undefined,
  invite: 'invite',
  'put-tasks': 'change-tasks',
  'delete-task': 'change-tasks',
  'restore-task': 'change-tasks',
  'suspend-task': 'change-tasks',
  'settle-conflict': 'change-tasks',
  'run-task': 'run-by-hand',
  'cancel-run': 'cancel-runs',
  'rename-machine': 'change-roster',
  'label-machine': 'change-roster',
  'drain-machine': 'change-roster',
  'set-roles': 'change-roster',
  'remove-machine': 'change-roster',
};

/** Why this machine may not carry out a command; undefined when it may. */
export function refusalOfCommand({ roster, self }: PeerState, kind: CommandKind): AppError | undefined {
  const deed = DEED_OF[kind];
  if (deed === undefined || mayDo(roster.get(self), neededFor(deed))) return undefined;
  return appError('NOT_AUTHORIZED', lackText(roster.values(), self, neededFor(deed)));
}

/** What is written when a machine gets other roles. */
export interface RolesPatch {
  readonly roles: Role[];
  readonly voter?: false;
}

/**
 * How an entry changes when a machine gets other roles. Who is no executor any more has no vote either, unless nobody
 * else has: then the set of voters could not grow again. With a later executor role it is made a voter like any newcomer.
 */
export function rolesPatch({ roster }: PeerState, entry: RosterEntry, wanted: readonly Role[]): RolesPatch {
  const roles = ROLES.filter((role) => wanted.includes(role));
  const others = [...roster.values()].some(({ id, voter, removed }) => id !== entry.id && voter && !removed);
  return entry.voter && !roles.includes('executor') && others ? { roles, voter: false } : { roles };
}

/** Why a machine must keep its roles and stay: without it the cluster could not be run. Undefined when it need not. */
export function refusalOfLoss(state: PeerState, entry: RosterEntry, left: readonly Role[]): AppError | undefined {
  const { name } = entry;
  if (isLast(state, entry, (other) => other.roles.includes('admin')) && !left.includes('admin')) {
    return appError('LAST_OF_ROLE', `"${name}" is the only admin; without one nobody could change the roster`);
  }
  const writes = left.includes('admin') || left.includes('executor');
  if (left.length > 0 && !writes && isLast(state, entry, (other) => other.voter)) {
    const what = 'is the only machine whose word counts for tasks that run at most once';
    return appError('LAST_OF_ROLE', `"${name}" ${what}; it must stay an executor or an admin`);
  }
  return undefined;
}

function isLast({ roster }: PeerState, entry: RosterEntry, has: (entry: RosterEntry) => boolean): boolean {
  if (!has(entry)) return false;
  return ![...roster.values()].some((other) => other.id !== entry.id && !other.removed && has(other));
}

/** Is a machine trusted and an editor? */
export function isEditor({ roster }: PeerState, machine: MachineId): boolean {
  return mayDo(roster.get(machine), neededFor('change-tasks'));
}

/** Is a machine trusted and an executor? */
export function isExecutor({ roster }: PeerState, machine: MachineId): boolean {
  const entry = roster.get(machine);
  return entry?.removed === false && entry.roles.includes('executor');
}
