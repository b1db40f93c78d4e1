/** Does something again and again, for as long as a view is there. */
import type { Scheduler } from './scheduler.ts';

/** Calls `work` every `pauseMs` from then on; returns how to stop. */
export function every(scheduler: Scheduler, pauseMs: number, work: () => void): () => void {
  let cancel = (): void => undefined;
  const arm = (): void => {
    cancel = scheduler.after(pauseMs, () => {
      arm();
      work();
    });
  };
  arm();
  return () => cancel();
}
