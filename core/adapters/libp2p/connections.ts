/** Closing connections so that nothing hangs and nothing is left unhandled. */
import type { Connection } from '@libp2p/interface';
import { NETWORK } from './network-limits.ts';

/**
 * Closes in order (what was written still arrives); cuts when that takes longer than `NETWORK.closeMs`, or fails. The
 * promise tells when it is done, and never rejects.
 */
export async function closeConnection(connection: Connection): Promise<void> {
  try {
    await connection.close({ signal: AbortSignal.timeout(NETWORK.closeMs) });
  } catch (error) {
    // Not every rejection of the library is an Error: a stream's close event may come instead.
    connection.abort(error instanceof Error ? error : new Error('could not be closed in order'));
  }
}

/** Resolves as soon as `task` settles in any way, and after `timeoutMs` at the latest. */
export async function settled(
  task: Promise<unknown>,
  timeoutMs: number,
): Promise<{ inTime: boolean; error?: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ inTime: boolean }>((resolve) => {
    timer = setTimeout(() => resolve({ inTime: false }), timeoutMs);
  });
  const done = task.then(
    () => ({ inTime: true }),
    (error: unknown) => ({ inTime: true, error }),
  );
  const outcome = await Promise.race([done, late]);
  clearTimeout(timer);
  return outcome;
}
