/**
 * Handing on objects instead of bytes is no lie: a cluster with edits, runs, a split and a crash tells the same story, line
 * by line, when every message is encoded and decoded. So nobody changes what was sent or received, and all can travel.
 */
import { expect, test } from 'vitest';
import type { Run } from '../../core/domain/run.ts';
import { SimCluster, simTask } from './sim-cluster.ts';
import type { RealStart } from './sim-processes.ts';

interface Told {
  readonly lines: readonly string[];
  /** As each machine tells them. */
  readonly runs: readonly (readonly Run[])[];
  readonly starts: readonly RealStart[];
  readonly digests: readonly string[];
}

async function story(way: 'objects' | 'frozen objects' | 'bytes'): Promise<Told> {
  const lines: string[] = [];
  const cluster = new SimCluster({ machines: 4, seed: 5, trace: (line) => lines.push(line) });
  cluster.network.carriesBytes = way === 'bytes';
  cluster.network.freezesObjects = way === 'frozen objects';
  await cluster.form();
  await cluster.put(
    0,
    simTask('often', '*/5 * * * * *'),
    simTask('safe', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } }),
  );
  await cluster.run(20_000);
  const [left, right] = [cluster.machines.slice(0, 2), cluster.machines.slice(2)].map((side) =>
    side.map(({ id }) => id),
  );
  cluster.network.split(left ?? [], right ?? []);
  await cluster.command(0, { kind: 'put-tasks', mode: 'upsert', definitions: [simTask('often', '*/4 * * * * *')] });
  await cluster.command(3, { kind: 'put-tasks', mode: 'upsert', definitions: [simTask('often', '*/3 * * * * *')] });
  await cluster.run(20_000);
  cluster.network.heal();
  cluster.machine(1).kill();
  await cluster.run(15_000);
  await cluster.machine(1).boot();
  await cluster.run(30_000);
  const runs: (readonly Run[])[] = [];
  for (const [index] of cluster.machines.entries()) runs.push(await cluster.runs(index));
  return { lines, runs, starts: cluster.starts, digests: cluster.machines.map(({ peer }) => peer.view.documentDigest) };
}

test('a story is the same whether its messages travel as objects, frozen objects or bytes', async () => {
  const objects = await story('objects');
  expect(objects.starts.length).toBeGreaterThan(20);
  expect(new Set(objects.digests).size).toBe(1);
  expect(await story('bytes')).toEqual(objects);
  expect(await story('frozen objects')).toEqual(objects);
}, 120_000);
