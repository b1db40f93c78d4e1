/** What is done with many tasks at once, and what takes it back. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import type { Refusal } from '../client/refusal.ts';

export type BulkAct = 'suspend' | 'resume' | 'delete' | 'restore' | 'run';

/** What takes an act back; a run that has begun is not taken back by itself. */
export const UNDO_OF: Readonly<Partial<Record<BulkAct, BulkAct>>> = {
  suspend: 'resume',
  resume: 'suspend',
  delete: 'restore',
};

export interface BulkOutcome {
  readonly done: readonly string[];
  /** Others that followed what was suspended or deleted, in the order of their ids. */
  readonly followers: readonly string[];
  /** The tasks that were left out, in the order in which they were named, and why the first of them was. */
  readonly refused: readonly string[];
  readonly refusal: Refusal | undefined;
}

const AT_ONCE = 8;

/** Does one thing with each of the tasks; what is refused leaves the others done. */
export async function bulk(access: ApiAccess, ids: readonly string[], act: BulkAct): Promise<BulkOutcome> {
  const waiting = [...ids];
  const done: string[] = [];
  const refusals = new Map<string, Refusal>();
  const followers = new Set<string>();
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const one = id;
      const outcome = await access.call((api, signal) => perform(api, act, one, signal));
      if (outcome.ok) {
        done.push(one);
        for (const follower of outcome.value) followers.add(follower);
      } else refusals.set(one, outcome.refusal);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const others = [...followers].filter((id) => !done.includes(id)).sort();
  const refused = ids.filter((id) => refusals.has(id));
  return { done, followers: others, refused, refusal: refusals.get(refused[0] ?? '') };
}

/** @returns the tasks that followed it, and do not any more */
async function perform(api: ApiClient, act: BulkAct, id: string, signal: AbortSignal): Promise<readonly string[]> {
  if (act !== 'delete' && act !== 'suspend') {
    await api.tasks[act]({ id }, { signal });
    return [];
  }
  const { followers } = await api.tasks[act]({ id }, { signal });
  return followers;
}
