/**
 * A process that plays stories: it is sent options, and sends back how far it has come every few seconds, and results,
 * until its parent lets go of it.
 */
import type { LookAtStory, StoryProgress } from './sim-progress.ts';
import { simulate, type SimOptions, type SimResult } from './sim-run.ts';

/** What can be sent to another process. */
export type TellableOptions = Omit<SimOptions, 'trace' | 'progress'>;

export type WorkerMessage = { readonly progress: StoryProgress } | { readonly result: SimResult };

/** Its parent tells people more seldom. */
const EVERY_MS = 2000;

process.on('message', (options: TellableOptions) => {
  let nextAtMs = performance.now() + EVERY_MS;
  const progress = (look: LookAtStory): void => {
    if (performance.now() < nextAtMs) return;
    tell({ progress: look() });
    nextAtMs = performance.now() + EVERY_MS;
  };
  void simulate({ ...options, progress }).then((result) => {
    tell({ result });
  });
});

function tell(message: WorkerMessage): void {
  process.send?.(message);
}
