/** Where the time of some work goes, by the folder or file that it was spent in: a CPU profile of this process, summed. */
import { Session } from 'node:inspector/promises';

/** How often the profiler looks, microseconds. */
const SAMPLE_MICROSECONDS = 500;

/**
 * Does some work under the profiler.
 * @param rooms the first pattern that the address of a function's file matches names its room
 * @returns the share of each room, 0 to 1; what no pattern matches is `other`, the garbage collector has its own room
 */
export async function profileShares(
  work: () => Promise<void>,
  rooms: readonly (readonly [room: string, pattern: RegExp])[],
): Promise<Record<string, number>> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
    await session.post('Profiler.start');
    await work();
    const { profile } = await session.post('Profiler.stop');
    const roomOf = new Map(
      profile.nodes.map(({ id, callFrame: { functionName, url } }) => {
        if (functionName === '(garbage collector)') return [id, 'garbage collector'] as const;
        return [id, rooms.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other'] as const;
      }),
    );
    return sharesOf(profile.samples ?? [], (id) => roomOf.get(id) ?? 'other');
  } finally {
    session.disconnect();
  }
}

/** Each look of the profiler counts the same: what passed between two may be the wait for a processor. */
function sharesOf(samples: readonly number[], roomOf: (id: number) => string): Record<string, number> {
  const seen = new Map<string, number>();
  for (const id of samples) seen.set(roomOf(id), (seen.get(roomOf(id)) ?? 0) + 1);
  const shares = [...seen]
    .sort(([, a], [, b]) => b - a)
    .map(([room, count]) => [room, count / samples.length] as const);
  return Object.fromEntries(shares);
}
