/** What a machine has forgotten since its start is still on its disk: nothing that has ended there is begun again. */
import { expect, test } from 'vitest';
import { STORAGE } from '../../../core/config/constants.ts';
import { hashId, type OccurrenceId, type RunId, runIdOf, type TaskId } from '../../../core/domain/ids.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import { MemoryStateStore } from '../../fakes/memory-store.ts';
import { simTask } from '../sim-cluster.ts';
import { expectOneStartPerAttempt, formedWith } from './lab.ts';

const HOUR = 3_600_000;

test('a token that was given under a clock that was ahead is not given again after a restart', async () => {
  const task = simTask('fenced', undefined);
  const cluster = await formedWith({ machines: 1 }, task);
  const machine = cluster.machine(0);
  machine.clockOffsetMs = 10 * HOUR;
  await cluster.run(1000);
  await cluster.command(0, { kind: 'run-task', id: task.id });
  await cluster.run(10_000);
  const [run] = await cluster.runs(0, task);
  if (run === undefined) throw new Error('it has not run');
  machine.losePower();
  const store = new MemoryStateStore(machine.disk);
  let sequence = store.load().logVector[machine.id] ?? 0;
  const { duplicate: _, ...record } = run;
  const others = Array.from({ length: STORAGE.recentRuns }, (_one, count): RunRecord => {
    sequence += 1;
    const occurrenceId = hashId('test', `run ${count}`) as OccurrenceId;
    const id = runIdOf(occurrenceId, 1, machine.id);
    const dueAt = run.dueAt + 1 + count;
    return { ...record, taskId: 'other' as TaskId, id, occurrenceId, dueAt, nominalAt: dueAt, sequence };
  });
  expect(store.commit([{ kind: 'records', records: others }])).toMatchObject({ ok: true });
  store.close();
  machine.clockOffsetMs = 0;
  await machine.boot();
  await cluster.run(10_000);
  await cluster.command(0, { kind: 'run-task', id: task.id });
  await cluster.run(10_000);
  expect(cluster.startsOf(task)).toHaveLength(2);
  expectOneStartPerAttempt(cluster, task);
});

test('an attempt that ended under a clock that was behind is not made again after a restart', async () => {
  const task = simTask('twice', undefined, { policy: { overlap: 'allow' } });
  const cluster = await formedWith({ machines: 1 }, task);
  await cluster.command(0, { kind: 'run-task', id: task.id });
  await cluster.run(10_000);
  const [run] = await cluster.runs(0, task);
  if (run === undefined) throw new Error('it has not run');
  const machine = cluster.machine(0);
  machine.losePower();
  const store = new MemoryStateStore(machine.disk);
  let sequence = store.load().logVector[machine.id] ?? 0;
  const ended = (name: string, attempt: number, dueAt: number, changes: Partial<RunRecord> = {}): RunRecord => {
    const { duplicate: _, ...record } = run;
    const occurrenceId = hashId('test', name) as OccurrenceId;
    const id: RunId = runIdOf(occurrenceId, attempt, machine.id);
    sequence += 1;
    return { ...record, id, occurrenceId, attempt, dueAt, nominalAt: dueAt, sequence, ...changes };
  };
  const next = { attempt: 2, dueAt: run.dueAt, avoid: [] };
  const records = [ended('taken up', 1, run.dueAt + HOUR, { state: 'failed', next }), ended('taken up', 2, run.dueAt)];
  for (let count = 0; count < STORAGE.recentRuns; count += 1)
    records.push(ended(`run ${count}`, 1, run.dueAt + 1 + count));
  expect(store.commit([{ kind: 'records', records }])).toMatchObject({ ok: true });
  store.close();
  await machine.boot();
  await cluster.run(60_000);
  expect(cluster.startsOf(task)).toHaveLength(1);
});
