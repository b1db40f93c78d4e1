/** A definition that is tried: run once where a person says, like any other task, and gone when it has run. */
import { beforeEach, describe, expect, test } from 'vitest';
import { LIMITS, TIMES } from '../../../core/config/constants.ts';
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import type { Run } from '../../../core/domain/run.ts';
import type { Task } from '../../../core/domain/task.ts';
import { TRIAL_TAG } from '../../../core/domain/trial.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';

const AUTHOR = 0;
const TARGET = 1;
const LONG_MS = 30_000;
/** Until a trial that has ended is deleted, and all have heard of it. */
const SWEEP_MS = 8000;
const definition = simTask('job', '0 0 3 * * *', { placement: { mode: 'all', labels: { name: 'm0' } } });

let cluster: SimCluster;
let durationMs: number;

function idOf(index: number): MachineId {
  return cluster.machine(index).id;
}

async function tryOn(index: number): Promise<TaskId> {
  const tried = await cluster.command(AUTHOR, { kind: 'try-task', definition, machine: idOf(index) });
  expect(tried.occurrenceIds).toHaveLength(1);
  return tried.taskId;
}

function trials(index: number): readonly Task[] {
  return cluster.machine(index).peer.view.tasks();
}

async function runsOf(id: TaskId): Promise<readonly Run[]> {
  const page = await cluster.machine(AUTHOR).peer.runs.page({ taskId: id }, 100, undefined);
  return page.runs;
}

beforeEach(async () => {
  durationMs = 50;
  cluster = new SimCluster({ machines: 3, behaviour: () => ({ durationMs, exitCode: 0 }) });
  await cluster.form();
});

describe('a trial', () => {
  test('runs once, there and nowhere else, whatever the definition says of times and places; then it is gone', async () => {
    const id = await tryOn(TARGET);
    expect(id).toMatch(/^try-/);
    expect(trials(AUTHOR)).toMatchObject([
      { id, about: { suspended: true, tags: [TRIAL_TAG] }, schedule: { triggers: [] }, action: definition.action },
    ]);
    await cluster.run(SWEEP_MS);
    expect(cluster.starts.map(({ machine, taskId }) => [machine, taskId])).toEqual([[idOf(TARGET), id]]);
    expect(await runsOf(id)).toMatchObject([{ state: 'succeeded', machineId: idOf(TARGET) }]);
    for (const index of [0, 1, 2]) expect(trials(index)).toEqual([]);
  });

  test('is there as long as it runs, and its id is used again', async () => {
    durationMs = LONG_MS;
    const id = await tryOn(TARGET);
    await cluster.run(LONG_MS / 2);
    expect(trials(TARGET)).toHaveLength(1);
    expect(await tryOn(AUTHOR)).not.toBe(id);
    await cluster.run(LONG_MS + SWEEP_MS);
    expect(trials(TARGET)).toEqual([]);
    durationMs = 50;
    expect(await tryOn(TARGET)).toBe(id);
    await cluster.run(SWEEP_MS);
    expect((await runsOf(id)).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    expect(trials(AUTHOR)).toEqual([]);
  });

  test('takes no room on the ring from anybody', async () => {
    durationMs = LONG_MS;
    await cluster.put(AUTHOR, ...Array.from({ length: 20 }, (_, index) => simTask(`task-${index}`, undefined)));
    const before = cluster.machine(AUTHOR).peer.view.ring();
    await tryOn(TARGET);
    expect(cluster.machine(AUTHOR).peer.view.ring()).toEqual(before);
  });

  test('is refused where the machine takes no runs, and nothing is stored', async () => {
    await cluster.command(AUTHOR, { kind: 'drain-machine', id: idOf(TARGET), drained: true });
    const outcome = cluster.machine(AUTHOR).peer.execute({ kind: 'try-task', definition, machine: idOf(TARGET) });
    await cluster.run(1000);
    const error = { code: 'NO_ELIGIBLE_MACHINE', message: 'm1 cannot run "job": it is drained' };
    expect(await outcome).toMatchObject({ ok: false, error });
    expect(trials(AUTHOR)).toEqual([]);
  });

  test('is one of as many as a machine may have at once', async () => {
    durationMs = LONG_MS;
    const execute = () => cluster.machine(AUTHOR).peer.execute({ kind: 'try-task', definition, machine: idOf(TARGET) });
    const outcomes = Array.from({ length: LIMITS.trialsPerMachine + 1 }, execute);
    await cluster.run(1000);
    const settled = await Promise.all(outcomes);
    expect(settled.filter(({ ok }) => ok)).toHaveLength(LIMITS.trialsPerMachine);
    expect(settled.at(-1)).toMatchObject({ ok: false, error: { code: 'LIMIT_EXCEEDED' } });
  });
});

describe('what is left of a trial', () => {
  test('is deleted when the agent that made it starts again, once nothing of it runs', async () => {
    durationMs = LONG_MS;
    const id = await tryOn(TARGET);
    await cluster.run(1000);
    cluster.machine(AUTHOR).kill();
    await cluster.run(1000);
    await cluster.machine(AUTHOR).boot();
    await cluster.run(15_000);
    expect(trials(AUTHOR)).toHaveLength(1);
    await cluster.run(LONG_MS);
    expect(trials(AUTHOR)).toEqual([]);
    expect(await runsOf(id)).toMatchObject([{ state: 'succeeded' }]);
    await tryOn(TARGET);
    cluster.machine(AUTHOR).losePower();
    cluster.machine(TARGET).losePower();
    await cluster.run(20_000);
    await cluster.machine(AUTHOR).boot();
    await cluster.run(60_000);
    expect(trials(AUTHOR)).toEqual([]);
  });

  test('is deleted after an hour, and a run that goes on is left alone', async () => {
    durationMs = TIMES.trialMs + 60_000;
    const id = await tryOn(TARGET);
    await cluster.run(TIMES.trialMs - 60_000);
    expect(trials(TARGET)).toHaveLength(1);
    await cluster.run(60_000 + SWEEP_MS);
    expect(trials(TARGET)).toEqual([]);
    await cluster.run(120_000);
    expect(await runsOf(id)).toMatchObject([{ state: 'succeeded' }]);
  });

  test('is deleted by another editor when the one that made it may not any more', async () => {
    durationMs = LONG_MS;
    await tryOn(TARGET);
    await cluster.run(1000);
    await cluster.command(TARGET, { kind: 'set-roles', id: idOf(AUTHOR), roles: ['executor'] });
    await cluster.run(2 * LONG_MS);
    expect(trials(TARGET)).toHaveLength(1);
    await cluster.run(TIMES.trialMs);
    for (const index of [0, 1, 2]) expect(trials(index)).toEqual([]);
  });

  test('is deleted by another editor when the one that made it does not come back', async () => {
    await tryOn(TARGET);
    cluster.machine(AUTHOR).losePower();
    await cluster.run(TIMES.trialMs - 60_000);
    expect(trials(TARGET)).toHaveLength(1);
    await cluster.run(60_000 + 2 * SWEEP_MS);
    for (const index of [TARGET, 2]) expect(trials(index)).toEqual([]);
  });
});
