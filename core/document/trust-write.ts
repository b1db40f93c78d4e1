/**
 * The writes that decide who may do what: entries of the roster, and the settings of the cluster. There are few of them,
 * so all are kept at hand; a snapshot holds them beside the document.
 */
import type { DecodedChange } from '@automerge/automerge';
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { clusterIdSchema, machineIdSchema, type MachineId } from '../domain/ids.ts';
import { instantSchema } from '../domain/instant.ts';
import { type RosterEntry, rosterEntrySchema } from '../domain/machine.ts';
import { publicKeyOf } from '../security/identity.ts';
import type { ClusterSettings } from './document-protocol.ts';
import { decodeEnvelope } from './envelope.ts';
import type { Write } from './replica.ts';
import { ROSTER, SETTINGS, mapOfObject, meaningOf } from './schema.ts';

export const clusterSettingsSchema = z.strictObject({
  id: clusterIdSchema,
  name: z.string().min(1).max(LIMITS.nameLength),
  root: machineIdSchema,
  createdAt: instantSchema,
});

export const trustWriteSchema = z.strictObject({
  /** The change that made it: its hash, author, actor and number. */
  hash: z.string(),
  author: machineIdSchema,
  actor: z.string(),
  sequence: z.int().min(1),
  /** Counter of the operation (Lamport clock); its id is `counter@actor`. */
  counter: z.int().min(1),
  /** Ids of the operations that it replaced. */
  replaced: z.array(z.string()),
  /** The machine whose entry it is; absent for the settings of the cluster. */
  machine: machineIdSchema.optional(),
  /** What was written; absent when it could not be read. */
  entry: rosterEntrySchema.optional(),
  settings: clusterSettingsSchema.optional(),
});

/** What such a write says: a machine's entry or the settings of the cluster. */
export interface TrustContent {
  readonly machine?: MachineId | undefined;
  readonly entry?: RosterEntry | undefined;
  readonly settings?: ClusterSettings | undefined;
}

/** A write of a machine's entry or of the cluster's settings. */
export interface TrustWrite extends TrustContent {
  readonly hash: string;
  readonly author: MachineId;
  readonly actor: string;
  readonly sequence: number;
  readonly counter: number;
  readonly replaced: readonly string[];
}

/** The operation's id, as Automerge names it. */
export function operationIdOf({ counter, actor }: Pick<TrustWrite, 'counter' | 'actor'>): string {
  return `${counter}@${actor}`;
}

/** Later operations come after earlier ones, in one order on every machine; that of what is in force comes last. */
export function byOperation(
  a: Pick<TrustWrite, 'counter' | 'actor'>,
  b: Pick<TrustWrite, 'counter' | 'actor'>,
): number {
  return a.counter - b.counter || (a.actor < b.actor ? -1 : a.actor > b.actor ? 1 : 0);
}

/** The writes of a change that decide who may do what; mostly none. */
export function trustWritesOf(change: DecodedChange, author: MachineId): TrustWrite[] {
  const writes: TrustWrite[] = [];
  for (const [index, { obj, key, value, pred }] of change.ops.entries()) {
    const map = mapOfObject(obj);
    if (map === undefined || typeof value !== 'string') continue;
    const content = trustContentOf({ map, key, text: value });
    if (content === undefined) continue;
    writes.push({
      hash: change.hash,
      author,
      actor: change.actor,
      sequence: change.seq,
      counter: change.startOp + index,
      replaced: pred,
      ...content,
    });
  }
  return writes;
}

/** What is written, when it decides who may do what. */
export function trustContentOf({ map, key, text }: Write): TrustContent | undefined {
  const meaning = map === ROSTER || map === SETTINGS ? meaningOf({ map, key }) : undefined;
  if (meaning?.kind !== 'machine' && meaning?.kind !== 'cluster') return undefined;
  const envelope = decodeEnvelope(text);
  const value = envelope.ok ? envelope.value.value : undefined;
  if (meaning.kind === 'cluster') {
    const settings = clusterSettingsSchema.safeParse(value);
    return settings.success ? { settings: settings.data } : {};
  }
  const entry = rosterEntrySchema.safeParse(value);
  // A key that is none could be trusted by nobody, and would be no address either.
  if (publicKeyOf(meaning.id) === undefined) return { machine: meaning.id };
  return entry.success ? { machine: meaning.id, entry: entry.data } : { machine: meaning.id };
}
