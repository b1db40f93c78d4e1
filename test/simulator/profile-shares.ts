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
    return sum(profile.samples ?? [], profile.timeDeltas ?? [], (id) => roomOf.get(id) ?? 'other');
  } finally {
    session.disconnect();
  }
}

function sum(
  samples: readonly number[],
  microseconds: readonly number[],
  roomOf: (id: number) => string,
): Record<string, number> {
  const spent = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const took = Math.max(0, microseconds[index] ?? 0);
    spent.set(roomOf(id), (spent.get(roomOf(id)) ?? 0) + took);
    total += took;
  }
  const shares = [...spent].sort(([, a], [, b]) => b - a).map(([room, took]) => [room, took / total] as const);
  return Object.fromEntries(shares);
}
