/**
 * Reads what is left in a task's pipes after its exit. A process that the task left behind may hold them open for ever,
 * so this waits for a stated time, and a little longer only while output still arrives.
 */
import type { Readable } from 'node:stream';
import { PROCESSES } from '../../config/processes.ts';

const QUIET_MS = 100;

/** Resolves when all streams have closed; those that did not in time are closed here. */
export async function drainPipes(readers: readonly Readable[]): Promise<void> {
  const open = readers.filter((reader) => !reader.closed);
  if (open.length === 0) return;
  const beganMs = performance.now();
  let lastDataMs = beganMs;
  const closed = Promise.all(
    open.map(
      (reader) =>
        new Promise<void>((resolve) => {
          reader.on('data', () => (lastDataMs = performance.now()));
          reader.once('close', resolve);
        }),
    ),
  );
  const watch = setInterval(() => {
    const now = performance.now();
    const elapsedMs = now - beganMs;
    if (elapsedMs < PROCESSES.drainMs) return;
    if (now - lastDataMs < QUIET_MS && elapsedMs < PROCESSES.drainMaxMs) return;
    for (const reader of open) reader.destroy();
  }, QUIET_MS);
  await closed;
  clearInterval(watch);
}
