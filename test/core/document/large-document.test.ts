/** A cluster of 10,000 tasks: what a person does stays quick, and what is handed over stays small. */
import { describe, expect, it } from 'vitest';
import { DOCUMENT, LIMITS } from '../../../core/config/constants.ts';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import { Bench, definition, only, openBench, putTask, taskId } from './document-builders.ts';

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
  it('has a limit, and deleting makes room', () => {
    const bench = openBench(0);
    for (let from = 0; from < LIMITS.tasksPerCluster; from += LIMITS.operationsPerEdit) {
      putMany(bench, from, LIMITS.operationsPerEdit);
    }
    const one = putTask(definition('one-too-many'));
    expect(only(bench.edit(one), 'refused').error.code).toBe('LIMIT_EXCEEDED');
    bench.edit({ kind: 'delete-task', id: taskId('task-1') });
    expect(only(bench.edit(one), 'changed').changes).toHaveLength(1);
    expect(only(bench.edit({ kind: 'restore-task', id: taskId('task-1') }), 'refused').error.code).toBe(
      'LIMIT_EXCEEDED',
    );
  }, 90_000);
});
