/**
 * Edits of the roster and of the cluster's settings. A machine's entry is one value; when two admins change the same
 * entry apart, one value wins, except that a removal wins over everything concurrent: a machine that somebody stopped
 * trusting must not come back by a change of its address.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { clusterIdSchema, machineIdSchema, type MachineId } from '../domain/ids.ts';
import { instantSchema } from '../domain/instant.ts';
import { type RosterEntry, rosterEntrySchema } from '../domain/machine.ts';
import { publicKeyOf } from '../security/identity.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';
import { readCandidates } from './conflicts.ts';
import type { ClusterSettings, DocumentEdit } from './document-protocol.ts';
import type { Draft } from './draft.ts';
import { type Envelope, decodeEnvelope } from './envelope.ts';
import type { Candidate } from './replica.ts';
import { CLUSTER_PLACE, type Place, machinePlace } from './schema.ts';

type EditOf<Kind extends DocumentEdit['kind']> = Extract<DocumentEdit, { kind: Kind }>;

/** What reading the roster needs of the document. */
export interface RosterSource {
  read(place: Place): string | undefined;
  candidatesOf(place: Place): Candidate[];
}

const clusterSettingsSchema = z.strictObject({
  id: clusterIdSchema,
  name: z.string().min(1).max(LIMITS.nameLength),
  root: machineIdSchema,
  createdAt: instantSchema,
});

/** Makes the document that of a cluster, once. */
export function createCluster(draft: Draft, edit: EditOf<'create-cluster'>): Result<undefined> {
  if (draft.has(CLUSTER_PLACE)) {
    return err(appError('ALREADY_IN_CLUSTER', 'The document belongs to a cluster already.'));
  }
  return draft.put(CLUSTER_PLACE, edit.settings, 'settings of the cluster');
}

/** Adds a machine to the roster, or replaces its entry. @param machineCount entries that the roster has. */
export function putMachine(draft: Draft, edit: EditOf<'put-machine'>, machineCount: number): Result<undefined> {
  const place = machinePlace(edit.entry.id);
  if (!draft.has(place) && machineCount >= LIMITS.machinesPerCluster) {
    return err(appError('LIMIT_EXCEEDED', `The cluster has ${machineCount} machines; no more can be added.`));
  }
  return draft.put(place, edit.entry, `entry of ${edit.entry.name}`);
}

/** Changes some of a machine's entry. */
export function patchMachine(draft: Draft, edit: EditOf<'patch-machine'>): Result<undefined> {
  const place = machinePlace(edit.id);
  const entry = mergeEntry(edit.id, draft.read(place), draft.candidatesOf(place));
  if (!entry.ok) return err(appError('MACHINE_NOT_FOUND', `There is no machine ${edit.id} in the roster.`));
  return draft.put(place, { ...entry.value, ...edit.patch }, `entry of ${entry.value.name}`);
}

/** The roster's entry of a machine; the error says why it cannot be shown. */
export function readMachine(source: RosterSource, id: MachineId): Result<RosterEntry, string> {
  const place = machinePlace(id);
  const text = source.read(place);
  const envelope = text === undefined ? undefined : decodeEnvelope(text);
  if (envelope !== undefined && !envelope.ok) return envelope;
  return mergeEntry(id, envelope?.value, source.candidatesOf(place));
}

/** The settings of the cluster; undefined when there are none that can be read. */
export function readCluster(source: RosterSource): ClusterSettings | undefined {
  const text = source.read(CLUSTER_PLACE);
  const envelope = text === undefined ? undefined : decodeEnvelope(text);
  return envelope?.ok === true ? clusterSettingsSchema.safeParse(envelope.value.value).data : undefined;
}

function mergeEntry(
  id: MachineId,
  inForce: Envelope | undefined,
  candidates: readonly Candidate[],
): Result<RosterEntry, string> {
  const entry = rosterEntrySchema.safeParse(inForce?.value);
  if (!entry.success) return err(z.prettifyError(entry.error).slice(0, 500));
  if (entry.data.id !== id) return err('it is the entry of another machine');
  if (publicKeyOf(id) === undefined) return err('its id holds no key');
  const removed = readCandidates(candidates).some(({ envelope }) => isRemoval(envelope.value));
  return ok(removed ? { ...entry.data, removed: true } : entry.data);
}

function isRemoval(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'removed' in value && value.removed === true;
}
