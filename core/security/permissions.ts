/**
 * What people may do, by the roles of the machine on which they ask for it. The document judges every change by the same
 * roles once more (`authorization.ts`); asked here first, nothing is begun that would be refused later, and what never
 * reaches the document (invitations, runs by hand, cancelling) is covered as well.
 *
 *   admin    the roster: invite, approve, remove, roles, names, labels, draining; the settings
 *   editor   tasks, calendars, conflicts, runs by hand, cancelling; secrets, which an admin may change as well
 *   viewer   reads, as everybody may
 */
import type { MachineId } from '../domain/ids.ts';
import type { Role, RosterEntry } from '../domain/machine.ts';
import type { Requirement } from './authorization.ts';

/** Kinds of things that people do. */
export type Deed =
  | 'invite'
  | 'change-roster'
  | 'change-tasks'
  | 'run-by-hand'
  | 'cancel-runs'
  | 'change-secrets'
  | 'change-calendars'
  | 'change-settings';

const NEEDED: Readonly<Record<Deed, Requirement>> = {
  invite: { to: 'invite machines', anyOf: ['admin'] },
  'change-roster': { to: 'change the roster', anyOf: ['admin'] },
  'change-tasks': { to: 'change tasks', anyOf: ['editor'] },
  'run-by-hand': { to: 'run tasks by hand', anyOf: ['editor'] },
  'cancel-runs': { to: 'cancel runs', anyOf: ['editor'] },
  'change-calendars': { to: 'change calendars', anyOf: ['editor'] },
  'change-settings': { to: 'change settings', anyOf: ['admin'] },
  'change-secrets': { to: 'change secrets', anyOf: ['admin', 'editor'] },
};

/** Machines that are named as having a role. */
const NAMED = 5;

/** What a machine must be for a deed. */
export function neededFor(deed: Deed): Requirement {
  return NEEDED[deed];
}

/** True when an entry of the roster gives one of the needed roles; a removed machine has none. */
export function mayDo(entry: RosterEntry | undefined, { anyOf }: Requirement): boolean {
  return entry?.removed === false && anyOf.some((role) => entry.roles.includes(role));
}

/**
 * Why a machine may not do something, in words: the role that it lacks, and which machines have that.
 * @param roster every machine of the cluster.
 */
export function lackText(roster: Iterable<RosterEntry>, self: MachineId, needed: Requirement): string {
  const entries = [...roster];
  const own = entries.find(({ id }) => id === self);
  const is =
    own === undefined ? 'is not in the roster' : own.removed ? 'was removed' : `has ${namesOf(own.roles, 'and')}`;
  const names = entries
    .filter((entry) => mayDo(entry, needed))
    .map(({ name }) => `"${name}"`)
    .sort();
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const who = names.length === 0 ? 'No machine has it at present' : `Ask on ${names.slice(0, NAMED).join(', ')}${more}`;
  return `This machine ${is}; to ${needed.to} it needs ${namesOf(needed.anyOf, 'or')}. ${who}.`;
}

function namesOf(roles: readonly Role[], word: 'and' | 'or'): string {
  return `the role${roles.length > 1 ? 's' : ''} ${roles.join(` ${word} `)}`;
}
