/**
 * Who changed what of a task, when, from what to what. Everything is in the changes themselves; this index only says
 * which changes touched which task, so that a history reads a few changes instead of all. It is built when the first
 * history is asked for, and kept up to date from then on.
 *
 * "Before" is the value that the change replaced in its author's document, which is not always what stood in force here:
 * each operation names the operations that it replaced, and of several the one with the highest id was in force.
 */
import { type DecodedChange, decodeChange } from '@automerge/automerge';
import type { TaskId } from '../domain/ids.ts';
import { FACET_NAMES, type FacetName } from '../domain/task.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Revision } from './document-protocol.ts';
import { decodeEnvelope } from './envelope.ts';
import type { Replica } from './replica.ts';
import { type Place, facetPlace, taskIdOfKey } from './schema.ts';

/** One write of a facet, with the id of its operation and of those that it replaced. */
interface FacetWrite {
  readonly counter: number;
  readonly operationId: string;
  readonly replaced: readonly string[];
  readonly text: string;
  readonly changeHash: string;
}

/** What a revision is worth. */
export interface RevisionJudge {
  /** Is a change void, by its hash? */
  isVoid(changeHash: string): boolean;
  /** Is the text of a place signed by its author? */
  isSigned(place: Place, text: string): boolean;
}

export class RevisionIndex {
  #changesOfTask: Map<TaskId, string[]> | undefined;

  /** Notes a change that was made or applied; nothing to do while no index was asked for. */
  add(change: DecodedChange): void {
    if (this.#changesOfTask !== undefined) addTo(this.#changesOfTask, change);
  }

  /**
   * The newest revisions of a task, the newest first; the same order on every machine.
   * @param limit at most so many.
   */
  list(replica: Replica, taskId: TaskId, limit: number, judge: RevisionJudge): Revision[] {
    this.#changesOfTask ??= buildIndex(replica);
    const changes: DecodedChange[] = [];
    for (const hash of this.#changesOfTask.get(taskId) ?? []) {
      const change = replica.inspect(hash);
      if (change !== undefined) changes.push(change);
    }
    const revisions: { readonly revision: Revision; readonly write: FacetWrite; readonly place: Place }[] = [];
    for (const facet of [...FACET_NAMES, 'deleted'] as const) {
      const place = facetPlace(taskId, facet);
      const writes = writesAt(changes, place.key);
      const byId = new Map(writes.map((write) => [write.operationId, write]));
      for (const write of writes) {
        const revision = revisionOf(taskId, facet, write, byId);
        if (revision !== undefined) revisions.push({ revision, write, place });
      }
    }
    revisions.sort((a, b) => newestFirst(a.write, b.write));
    return revisions.slice(0, limit).map(({ revision, write, place }) => ({
      ...revision,
      ...(judge.isVoid(write.changeHash) ? { void: true as const } : {}),
      ...(judge.isSigned(place, write.text) ? {} : { unsigned: true as const }),
    }));
  }
}

function buildIndex(replica: Replica): Map<TaskId, string[]> {
  const index = new Map<TaskId, string[]>();
  for (const bytes of replica.changes()) addTo(index, decodeChange(bytes));
  return index;
}

function addTo(index: Map<TaskId, string[]>, change: DecodedChange): void {
  const touched = new Set<TaskId>();
  for (const { key } of change.ops) {
    const id = taskIdOfKey(key);
    if (id !== undefined) touched.add(id);
  }
  for (const id of touched) {
    const changes = index.get(id);
    if (changes === undefined) index.set(id, [change.hash]);
    else changes.push(change.hash);
  }
}

function writesAt(changes: readonly DecodedChange[], key: string): FacetWrite[] {
  const writes: FacetWrite[] = [];
  for (const change of changes) {
    change.ops.forEach((operation, index) => {
      if (operation.key !== key || typeof operation.value !== 'string') return;
      const counter = change.startOp + index;
      writes.push({
        counter,
        operationId: `${counter}@${change.actor}`,
        replaced: operation.pred,
        text: operation.value,
        changeHash: change.hash,
      });
    });
  }
  return writes;
}

function revisionOf(
  taskId: TaskId,
  facet: FacetName | 'deleted',
  write: FacetWrite,
  byId: ReadonlyMap<string, FacetWrite>,
): Revision | undefined {
  const envelope = decodeEnvelope(write.text);
  if (!envelope.ok) return undefined;
  const replaced = write.replaced.map((id) => byId.get(id)).filter((found) => found !== undefined);
  replaced.sort(newestFirst);
  const { revision, author, changedAt, value } = envelope.value;
  return {
    taskId,
    facet,
    revision,
    author,
    changedAt,
    before: replaced[0] === undefined ? undefined : valueText(replaced[0].text),
    after: canonicalJson(value),
    changeHash: write.changeHash,
  };
}

function newestFirst(a: FacetWrite, b: FacetWrite): number {
  return b.counter - a.counter || (a.operationId < b.operationId ? 1 : -1);
}

function valueText(text: string): string | undefined {
  const envelope = decodeEnvelope(text);
  return envelope.ok ? canonicalJson(envelope.value.value) : undefined;
}
