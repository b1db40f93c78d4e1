/** Who hears what when machines cannot reach each other or are gone: everything once by its id, and nothing but the truth. */
import { describe, expect, test } from 'vitest';
import { channelSchema } from '../../../core/domain/channel.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { SimCluster, simTask } from '../sim-cluster.ts';

interface Told {
  readonly id: string;
  readonly notices: readonly { readonly id: string; readonly outcome: string; readonly state: string }[];
}

const notify = { rules: [{ channel: 'ops', on: ['failure', 'missed'] }] };

async function telling(task: TaskDefinition, machines: number, exitCode: number, durationMs = 50): Promise<SimCluster> {
  const cluster = new SimCluster({ machines, seed: 3, behaviour: () => ({ durationMs, exitCode }) });
  await cluster.form();
  const channel = channelSchema.parse({ kind: 'webhook', url: 'https://receiver.test/' });
  await cluster.command(0, { kind: 'put-channel', name: 'ops', channel });
  await cluster.put(0, task);
  return cluster;
}

const notices = (cluster: SimCluster) =>
  cluster.machines.flatMap(({ notifier }) =>
    notifier.received.flatMap(({ body }) => (JSON.parse(body) as Told).notices),
  );

describe('what became of a run', () => {
  test('on both sides of a split network is told by both, under one id', async () => {
    const cluster = await telling(simTask('backup', '0 * * * * *', { notify }), 5, 1);
    const ids = cluster.machines.map(({ id }) => id);
    cluster.network.split(ids.slice(0, 2), ids.slice(2));
    await cluster.run(150_000);
    const told = notices(cluster).map(({ id }) => id);
    const occurrences = new Set(cluster.starts.map(({ occurrenceId }) => occurrenceId));
    expect(told.length).toBeGreaterThan(occurrences.size);
    expect(new Set(told).size).toBe(occurrences.size);
    const before = told.length;
    cluster.network.heal();
    await cluster.run(30_000);
    const later = notices(cluster).length - before;
    expect(later, 'what the sides hear of each other is not told anew').toBeLessThanOrEqual(1);
  });

  test('of a machine that died is told by the one that gave it up', async () => {
    const task = simTask('backup', undefined, { notify, policy: { onLost: 'report' } });
    const cluster = await telling(task, 3, 0, 600_000);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(10_000);
    const [start] = cluster.starts;
    if (start === undefined) throw new Error('it has not started');
    cluster.byId(start.machine).kill();
    await cluster.run(120_000);
    expect(notices(cluster)).toMatchObject([{ outcome: 'failure', state: 'lost' }]);
  });
});
