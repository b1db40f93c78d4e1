/** How long a machine that comes back waits for the others before it takes part. */
import { expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';
import { formed, until } from './lab.ts';

test.for([1, 2, 3, 4, 5, 7])(
  'a machine that comes back takes part within seconds, whoever gives it what it has missed (seed %i)',
  async (seed) => {
    const cluster = new SimCluster({ machines: 4, seed });
    // Bytes put the machines of a vector into an order of their own.
    cluster.network.carriesBytes = true;
    await cluster.form();
    const safe = simTask('safe', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } });
    await cluster.put(0, simTask('often', '*/5 * * * * *'), safe);
    await cluster.run(20_000);
    const machine = cluster.machine(1);
    machine.kill();
    await cluster.run(15_000);
    await machine.boot();
    await cluster.run(5000);
    expect(machine.peer.view.phase).toBe('active');
  },
);

test('a machine that settles says itself that it takes no runs yet, as the others say of it', async () => {
  const cluster = await formed({ machines: 3 });
  const machine = cluster.machine(1);
  machine.kill();
  await machine.boot();
  const told = (): unknown => machine.peer.view.machines().find(({ self }) => self)?.load?.notAccepting;
  await until(cluster, 1000, () => machine.peer.view.phase === 'settling', 10);
  expect(told()).toBe('SETTLING');
  await until(cluster, 20_000, () => machine.peer.view.phase === 'active', 10);
  expect(told()).toBeUndefined();
});
