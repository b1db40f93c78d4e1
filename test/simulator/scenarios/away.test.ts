/** Nobody, or somebody, was away for a while: what was missed is made up for as the task says, and recorded. */
import { describe, expect, test } from 'vitest';
import { SimCluster, simTask } from '../sim-cluster.ts';

describe('catch-up after everybody was away', () => {
  const away = async (mode: 'skip' | 'latest' | 'all'): Promise<{ starts: number; skipped: number }> => {
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    const task = simTask('regular', '0 */10 * * * *', { policy: { catchUp: { mode }, overlap: 'queue-all' } });
    await cluster.put(0, task);
    await cluster.run(600_000);
    const before = cluster.startsOf(task).length;
    await cluster.stopAll();
    await cluster.run(5 * 600_000 + 300_000);
    for (const machine of cluster.machines) await machine.boot();
    await cluster.run(60_000);
    const skipped = (await cluster.runs(0, task)).filter((run) => run.state === 'skipped').length;
    return { starts: cluster.startsOf(task).length - before, skipped };
  };

  test('skip: none is made up for, and each is recorded', async () => {
    expect(await away('skip')).toEqual({ starts: 0, skipped: 5 });
  });

  test('latest: the newest is made up for, once', async () => {
    expect(await away('latest')).toEqual({ starts: 1, skipped: 4 });
  });

  test('all: each is made up for, once', async () => {
    expect(await away('all')).toEqual({ starts: 5, skipped: 0 });
  });
});
