/** The agent, the launcher or the whole machine ends in the middle of a run; or the process does what it should not. */
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../core/std/error-codes.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { SimCluster, simTask } from '../sim-cluster.ts';
import type { ProgramBehaviour } from '../sim-processes.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, firstStart, formedWith, statesOf } from './lab.ts';

/** A task that is run by hand once, and the cluster a second later. */
async function running(task: TaskDefinition, ...programs: ProgramBehaviour[]): Promise<SimCluster> {
  const behaviour = (): ProgramBehaviour => programs.shift() ?? { durationMs: 50, exitCode: 0 };
  const cluster = await formedWith({ machines: 3, behaviour }, task);
  await cluster.command(0, { kind: 'run-task', id: task.id });
  await cluster.run(1000);
  return cluster;
}

/** All machines know of the same attempts, and how each ended. */
async function expectEndings(cluster: SimCluster, task: TaskDefinition, ...endings: string[]): Promise<void> {
  await expectAgreement(cluster, task);
  const runs = (await cluster.runs(0, task)).filter((run) => run.state !== 'due');
  expect(runs.map((run) => `${run.attempt} ${run.state}`).sort()).toEqual(endings);
}

const THIRTY_SECONDS: ProgramBehaviour = { durationMs: 30_000, exitCode: 0 };

describe('when the agent is killed and its process lives on', () => {
  test('a restarted agent adopts it, and the rerun that waited is dropped', async () => {
    const cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs: 30_000, exitCode: 0 }) });
    await cluster.form();
    const task = simTask('long', undefined);
    await cluster.put(0, task);
    await cluster.command(0, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const start = cluster.startsOf(task)[0];
    if (start === undefined) throw new Error('it did not start');
    const machine = cluster.byId(start.machine);
    machine.kill();
    await cluster.run(5000);
    await machine.boot();
    await cluster.run(120_000);
    expect(cluster.startsOf(task)).toHaveLength(1);
    for (let index = 0; index < 3; index += 1) {
      const runs = await cluster.runs(index, task);
      expect(runs.map((run) => run.state).filter((state) => state !== 'due')).toEqual(['succeeded']);
    }
  });
});

describe('a process without its agent', () => {
  test('that ended meanwhile is closed with its exit code, and is not run again', async () => {
    const task = simTask('short', undefined, { policy: { rerunAfterMs: 60_000 } });
    const cluster = await running(task, { durationMs: 5000, exitCode: 3 });
    const machine = cluster.byId(firstStart(cluster, task).machine);
    machine.kill();
    await cluster.run(20_000);
    await machine.boot();
    await cluster.run(AGREE_MS);
    await expectEndings(cluster, task, '1 failed');
    expect((await cluster.runs(0, task)).find((run) => run.state === 'failed')?.exitCode).toBe(3);
    expect(cluster.startsOf(task)).toHaveLength(1);
  });

  test('that nobody comes back for is given up, and the next attempt has the higher token', async () => {
    const task = simTask('orphan', undefined, { policy: { rerunAfterMs: 5000 } });
    const cluster = await running(task, { durationMs: Infinity, exitCode: 0 });
    const first = firstStart(cluster, task);
    cluster.byId(first.machine).kill();
    await cluster.run(AGREE_MS);
    expect(cluster.startsOf(task).map((start) => start.attempt)).toEqual([1, 2]);
    expect(first.endedAtMs).toBeUndefined();
    expectOneStartPerAttempt(cluster, task);
  });
});

