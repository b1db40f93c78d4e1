/** What the person in charge of a machine rules out is not run there, and all machines know it alike. */
import { describe, expect, test } from 'vitest';
import type { LocalPolicy } from '../../../core/domain/local-policy.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import { SimCluster, simTask } from '../sim-cluster.ts';

async function formed(machines: number, durationMs = 50): Promise<SimCluster> {
  const cluster = new SimCluster({ machines, seed: 7, behaviour: () => ({ durationMs, exitCode: 0 }) });
  await cluster.form();
  return cluster;
}

function setPolicy(cluster: SimCluster, index: number, policy: LocalPolicy, problem?: string): void {
  const reading = { policy, zone: 'UTC', ...(problem === undefined ? {} : { problem }) };
  cluster.machine(index).policy = reading;
}

function startsOn(cluster: SimCluster, index: number, task?: string): number {
  const { id } = cluster.machine(index);
  return cluster.starts.filter((start) => start.machine === id && (task === undefined || start.taskId === task)).length;
}

/** The owners of all tasks, as each machine has them. */
function owners(cluster: SimCluster, tasks: readonly string[]): string[] {
  return cluster.machines.map((machine) =>
    tasks.map((task) => machine.peer.view.placement(task as TaskId)?.owner ?? 'none').join(),
  );
}

describe('the policy of a machine', () => {
  test('rules tasks out by type and tag, and every machine has the same owners', async () => {
    const cluster = await formed(3);
    const tasks = Array.from({ length: 12 }, (_, index) => `job-${index}`);
    await cluster.put(
      0,
      ...tasks.map((id, index) =>
        simTask(id, '*/2 * * * * *', index % 2 === 0 ? {} : { about: { name: id, tags: ['heavy'] } }),
      ),
    );
    await cluster.run(10_000);
    expect(startsOn(cluster, 1)).toBeGreaterThan(0);
    setPolicy(cluster, 1, { forbiddenTags: ['heavy'] });
    await cluster.run(5000);
    const before = tasks.filter((_, index) => index % 2 === 1).map((task) => startsOn(cluster, 1, task));
    await cluster.run(20_000);
    const after = tasks.filter((_, index) => index % 2 === 1).map((task) => startsOn(cluster, 1, task));
    expect(after).toEqual(before);
    expect(new Set(owners(cluster, tasks)).size).toBe(1);
    const { ineligible = [] } = cluster.machine(0).peer.view.placement('job-1' as TaskId) ?? {};
    expect(ineligible).toEqual([
      { machine: cluster.machine(1).id, reason: 'its policy forbids tasks with the tag "heavy" (rule forbiddenTags)' },
    ]);
  });

  test('that rules a task out on every machine refuses its runs by the name of the rule', async () => {
    const cluster = await formed(2);
    await cluster.put(0, simTask('heavy', '*/10 * * * * *', { about: { name: 'heavy', tags: ['heavy'] } }));
    for (const index of [0, 1]) setPolicy(cluster, index, { forbiddenTags: ['heavy'] });
    await cluster.run(40_000);
    const { runs } = await cluster.machine(0).peer.runs.page({ states: ['refused'] }, 10, undefined);
    expect(runs.length).toBeGreaterThan(1);
    expect(runs[0]?.reason).toMatchObject({
      code: 'POLICY_REFUSED',
      text: expect.stringMatching(/m0: its policy forbids .*; m1: its policy forbids .* \(rule forbiddenTags\)/),
    });
    const before = cluster.starts.length;
    setPolicy(cluster, 1, {});
    await cluster.run(20_000);
    expect(cluster.starts.length).toBeGreaterThan(before);
  });

  test('that pauses a machine sends its tasks to the others, and ends nothing that runs', async () => {
    const cluster = await formed(3, 15_000);
    const tasks = Array.from({ length: 6 }, (_, index) => `job-${index}`);
    await cluster.put(0, ...tasks.map((id) => simTask(id, '*/5 * * * * *')));
    await cluster.run(8000);
    const running = cluster
      .machine(1)
      .peer.view.activeRuns()
      .filter((run) => run.machineId === cluster.machine(1).id);
    expect(running.length).toBeGreaterThan(0);
    setPolicy(cluster, 1, { paused: true });
    await cluster.run(3000);
    const before = startsOn(cluster, 1);
    await cluster.run(30_000);
    expect(startsOn(cluster, 1)).toBe(before);
    for (const { id } of running) expect((await cluster.machine(0).peer.runs.byId(id))?.state).toBe('succeeded');
    expect(cluster.machine(1).peer.view.warnings.map(({ code }) => code)).toContain('PAUSED');
    expect(
      cluster
        .machine(0)
        .peer.view.machines()
        .find(({ entry }) => entry.name === 'm1')?.load?.notAccepting,
    ).toBe('PAUSED');
    setPolicy(cluster, 1, {});
    await cluster.run(20_000);
    expect(startsOn(cluster, 1)).toBeGreaterThan(before);
  });

  test('that cannot be read closes the machine from its start on', async () => {
    const cluster = await formed(2);
    await cluster.put(0, ...['a', 'b', 'c', 'd'].map((id) => simTask(id, '*/2 * * * * *')));
    cluster.machine(1).kill();
    setPolicy(cluster, 1, {}, 'policy.yaml, line 1: slots');
    const before = startsOn(cluster, 1);
    await cluster.machine(1).boot();
    await cluster.run(30_000);
    expect(startsOn(cluster, 1)).toBe(before);
    expect(cluster.machine(1).peer.view.warnings.map(({ code }) => code)).toContain('POLICY_INVALID');
  });

  test('bounds what runs at once', async () => {
    const cluster = await formed(1, 10_000);
    setPolicy(cluster, 0, { slots: 2 });
    await cluster.run(3000);
    await cluster.put(0, ...Array.from({ length: 6 }, (_, index) => simTask(`job-${index}`, '*/5 * * * * *')));
    for (let seconds = 0; seconds < 30; seconds += 1) {
      await cluster.run(1000);
      expect(cluster.machine(0).peer.view.activeRuns().length).toBeLessThanOrEqual(2);
    }
    expect(startsOn(cluster, 0)).toBeGreaterThan(2);
  });
});
