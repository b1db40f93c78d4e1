/** What a machine has forgotten since its start is still on its disk: nothing that has ended there is begun again. */
import { expect, test } from 'vitest';
import { STORAGE } from '../../../core/config/storage.ts';
import { hashId, type OccurrenceId, type RunId, runIdOf, type TaskId } from '../../../core/domain/ids.ts';
import type { Run, RunRecord } from '../../../core/domain/run.ts';
import { signRecord } from '../../../core/security/signed-record.ts';
import { MemoryStateStore } from '../../fakes/memory-store.ts';
import { simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import { expectOneStartPerAttempt, formedWith, indexOf } from './lab.ts';

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

test('what others have run is not made up for when a clock that was behind is set right', async () => {
  const task = simTask('minutely', '0 * * * * *', { policy: { overlap: 'queue-all', catchUp: { mode: 'all' } } });
  const cluster = await formedWith({ machines: 3 }, task);
  const owner = cluster.ownerOf(task);
  owner.losePower();
  await cluster.run(300_000);
  await owner.boot();
  await cluster.run(20_000);
  const runs = await cluster.runs(indexOf(cluster, owner), task);
  const [run] = runs.filter(({ machineId }) => machineId !== owner.id);
  if (run === undefined) throw new Error('nobody has run it in its place');
  owner.losePower();
  fillHistory(owner, run, run.dueAt + 1);
  owner.clock.offsetMs -= HOUR;
  await owner.boot();
  await cluster.run(30_000);
  owner.clock.setRight();
  await cluster.run(70_000);
  const from = cluster.time.now;
  await cluster.run(120_000);
  const late = cluster.startsOf(task).map(({ atMs }) => (cluster.epochMs + atMs) % 60_000);
  expect(Math.max(...late.slice(-2))).toBeLessThan(100);
  expect(cluster.startsOf(task).filter(({ atMs }) => atMs >= from)).toHaveLength(2);
});

test('a machine whose last runs are dated hours ahead runs what comes due now, after a restart', async () => {
  const task = simTask('sure', '0 * * * * *', { policy: { guarantee: 'at-most-once' } });
  const cluster = await formedWith({ machines: 3 }, task);
  const owner = cluster.ownerOf(task);
  await cluster.run(60_000);
  const [run] = await cluster.runs(0, task);
  if (run === undefined) throw new Error('it has not run');
  owner.losePower();
  fillHistory(owner, run, run.dueAt + 10 * HOUR);
  await owner.boot();
  await cluster.run(20_000);
  const from = cluster.time.now;
  await cluster.run(180_000);
  const starts = cluster.startsOf(task).filter(({ atMs }) => atMs > from);
  expect(starts.map(({ machine }) => machine)).toEqual([owner.id, owner.id, owner.id]);
});

/** While its agent is off: as many ended runs as it loads when it starts, like `run`, due from an instant on. */
function fillHistory({ disk, id: self, signer }: SimMachine, run: Run, fromAt: number): void {
  const store = new MemoryStateStore(disk);
  const head = store.load().logVector[self] ?? 0;
  const { duplicate: _, ...record } = run;
  const records = Array.from({ length: STORAGE.recentRuns }, (_one, count): RunRecord => {
    const occurrenceId = hashId('test', `run ${count}`) as OccurrenceId;
    const dueAt = fromAt + count;
    const place = { machineId: self, recorderId: self, sequence: head + 1 + count, dueAt, nominalAt: dueAt };
    return signRecord(signer, {
      ...record,
      ...place,
      taskId: 'other' as TaskId,
      id: runIdOf(occurrenceId, 1, self),
      occurrenceId,
    });
  });
  expect(store.commit([{ kind: 'records', records }])).toMatchObject({ ok: true });
  store.close();
}
