/** A clock that is hours behind takes what is due for what is yet to come: none of it is lost when that clock is set right. */
import { expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { FINAL_STATES } from '../../../core/domain/run.ts';
import { simTask } from '../sim-cluster.ts';
import { formedWith, until } from './lab.ts';

test('what others noted for a machine whose list was full of it is dealt with once its clock is right', async () => {
  const task = simTask('everywhere', '*/5 * * * * *', {
    placement: { mode: 'all' },
    policy: { overlap: 'queue-all', catchUp: { mode: 'latest' } },
  });
  const cluster = await formedWith({ machines: 3, behaviour: () => ({ durationMs: 20, exitCode: 0 }) }, task);
  const machine = cluster.machine(0);
  machine.clock.offsetMs -= 5 * 3_600_000;
  await cluster.run(10_000);
  const from = cluster.epochMs + cluster.time.now;
  await cluster.run((LIMITS.openOccurrencesPerTask + 50) * 5000);
  const to = cluster.epochMs + cluster.time.now;
  machine.clock.setRight();

  const openOnes = async (): Promise<number> => {
    const runs = (await cluster.runs(1, task)).filter(
      ({ slot, nominalAt }) => slot === machine.id && nominalAt > from && nominalAt < to,
    );
    const closed = new Set(runs.filter(({ state }) => FINAL_STATES.has(state)).map(({ occurrenceId }) => occurrenceId));
    return new Set(runs.map(({ occurrenceId }) => occurrenceId)).size - closed.size;
  };
  expect(await openOnes()).toBeGreaterThan(0);
  await cluster.run(300_000);
  expect(await openOnes()).toBe(0);
  await until(cluster, 60_000, () => machine.peer.sizes().openOccurrencesOfOneTask < 10);
});
