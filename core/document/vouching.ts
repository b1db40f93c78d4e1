/**
 * Whether a task may be run: each of its facets must be signed by its author, and the author must be an editor. Asked for
 * before a run, so that opening a large document checks no signature.
 */
import type { TaskId } from '../domain/ids.ts';
import { FACET_NAMES, type Task } from '../domain/task.ts';
import type { VouchProblem } from './document-protocol.ts';
import { type TaskSource, readTask } from './facets.ts';

/** What was found about a task in its present form. */
export interface Vouching {
  /** Names the form: see `originsKey`. */
  readonly origins: string;
  /** Absent when the task may be run. */
  readonly problem?: VouchProblem;
}

/** Names the present form of a task: revision, author and time of every facet. A form that was vouched for keeps its key. */
export function originsKey(task: Pick<Task, 'origins'>): string {
  return FACET_NAMES.map((facet) => {
    const { revision, author, changedAt } = task.origins[facet];
    return `${facet}:${revision}:${author}:${changedAt}`;
  }).join(' ');
}

/** Looks at the facets of a task; undefined when there is no such task that can be read. */
export function vouchFor(source: TaskSource, id: TaskId): Vouching | undefined {
  const reading = readTask(source, id);
  if (reading.kind !== 'live') return undefined;
  const { task } = reading;
  const { author } = task.origins.about;
  const text = `The description of "${id}" is not signed.`;
  return { origins: originsKey(task), problem: { facet: 'about', author, code: 'FACET_UNSIGNED', text } };
}
