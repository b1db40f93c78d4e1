/** A cluster of 10,000 tasks: what a person does stays quick, and what is handed over stays small. */
import { describe, expect, it } from 'vitest';
import { DOCUMENT, LIMITS } from '../../../core/config/constants.ts';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import { Draft } from '../../../core/document/draft.ts';
import { planEdits } from '../../../core/document/edit-planner.ts';
import { type OpenedDocument, openStored } from '../../../core/document/opened-document.ts';
import { Bench, CLUSTER, definition, only, openBench, putTask, START, taskId } from './document-builders.ts';

function putMany(bench: Bench, from: number, count: number): readonly SealedChange[] {
  const edits = Array.from({ length: count }, (_, index) => putTask(definition(`task-${from + index}`)));
  return bench.make(...edits);
}

describe('10,000 tasks', () => {
  it('come in lists of 5,000, travel in changes within their limit, and open to the same view', () => {
    const [a, b] = [openBench(0), openBench(1)];
    const changes = [...putMany(a, 0, 5000), ...putMany(a, 5000, 5000)];
    expect(Math.max(...changes.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(LIMITS.changeBytes);
    const events = b.receive(a.self, changes);
    expect(only(events, 'changed').digest).toBe(a.digest);
    for (const event of events) {
      const tasks = event.type === 'changed' || event.type === 'projected' ? event.delta.tasks.length : 0;
      expect(tasks).toBeLessThanOrEqual(DOCUMENT.tasksPerSlice);
    }
    expect(b.view.tasks.size).toBe(10_000);

    const touched = only(a.edit(putTask(definition('task-7', { about: { name: 'seven' } }))), 'changed');
    expect(touched.delta.tasks.map(({ id }) => id)).toEqual(['task-7']);

    const again = new Bench(0);
    again.open(a.snapshot());
    expect(again.view.tasks.size).toBe(10_000);
    expect(again.view.plain()).toEqual(a.view.plain());
  }, 60_000);
});

describe('the number of tasks', () => {
  const source = {
    clusterId: CLUSTER,
    read: () => undefined,
    candidatesOf: () => [],
    textsAt: () => [],
    machine: () => undefined,
    changesOf: () => ({}),
    isCredible: () => true,
  };
  const one = putTask(definition('one-too-many'));
  const plan = (live: number): string => {
    const draft = new Draft(source, openBench(0).signer, START, { live, deleted: 0 });
    const planned = planEdits(draft, [one], {
      machines: 0,
      secrets: { live: 0, names: 0 },
      calendars: { live: 0, names: 0 },
      channels: { live: 0, names: 0 },
    });
    return planned.ok ? 'planned' : planned.error.code;
  };

  it('has a limit', () => {
    expect(plan(LIMITS.tasksPerCluster - 1)).toBe('planned');
    expect(plan(LIMITS.tasksPerCluster)).toBe('LIMIT_EXCEEDED');
  });

  it('is that of live tasks: deleting makes room', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('a')), putTask(definition('b')));
    bench.edit({ kind: 'delete-task', id: taskId('a') });
    bench.edit({ kind: 'delete-task', id: taskId('b') });
    bench.edit({ kind: 'restore-task', id: taskId('a') });
    const { ledger, conflicts, projection } = opened(bench.snapshot());
    expect([...projection.all()].flatMap(({ tasks }) => tasks)).toHaveLength(1);
    expect(projection.counts).toEqual({ live: 1, deleted: 1 });
    expect([ledger.sequenceOf(bench.actor), conflicts.places()]).toEqual([4, []]);
  });
});

function opened(snapshot: Uint8Array): OpenedDocument {
  const stored = openStored(snapshot, '99'.repeat(16), openBench(0).signer);
  if (!stored.ok) throw new Error(stored.error);
  return stored.value;
}
