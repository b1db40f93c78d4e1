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
  /** The first refusal, and how many there were. */
  readonly refusal: Refusal | undefined;
  readonly refused: number;
}

const AT_ONCE = 8;

/** Does one thing with each of the tasks; what is refused leaves the others done. */
export async function bulk(access: ApiAccess, ids: readonly string[], act: BulkAct): Promise<BulkOutcome> {
  const waiting = [...ids];
  const done: string[] = [];
  const refusals: Refusal[] = [];
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const one = id;
      const outcome = await access.call((api, signal) => perform(api, act, one, signal));
      if (outcome.ok) done.push(one);
      else refusals.push(outcome.refusal);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { done, refusal: refusals[0], refused: refusals.length };
}

function perform(api: ApiClient, act: BulkAct, id: string, signal: AbortSignal): Promise<unknown> {
  return api.tasks[act]({ id }, { signal });
}
