/**
 * Edits of the roster and of the cluster's settings. A machine's entry is one value; when two admins change the same
 * entry apart, one value wins, except that a removal wins over everything concurrent: a machine that somebody stopped
 * trusting must not come back by a change of its address (`security/authorization`, `mergeEntries`).
 */
import { LIMITS } from '../config/constants.ts';
import type { RosterEntry } from '../domain/machine.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err } from '../std/result.ts';
import { canonicalJson } from './canonical-json.ts';
import type { DocumentEdit } from './document-protocol.ts';
import type { Draft } from './draft.ts';
import { CLUSTER_PLACE, machinePlace } from './schema.ts';

type EditOf<Kind extends DocumentEdit['kind']> = Extract<DocumentEdit, { kind: Kind }>;

/** Makes the document that of a cluster, once. */
export function createCluster(draft: Draft, edit: EditOf<'create-cluster'>): Result<undefined> {
  if (draft.has(CLUSTER_PLACE)) {
    return err(appError('ALREADY_IN_CLUSTER', 'The document belongs to a cluster already.'));
  }
  draft.found(edit.settings.id);
  return draft.put(CLUSTER_PLACE, edit.settings, 'settings of the cluster');
}

/** Adds a machine to the roster, or replaces its entry. @param machineCount entries that the roster has. */
export function putMachine(draft: Draft, edit: EditOf<'put-machine'>, machineCount: number): Result<undefined> {
  const { entry } = edit;
  const before = draft.machine(entry.id);
  if (before === undefined && machineCount >= LIMITS.machinesPerCluster) {
    return err(appError('LIMIT_EXCEEDED', `The cluster has ${machineCount} machines; no more can be added.`));
  }
  return putEntry(draft, before, withBounds(draft, before, entry));
}

/** Changes some of a machine's entry. */
export function patchMachine(draft: Draft, edit: EditOf<'patch-machine'>): Result<undefined> {
  const before = draft.machine(edit.id);
  if (before === undefined) {
    return err(appError('MACHINE_NOT_FOUND', `There is no machine ${edit.id} in the roster.`));
  }
  return putEntry(draft, before, withBounds(draft, before, { ...before, ...edit.patch }));
}

/** What holds of a machine may come from several entries, so an entry is written when it differs from that. */
function putEntry(draft: Draft, before: RosterEntry | undefined, entry: RosterEntry): Result<undefined> {
  const always = canonicalJson(before) !== canonicalJson(entry);
  return draft.put(machinePlace(entry.id), entry, `entry of ${entry.name}`, { always });
}

/**
 * The entry with what it says of the machine's changes. One that removes the machine names the newest change of each of
 * its actors that is held here (the one being made included); what an earlier removal said of an actor stays for ever.
 */
function withBounds(draft: Draft, before: RosterEntry | undefined, entry: RosterEntry): RosterEntry {
  const kept = { ...entry.lastChanges, ...before?.lastChanges };
  const removes = entry.removed && before?.removed !== true;
  const lastChanges = removes ? { ...draft.changesOf(entry.id), ...kept } : kept;
  return Object.keys(lastChanges).length === 0 ? entry : { ...entry, lastChanges };
}
