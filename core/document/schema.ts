/**
 * The shape of the cluster's document, and the genesis change that every cluster starts from.
 *
 * Tasks lie flat in 64 maps (an edit copies the map that it touches, so small maps keep edits quick): the map of a task
 * is chosen by the hash of its id, and each facet is one key `taskId/facet` whose value is an envelope (`envelope.ts`).
 * Two machines that create the same task apart therefore merge facet by facet; nested objects would lose one side whole.
 *
 * The genesis change has a fixed actor and time, so that every machine makes the same bytes. Its hash is asserted by a
 * test: a different genesis is a different cluster format.
 */
import * as Automerge from '@automerge/automerge';
import { DOCUMENT } from '../config/constants.ts';
import { CALENDAR_NAME_PATTERN } from '../domain/calendar.ts';
import { CHANNEL_NAME_PATTERN } from '../domain/channel.ts';
import { MACHINE_ID_PATTERN, TASK_ID_PATTERN, type MachineId, type TaskId } from '../domain/ids.ts';
import { SECRET_NAME_PATTERN } from '../domain/secret.ts';
import { FACET_NAMES, type FacetName } from '../domain/task.ts';

/** One of the root maps of the document. */
export type MapName = string;

/** What Automerge holds: maps of keys to envelope texts. */
export type DocumentContent = Record<MapName, Record<string, Automerge.ImmutableString>>;

/** A place in the document. */
export interface Place {
  readonly map: MapName;
  readonly key: string;
}

/** What a place holds. Facets of later versions are kept, and not shown. */
export type PlaceMeaning =
  | { readonly kind: 'facet'; readonly taskId: TaskId; readonly facet: FacetName | 'deleted' | 'other' }
  | { readonly kind: 'machine'; readonly id: MachineId }
  | { readonly kind: 'cluster' }
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'calendar'; readonly name: string }
  | { readonly kind: 'channel'; readonly name: string }
  | { readonly kind: 'other' };

export const GENESIS_ACTOR = '00'.repeat(16);
/** Hash of the genesis change. */
export const GENESIS_HASH = '9ccec58beca107afbf4fb694137d32973b65dc6cdbbc4456f0c8d10f2bdd3a30';
export const BUCKET_NAMES: readonly MapName[] = Array.from({ length: DOCUMENT.buckets }, (_, index) =>
  bucketName(index),
);
const BUCKETS: ReadonlySet<MapName> = new Set(BUCKET_NAMES);
export const ROSTER = 'roster';
export const SETTINGS = 'settings';
export const CALENDARS = 'calendars';
export const SECRETS = 'secrets';
const MAP_NAMES: readonly MapName[] = [...BUCKET_NAMES, ROSTER, SETTINGS, CALENDARS, SECRETS];
const MAP_OF_OBJECT: ReadonlyMap<string, MapName> = new Map(
  MAP_NAMES.map((name, index) => [`${index + 1}@${GENESIS_ACTOR}`, name]),
);
const CLUSTER_KEY = 'cluster';
/** Channels are settings: only admins write them. */
const CHANNEL_PREFIX = 'channel/';
const FACET_PART = /^[a-z]{1,32}$/;
const OTHER_KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/;

/** Operations of the genesis change: one for each root map. The first operation after it has the next number. */
export const GENESIS_OPERATIONS = MAP_NAMES.length;

/** Where the settings of the cluster are. */
export const CLUSTER_PLACE: Place = { map: SETTINGS, key: CLUSTER_KEY };

/** A new document that holds the genesis change alone. @param actor for own changes, hex. */
export function createGenesis(actor: string): Automerge.Doc<DocumentContent> {
  const blank = Automerge.init<DocumentContent>({ actor: GENESIS_ACTOR });
  const genesis = Automerge.change(blank, { time: 0 }, (draft) => {
    for (const name of MAP_NAMES) draft[name] = {};
  });
  const own = Automerge.clone(genesis, { actor });
  Automerge.free(genesis);
  return own;
}

