/**
 * A task, read from its facets. What is read was written by other machines, perhaps by later versions: a task with a
 * facet that cannot be read is not shown as a task (and so never run), but named with the reason.
 */
import { z } from 'zod';
import { actionSchema } from '../domain/action.ts';
import type { TaskId } from '../domain/ids.ts';
import { notifySchema } from '../domain/notify.ts';
import { placementSchema } from '../domain/placement.ts';
import { policySchema } from '../domain/policy.ts';
import { scheduleSchema } from '../domain/schedule.ts';
import {
  FACET_NAMES,
  type FacetName,
  type FacetOrigin,
  type Task,
  type TaskDefinition,
  aboutSchema,
} from '../domain/task.ts';
import { type Result, err, ok } from '../std/result.ts';
import type { UnreadableTask } from './document-protocol.ts';
import { type Envelope, decodeEnvelope } from './envelope.ts';
import { type MapName, type Place, bucketOf, facetPlaceIn } from './schema.ts';

/** What reading a task needs of the document. */
export interface TaskSource {
  read(place: Place): string | undefined;
  /** True when a place holds concurrent values that differ. */
  isContested(place: Place): boolean;
}

export type TaskReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'unreadable'; readonly problem: UnreadableTask }
  | { readonly kind: 'live'; readonly task: Task };

const FACET_SCHEMAS = {
  about: aboutSchema,
  schedule: scheduleSchema,
  action: actionSchema,
  placement: placementSchema,
  policy: policySchema,
  notify: notifySchema,
} as const;

/** A task without these is never shown: nothing says what it would do. */
const REQUIRED: ReadonlySet<FacetName> = new Set(['schedule', 'action']);

/** What only later versions can read of these does not keep a task from being run. */
const DISPENSABLE: ReadonlySet<FacetName> = new Set(['notify']);

type ReadFacets = { [Name in FacetName]?: { readonly value: TaskDefinition[Name]; readonly envelope: Envelope } };

/** Reads a task. */
export function readTask(source: TaskSource, id: TaskId): TaskReading {
  const facets: Record<string, { value: unknown; envelope: Envelope }> = {};
  let problem: UnreadableTask | undefined;
  const map = bucketOf(id);
  if (isTombstone(source.read(facetPlaceIn(map, id, 'deleted')))) return { kind: 'deleted' };
  for (const facet of FACET_NAMES) {
    const text = source.read(facetPlaceIn(map, id, facet));
    if (text === undefined) continue;
    const read = readFacet(facet, text);
    if (read.ok) facets[facet] = read.value;
    else if (!DISPENSABLE.has(facet)) problem ??= { id, facet, reason: read.error };
  }
  if (Object.keys(facets).length === 0 && problem === undefined) return { kind: 'absent' };
  for (const facet of REQUIRED) {
    if (facets[facet] === undefined) problem ??= { id, facet, reason: 'it is missing' };
  }
  if (problem !== undefined) return { kind: 'unreadable', problem };
  return { kind: 'live', task: assemble(source, map, id, facets) };
}

/** True when a text at a task's `deleted` place says that the task is deleted. */
export function isTombstone(text: string | undefined): boolean {
  if (text === undefined) return false;
  const envelope = decodeEnvelope(text);
  return envelope.ok && envelope.value.value === true;
}

function readFacet(facet: FacetName, text: string): Result<{ value: unknown; envelope: Envelope }, string> {
  const envelope = decodeEnvelope(text);
  if (!envelope.ok) return envelope;
  const parsed = FACET_SCHEMAS[facet].safeParse(envelope.value.value);
  if (!parsed.success) return err(z.prettifyError(parsed.error).slice(0, 500));
  return ok({ value: parsed.data, envelope: envelope.value });
}

function assemble(source: TaskSource, map: MapName, id: TaskId, facets: ReadFacets): Task {
  const envelopes = Object.values(facets).map(({ envelope }) => envelope);
  const createdAt = envelopes.reduce((earliest, { createdAt }) => Math.min(earliest, createdAt), Infinity);
  const fallback: FacetOrigin = { revision: 0, author: (envelopes[0] as Envelope).author, changedAt: createdAt };
  const origins = FACET_NAMES.map((facet) => [facet, originOf(facets[facet]?.envelope) ?? fallback] as const);
  return {
    id,
    about: facets.about?.value ?? aboutSchema.parse({ name: id }),
    schedule: (facets.schedule as NonNullable<ReadFacets['schedule']>).value,
    action: (facets.action as NonNullable<ReadFacets['action']>).value,
    placement: facets.placement?.value ?? placementSchema.parse({}),
    policy: facets.policy?.value ?? policySchema.parse({}),
    ...(facets.notify?.value === undefined ? {} : { notify: facets.notify.value }),
    origins: Object.fromEntries(origins) as Record<FacetName, FacetOrigin>,
    conflicts: FACET_NAMES.filter((facet) => source.isContested(facetPlaceIn(map, id, facet))),
    createdAt,
  };
}

function originOf(envelope: Envelope | undefined): FacetOrigin | undefined {
  if (envelope === undefined) return undefined;
  return { revision: envelope.revision, author: envelope.author, changedAt: envelope.changedAt };
}