describe('a machine that loses power during a run and comes back', () => {
  test('closes it as lost, and the rerun gets the next fencing token', async () => {
    const task = simTask('again', undefined, { policy: { onLost: 'rerun', rerunAfterMs: 10_000 } });
    const cluster = await running(task, THIRTY_SECONDS);
    const machine = cluster.byId(firstStart(cluster, task).machine);
    machine.losePower();
    await cluster.run(200);
    await machine.boot();
    await cluster.run(60_000);
    await expectEndings(cluster, task, '1 lost', '2 succeeded');
    expectOneStartPerAttempt(cluster, task);
  });

  test('reports it and no more, where it must not run twice', async () => {
    const task = simTask('invoice', undefined, { policy: { guarantee: 'at-most-once' } });
    const cluster = await running(task, THIRTY_SECONDS);
    const machine = cluster.byId(firstStart(cluster, task).machine);
    machine.losePower();
    await cluster.run(10_000);
    await machine.boot();
    await cluster.run(300_000);
    await expectEndings(cluster, task, '1 lost');
    expect(cluster.startsOf(task)).toHaveLength(1);
  });

  test('all at once: each run is closed by its own machine', async () => {
    const task = simTask('everywhere', undefined, { placement: { mode: 'all' }, policy: { onLost: 'report' } });
    const cluster = await running(task, THIRTY_SECONDS, THIRTY_SECONDS, THIRTY_SECONDS);
    expect(cluster.startsOf(task)).toHaveLength(3);
    for (const machine of cluster.machines) machine.losePower();
    await cluster.run(5000);
    for (const machine of cluster.machines) await machine.boot();
    await cluster.run(AGREE_MS);
    await expectEndings(cluster, task, '1 lost', '1 lost', '1 lost');
  });
});

describe('a process that misbehaves', () => {
  test('by hanging ends at the time limit of its task, and is tried again as the policy says', async () => {
    const policy = { timeoutMs: 10_000, retry: { maxAttempts: 2, initialMs: 1000 } };
    const task = simTask('hangs', undefined, { policy });
    const cluster = await running(task, { durationMs: Infinity, exitCode: 0 });
    await cluster.run(AGREE_MS);
    await expectEndings(cluster, task, '1 timed-out', '2 succeeded');
  });

  test('by not listening is killed after its grace time, and only then counts as cancelled', async () => {
    const task = simTask('deaf', undefined, { policy: { killGraceMs: 8000 } });
    const cluster = await running(task, { durationMs: Infinity, exitCode: 0, ignoresTerm: true });
    const { machine, runId } = firstStart(cluster, task);
    const from = cluster.machines.findIndex(({ id }) => id !== machine);
    await cluster.command(from, { kind: 'cancel-run', id: runId });
    await cluster.run(6000);
    expect(await statesOf(cluster, from, task)).toMatchObject({ running: 1 });
    await cluster.run(4000);
    await expectEndings(cluster, task, '1 cancelled');
  });

  test('by vanishing with its launcher is lost, and run again', async () => {
    const task = simTask('vanishes', undefined, { policy: { onLost: 'rerun', rerunAfterMs: 2000 } });
    const cluster = await running(task, THIRTY_SECONDS);
    cluster.byId(firstStart(cluster, task).machine).processes.loseLauncher();
    await cluster.run(20_000);
    await expectEndings(cluster, task, '1 lost', '2 succeeded');
    expectOneStartPerAttempt(cluster, task);
  });

  test.for<ErrorCode>(['COMMAND_NOT_FOUND', 'PERMISSION_DENIED'])(
    'by not starting (%s) says so, and gives its slot back',
    async (refusal) => {
      const task = simTask('absent', undefined, { policy: { retry: { maxAttempts: 2, initialMs: 1000 } } });
      const absent = { durationMs: 0, exitCode: 0, refusal };
      const cluster = await running(task, absent, absent);
      await cluster.run(10_000);
      await expectEndings(cluster, task, '1 failed', '2 failed');
      expect((await cluster.runs(1, task))[0]?.reason?.code).toBe(refusal);
      expect(cluster.startsOf(task)).toEqual([]);
      await cluster.command(0, { kind: 'run-task', id: task.id });
      await cluster.run(2000);
      expect(cluster.startsOf(task)).toHaveLength(1);
    },
  );

  test('by flooding has what was kept and what was dropped counted, on every machine', async () => {
    const task = simTask('floods', undefined);
    const cluster = await running(task, { durationMs: 100, exitCode: 0, outputBytes: 3_000_000_000 });
    await cluster.run(5000);
    for (const index of [0, 1, 2]) {
      const run = (await cluster.runs(index, task)).find(({ state }) => state === 'succeeded');
      expect((run?.outputBytes ?? 0) + (run?.outputDroppedBytes ?? 0)).toBe(3_000_000_000);
      expect(run?.outputDroppedBytes).toBeGreaterThan(1_000_000_000);
    }
  });
});
