/** A task for several machines that comes due while none of them is there: it is not passed over in silence. */
import { expect, test } from 'vitest';
import { simTask } from '../sim-cluster.ts';
import { formedWith, statesOf } from './lab.ts';

const PERIOD_MS = 60_000;

test.for([{ mode: 'all' }, { mode: 'n', count: 1 }])(
  'what comes due for %j while the disk of the only machine fails for a moment runs when it works again',
  async (placement) => {
    const sweep = simTask('sweep', '0 * * * * *', { placement });
    const cluster = await formedWith({ machines: 1 }, sweep);
    const { disk } = cluster.machine(0);
    await cluster.run(1.5 * PERIOD_MS - ((cluster.epochMs + cluster.time.now) % PERIOD_MS));
    const before = cluster.startsOf(sweep).length;
    await cluster.run(PERIOD_MS / 2 - 2000);
    disk.fate = () => 'failed';
    // Something is written, so that the failure is known before the task comes due.
    const { id, peer } = cluster.machine(0);
    void peer.execute({ kind: 'rename-machine', id, name: 'attic' });
    await cluster.run(4000);
    disk.fate = undefined;
    await cluster.run(10_000);
    expect(cluster.startsOf(sweep)).toHaveLength(before + 1);
  },
);

test('what comes due while no machine matches is withheld, then missed, with the reason', async () => {
  const policy = { catchUp: { mode: 'skip' } };
  const sweep = simTask('sweep', '0 * * * * *', { placement: { mode: 'all', labels: { rack: 'nowhere' } }, policy });
  const cluster = await formedWith({ machines: 2 }, sweep);
  await cluster.run(3 * PERIOD_MS);
  expect(await statesOf(cluster, 0, sweep)).toMatchObject({ MISSED: expect.any(Number) as number });
  expect(cluster.startsOf(sweep)).toEqual([]);
});
