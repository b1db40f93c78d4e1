/** Signs of life are not signalled one by one; a view that shows them looks so often. */
import type { ConsoleState } from './console.svelte.ts';
import { every } from './every.ts';

export const HEARTBEAT_LOOK_MS = 2000;

/** Keeps the machines fresh for as long as a view shows them; returns how to stop. */
export function watchHeartbeats({ cluster, scheduler }: Pick<ConsoleState, 'cluster' | 'scheduler'>): () => void {
  return every(scheduler, HEARTBEAT_LOOK_MS, () => cluster.refresh());
}
