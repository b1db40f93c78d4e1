/** What a machine alone knew to be due, and stopped before it could say so, is on record in the end, and is not run late. */
import { expect, test } from 'vitest';

import { type SimCluster, simTask } from '../sim-cluster.ts';
import { formedWith } from './lab.ts';

const MINUTELY = simTask('minutely', '0 * * * * *', { policy: { catchUp: { mode: 'skip' } } });
const MINUTES = 6;
/** Each machine looks once for what is on no record, one after the other. */
const LOOKED_MS = 5 * 60_000;

/** Minutes of the last while, all but the very newest, of which a machine shows no record. */
async function minutesUntold(cluster: SimCluster, index: number): Promise<number> {
  const told = new Set((await cluster.runs(index, MINUTELY)).map(({ nominalAt }) => nominalAt));
  const now = Math.floor((cluster.epochMs + cluster.time.now) / 60_000) * 60_000;
  const minutes = Array.from({ length: MINUTES + LOOKED_MS / 60_000 }, (_, back) => now - (back + 1) * 60_000);
  return minutes.filter((minute) => !told.has(minute)).length;
}

test('what came due while all machines were off is recorded, though a clock that was ahead has told of what is to come', async () => {
  const cluster = await formedWith({ machines: 3 }, MINUTELY);
  await cluster.run(65_000);
  for (const machine of cluster.machines) machine.clockOffsetMs = 7_200_000;
  await cluster.run(65_000);
  for (const machine of cluster.machines) machine.losePower();
  for (const machine of cluster.machines) machine.clockOffsetMs = 0;
  const startsBefore = cluster.startsOf(MINUTELY).length;
  await cluster.run(MINUTES * 60_000);
  for (const machine of cluster.machines) await machine.boot();
  await cluster.run(LOOKED_MS);
  for (let index = 0; index < 3; index += 1) expect(await minutesUntold(cluster, index)).toBe(0);
  expect(cluster.startsOf(MINUTELY).length - startsBefore).toBeLessThanOrEqual(LOOKED_MS / 60_000 + 1);
});
