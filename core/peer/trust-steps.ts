/**
 * Who may do what here: commands by the roles of this machine, requests of others by theirs; and what becomes of the
 * work of a machine that does not belong any more.
 */
import type { MachineId, RunId, TaskId } from '../domain/ids.ts';
import { ROLES, type Role, type RosterEntry } from '../domain/machine.ts';
import type { Cause, RunRecord } from '../domain/run.ts';
import { type Deed, lackText, mayDo, neededFor } from '../security/permissions.ts';
import { type AppError, appError } from '../std/app-error.ts';
import { releaseAll } from './claim-steps.ts';
import type { CommandKind } from './commands.ts';
import { VOTERS_TASK } from './electorate-steps.ts';
import { endHere } from './run-steps.ts';
import type { PeerState, Turn } from './state.ts';

/** What each command needs; nothing: whoever can. A machine of no cluster has no roles, and words of a kit are its proof. */
const DEED_OF: Readonly<Record<CommandKind, Deed | undefined>> = {
  'create-cluster': undefined,
  join: undefined,
  'recovery-kit': undefined,
  recover: undefined,
  invite: 'invite',
  'list-invitations': 'invite',
  'cancel-invitation': 'invite',
  'list-nearby': undefined,
  pair: undefined,
  'confirm-pairing': undefined,
  'cancel-pairing': undefined,
  'approve-pairing': 'invite',
  'refuse-pairing': 'invite',
  'clear-pairings': 'invite',
  'put-tasks': 'change-tasks',
  'delete-task': 'change-tasks',
  'restore-task': 'change-tasks',
  'suspend-task': 'change-tasks',
  'edit-tasks': 'change-tasks',
  'settle-conflict': 'change-tasks',
  'run-task': 'run-by-hand',
  'try-task': 'change-tasks',
  'cancel-run': 'cancel-runs',
  'set-secret': 'change-secrets',
  'scope-secret': 'change-secrets',
  'delete-secret': 'change-secrets',
  'put-calendar': 'change-calendars',
  'delete-calendar': 'change-calendars',
  'put-channel': 'change-settings',
  'delete-channel': 'change-settings',
  'test-channel': 'change-settings',
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

/** Is a machine trusted and an executor? */
export function isExecutor({ roster }: PeerState, machine: MachineId): boolean {
  const entry = roster.get(machine);
  return entry?.removed === false && entry.roles.includes('executor');
}

/** May a machine ask for a claim: on a run as an executor, on the next set of voters as a voter. */
export function mayClaim(state: PeerState, machine: MachineId, task: TaskId): boolean {
  if (task !== VOTERS_TASK) return isExecutor(state, machine);
  return state.electorate.voters.has(machine);
}

/** May a machine end a run of this one: an editor any; an executor one that the next occurrence of its task replaces. */
export function mayCancelRun(state: PeerState, machine: MachineId, run: RunId): boolean {
  if (mayDo(state.roster.get(machine), neededFor('cancel-runs'))) return true;
  const task = state.tasks.get(state.local.get(run)?.record.taskId ?? ('' as TaskId));
  return task?.policy.overlap === 'replace' && isExecutor(state, machine);
}

/**
 * Does a note on a run by hand count? That somebody asked for it is the own word of an editor, what becomes of it that of
 * an executor. Whom the roster does not name yet is believed: the asker is judged once more before the run.
 */
export function countsAsAsked({ roster }: PeerState, { state, cause, recorderId }: RunRecord): boolean {
  if (cause.kind !== 'manual') return true;
  const roles = roster.get(recorderId)?.roles;
  if (cause.by === recorderId) return roles?.includes('editor') !== false;
  return state !== 'due' && roles?.includes('executor') !== false;
}

/**
 * Was it noted by a machine after its removal? What it says that it ran is taken for a fact, as nobody could run that
 * attempt again for sure; what it says of runs that nobody has started counts for nothing.
 */
export function isVoid({ roster, self }: PeerState, { recorderId, sequence, claimedAt }: RunRecord): boolean {
  const entry = roster.get(recorderId);
  if (entry?.removed !== true || recorderId === self || claimedAt !== undefined) return false;
  return sequence > (entry.lastRecord ?? Infinity);
}

/** Did an editor ask for it? What comes due by itself was asked for by whoever wrote the task. */
export function isAskedByEditor({ roster }: PeerState, cause: Cause): boolean {
  // A removed machine keeps the roles that it had: what was asked for on it before is done.
  return cause.kind !== 'manual' || roster.get(cause.by)?.roles.includes('editor') === true;
}

/** Is a machine's word, or what it may be asked for, another one by its new entry? */
export function hasOtherRoles(before: RosterEntry | undefined, after: RosterEntry): boolean {
  return before?.removed !== after.removed || before.roles.join() !== after.roles.join();
}

/** This machine was removed: by the document, by the word of an admin, or by that of most others. */
export function isSurelyRemoved({ roster, self, standing }: PeerState): boolean {
  if (roster.get(self)?.removed === true) return true;
  const others = [...roster.values()].filter(({ id, removed }) => id !== self && !removed);
  const witnesses = others.filter(({ id }) => standing.witnesses.has(id));
  if (witnesses.some(({ roles }) => roles.includes('admin'))) return true;
  return witnesses.length > 1 && witnesses.length * 2 > others.length;
}

/** A removed machine has no business with the cluster's tasks: it asks for none, and ends those that it runs. */
export function endWhenRemoved(turn: Turn): void {
  const { state } = turn;
  if ((state.local.size === 0 && state.asking.size === 0) || !isSurelyRemoved(state)) return;
  releaseAll(turn);
  const text = 'this machine was removed from its cluster';
  for (const local of state.local.values()) {
    if (local.ending?.code !== 'REMOVED') endHere(turn, local, { code: 'REMOVED', text });
  }
}