/** Where a facet of a task (or its tombstone) is. */
export function facetPlace(taskId: TaskId, facet: FacetName | 'deleted'): Place {
  return facetPlaceIn(bucketOf(taskId), taskId, facet);
}

/** The same, when the map of the task is known: finding it costs a hash. */
export function facetPlaceIn(map: MapName, taskId: TaskId, facet: FacetName | 'deleted'): Place {
  return { map, key: `${taskId}/${facet}` };
}

/** Where the roster's entry of a machine is. */
export function machinePlace(id: MachineId): Place {
  return { map: ROSTER, key: id };
}

/** Where a secret is. */
export function secretPlace(name: string): Place {
  return { map: SECRETS, key: name };
}

/** Where a calendar is. */
export function calendarPlace(name: string): Place {
  return { map: CALENDARS, key: name };
}

/** Where a channel is. */
export function channelPlace(name: string): Place {
  return { map: SETTINGS, key: `${CHANNEL_PREFIX}${name}` };
}

/** The name of the channel that a key of the settings is for; undefined when it is for something else. */
export function channelOfKey(key: string): string | undefined {
  const name = key.startsWith(CHANNEL_PREFIX) ? key.slice(CHANNEL_PREFIX.length) : '';
  return CHANNEL_NAME_PATTERN.test(name) ? name : undefined;
}

/** The map in which the facets of a task are: by the 32-bit FNV-1a hash of its id (Fowler, Noll, Vo), folded. */
export function bucketOf(taskId: TaskId): MapName {
  let hash = 0x811c9dc5;
  for (let index = 0; index < taskId.length; index += 1) {
    hash = Math.imul(hash ^ taskId.charCodeAt(index), 0x01000193);
  }
  return BUCKET_NAMES[((hash ^ (hash >>> 16)) >>> 0) % DOCUMENT.buckets] as MapName;
}

/** The task that a bucket's key belongs to; undefined when the key is not one of a task. */
export function taskIdOfKey(key: string): TaskId | undefined {
  const slash = key.indexOf('/');
  return slash > 0 ? (key.slice(0, slash) as TaskId) : undefined;
}

/**
 * The map behind an Automerge object id. The genesis makes the maps in a fixed order, so map k is operation k + 1 of
 * its actor; every other object id is foreign.
 */
export function mapOfObject(objectId: string): MapName | undefined {
  return MAP_OF_OBJECT.get(objectId);
}

/** What belongs at a place; undefined when nothing may be there. */
export function meaningOf(place: Place): PlaceMeaning | undefined {
  if (place.map === ROSTER) {
    return MACHINE_ID_PATTERN.test(place.key) ? { kind: 'machine', id: place.key as MachineId } : undefined;
  }
  if (!BUCKETS.has(place.map)) {
    if (place.map === SETTINGS && place.key === CLUSTER_KEY) return { kind: 'cluster' };
    if (place.map === SECRETS) {
      return SECRET_NAME_PATTERN.test(place.key) ? { kind: 'secret', name: place.key } : undefined;
    }
    if (place.map === CALENDARS) {
      return CALENDAR_NAME_PATTERN.test(place.key) ? { kind: 'calendar', name: place.key } : undefined;
    }
    const channel = place.map === SETTINGS ? channelOfKey(place.key) : undefined;
    if (channel !== undefined) return { kind: 'channel', name: channel };
    return OTHER_KEY.test(place.key) ? { kind: 'other' } : undefined;
  }
  const taskId = taskIdOfKey(place.key);
  if (taskId === undefined || !TASK_ID_PATTERN.test(taskId) || bucketOf(taskId) !== place.map) return undefined;
  const facet = place.key.slice(taskId.length + 1);
  if (!FACET_PART.test(facet)) return undefined;
  return { kind: 'facet', taskId, facet: isKnownFacet(facet) ? facet : 'other' };
}

function isKnownFacet(text: string): text is FacetName | 'deleted' {
  return text === 'deleted' || (FACET_NAMES as readonly string[]).includes(text);
}

function bucketName(index: number): MapName {
  return `b${index.toString(16).padStart(2, '0')}`;
}
