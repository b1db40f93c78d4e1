/** What edits do, and what they refuse. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import type { DocumentEdit } from '../../../core/document/document-protocol.ts';
import {
  Bench,
  clusterSettings,
  definition,
  foundingEdits,
  only,
  openBench,
  putTask,
  rosterEntry,
  START,
  synchronise,
  taskId,
} from './document-builders.ts';

function refusalOf(bench: ReturnType<typeof openBench>, ...edits: DocumentEdit[]): string {
  return only(bench.edit(...edits), 'refused').error.code;
}

describe('tasks', () => {
  it('are shown as they were defined, with who wrote each facet and when', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('backup', { about: { tags: ['night'] } }), 'create'));
    const { origins, conflicts, createdAt, ...shown } = bench.task('backup');
    expect(shown).toEqual(definition('backup', { about: { tags: ['night'] } }));
    expect(origins.schedule).toEqual({ revision: 1, author: bench.self, changedAt: START + 1000 });
    expect(conflicts).toEqual([]);
    expect(createdAt).toBe(START + 1000);
  });

  it('keep facets that did not change, and their creation', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('backup')));
    bench.edit(putTask(definition('backup', { schedule: { timeZone: 'Europe/Berlin' } })));
    const { origins, createdAt } = bench.task('backup');
    expect(origins.schedule).toMatchObject({ revision: 2, changedAt: START + 2000 });
    expect(origins.action).toMatchObject({ revision: 1, changedAt: START + 1000 });
    expect(createdAt).toBe(START + 1000);
  });

  it('make no change when nothing differs, and the request is still answered', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('backup')));
    const changed = only(bench.edit(putTask(definition('backup'))), 'changed');
    expect(changed.changes).toEqual([]);
    expect(changed.requestId).toBe('request-2');
  });

  it('are not created twice, nor twice in one list', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('backup'), 'create'));
    expect(refusalOf(bench, putTask(definition('backup'), 'create'))).toBe('TASK_EXISTS');
    expect(refusalOf(bench, putTask(definition('new'), 'create'), putTask(definition('new'), 'create'))).toBe(
      'TASK_EXISTS',
    );
    expect(bench.view.tasks.has(taskId('new'))).toBe(false);
  });

  it('are suspended and resumed in their description', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('backup')));
    bench.edit({ kind: 'suspend-task', id: taskId('backup'), suspended: true });
    expect(bench.task('backup').about.suspended).toBe(true);
    expect(bench.task('backup').origins.about.revision).toBe(2);
    bench.edit({ kind: 'suspend-task', id: taskId('backup'), suspended: false });
    expect(bench.task('backup').about.suspended).toBe(false);
    expect(refusalOf(bench, { kind: 'suspend-task', id: taskId('none'), suspended: true })).toBe('TASK_NOT_FOUND');
  });

  it('are deleted and brought back as they were', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('backup')));
    const before = bench.task('backup');
    const deleted = only(bench.edit({ kind: 'delete-task', id: taskId('backup') }), 'changed');
    expect(deleted.delta.deletedTasks).toEqual(['backup']);
    expect(refusalOf(bench, { kind: 'delete-task', id: taskId('backup') })).toBe('TASK_DELETED');
    expect(refusalOf(bench, { kind: 'suspend-task', id: taskId('backup'), suspended: true })).toBe('TASK_DELETED');
    bench.edit({ kind: 'restore-task', id: taskId('backup') });
    expect(bench.task('backup')).toEqual(before);
    expect(refusalOf(bench, { kind: 'restore-task', id: taskId('none') })).toBe('TASK_NOT_FOUND');
  });

  it('that are there are not brought back', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('backup')));
    expect(only(bench.edit({ kind: 'restore-task', id: taskId('backup') }), 'changed').changes).toEqual([]);
  });

  it('are brought back by an upsert, and begin anew by a creation', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('a')), putTask(definition('b')));
    bench.edit({ kind: 'delete-task', id: taskId('a') }, { kind: 'delete-task', id: taskId('b') });
    bench.edit(putTask(definition('a'), 'upsert'), putTask(definition('b'), 'create'));
    expect(bench.task('a').createdAt).toBe(START + 1000);
    expect(bench.task('b').createdAt).toBe(START + 3000);
  });

  it('are not changed when somebody changed the facet meanwhile', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('backup')));
    bench.edit(putTask(definition('backup', { about: { name: 'Nightly' } })));
    const late = definition('backup', { about: { name: 'Mine' } });
    const edit = { ...putTask(late), expectRevisions: { about: 1 } } as DocumentEdit;
    expect(refusalOf(bench, edit)).toBe('DOCUMENT_CONFLICT');
    expect(refusalOf(bench, { ...edit, expectRevisions: { about: 2, action: 7 } } as DocumentEdit)).toBe(
      'DOCUMENT_CONFLICT',
    );
    bench.edit({ ...edit, expectRevisions: { about: 2, action: 1 } } as DocumentEdit);
    expect(bench.task('backup').about.name).toBe('Mine');
  });

  it('are changed all or not at all', () => {
    const bench = openBench(0);
    const digest = bench.digest;
    expect(refusalOf(bench, putTask(definition('a')), { kind: 'delete-task', id: taskId('none') })).toBe(
      'TASK_NOT_FOUND',
    );
    expect(bench.view.tasks.size).toBe(0);
    expect(only(bench.edit(), 'changed').digest).toBe(digest);
  });

  it('refuse what is too large or too many', () => {
    const bench = openBench(0);
    const script = 'x'.repeat(LIMITS.facetBytes + 300);
    const large = definition('large');
    const tooLarge = { ...large, action: { ...large.action, argv: [script] } } as typeof large;
    expect(refusalOf(bench, putTask(tooLarge))).toBe('LIMIT_EXCEEDED');
    const many = Array.from({ length: LIMITS.operationsPerEdit + 1 }, () => putTask(large));
    expect(refusalOf(bench, ...many)).toBe('LIMIT_EXCEEDED');
  });
});

describe('concurrent edits', () => {
  it('of different facets both win', () => {
    const [a, b] = [openBench(0), openBench(1)];
    a.edit(putTask(definition('backup')));
    synchronise(a, b);
    a.edit(putTask(definition('backup', { about: { name: 'Named by A' } })));
    b.edit(putTask(definition('backup', { schedule: { timeZone: 'Europe/Berlin' } })));
    synchronise(a, b);
    expect(a.task('backup').about.name).toBe('Named by A');
    expect(a.task('backup').schedule.timeZone).toBe('Europe/Berlin');
    expect(a.task('backup').conflicts).toEqual([]);
    expect(b.view.plain()).toEqual(a.view.plain());
    expect(b.digest).toBe(a.digest);
  });

  it('of the same facet are shown as a conflict, and settled for good by a choice', () => {
    const [a, b] = [openBench(0), openBench(1)];
    a.edit(putTask(definition('backup')));
    synchronise(a, b);
    a.edit(putTask(definition('backup', { about: { name: 'Named by A' } })));
    b.edit(putTask(definition('backup', { about: { name: 'Named by B' } })));
    synchronise(a, b);
    expect(a.task('backup').conflicts).toEqual(['about']);
    expect(b.view.plain()).toEqual(a.view.plain());
    const { values } = only(
      a.run({ type: 'conflicts', requestId: 'c', taskId: taskId('backup'), facet: 'about' }),
      'conflicts',
    );
    expect(values.map(({ inForce }) => inForce).sort()).toEqual([false, true]);
    const other = values.find(({ inForce }) => !inForce);
    const chosen = other?.key ?? '';
    b.edit({ kind: 'settle-conflict', id: taskId('backup'), facet: 'about', chosen });
    synchronise(a, b);
    expect(a.task('backup').about.name).toBe((JSON.parse(other?.value ?? '') as { name: string }).name);
    expect(a.task('backup').conflicts).toEqual([]);
    expect(a.task('backup').origins.about.revision).toBe(3);
    expect(refusalOf(a, { kind: 'settle-conflict', id: taskId('backup'), facet: 'about', chosen })).toBe(
      'DOCUMENT_CONFLICT',
    );
  });

  it('are a conflict also when a third value comes last and is not in force', () => {
    const writers = [openBench(0), openBench(1), openBench(2)] as const;
    const names = ['other', 'same', 'same'];
    for (const [index, bench] of writers.entries()) {
      bench.edit(putTask(definition('backup', { about: { name: names[index] } })));
    }
    const reader = openBench(3);
    for (const bench of writers.toReversed()) reader.receive(bench.self, bench.stored);
    expect(reader.task('backup').about.name).toBe('same');
    expect(reader.task('backup').conflicts).toEqual(['about']);
  });

  it('that do the same are no conflict', () => {
    const [a, b] = [openBench(0), openBench(1)];
    a.edit(putTask(definition('backup')));
    synchronise(a, b);
    for (const bench of [a, b]) bench.edit({ kind: 'suspend-task', id: taskId('backup'), suspended: true });
    synchronise(a, b);
    expect(a.task('backup').conflicts).toEqual([]);
    expect(b.view.plain()).toEqual(a.view.plain());
  });

  it('that create the same task merge facet by facet', () => {
    const [a, b] = [openBench(0), openBench(1)];
    a.edit(putTask(definition('backup', { about: { name: 'A' } }), 'create'));
    b.edit(putTask(definition('backup', { about: { name: 'B' } }), 'create'));
    synchronise(a, b);
    expect(a.task('backup').conflicts).toEqual(['about']);
    expect(b.view.plain()).toEqual(a.view.plain());
  });

  it('leave a task deleted that another machine edits, and the edit shows when it is brought back', () => {
    const [a, b] = [openBench(0), openBench(1)];
    a.edit(putTask(definition('backup')));
    synchronise(a, b);
    a.edit({ kind: 'delete-task', id: taskId('backup') });
    b.edit(putTask(definition('backup', { about: { name: 'Edited' } })));
    synchronise(a, b);
    for (const bench of [a, b]) expect(bench.view.tasks.size).toBe(0);
    b.edit({ kind: 'restore-task', id: taskId('backup') });
    synchronise(a, b);
    expect(a.task('backup').about.name).toBe('Edited');
  });
});

describe('the cluster', () => {
  it('is made once', () => {
    const bench = new Bench(0);
    bench.openBlank();
    const settings = clusterSettings();
    expect(refusalOf(bench, putTask(definition('backup')))).toBe('NO_CLUSTER');
    bench.edit(...foundingEdits(bench.self));
    expect(bench.view.cluster).toEqual(settings);
    bench.edit(putTask(definition('backup')));
    expect(bench.view.tasks.size).toBe(1);
    expect(refusalOf(bench, { kind: 'create-cluster', settings })).toBe('ALREADY_IN_CLUSTER');
  });

  it('has machines that can be changed', () => {
    const bench = openBench(0);
    bench.edit({ kind: 'patch-machine', id: bench.self, patch: { name: 'desk' } });
    bench.edit({ kind: 'patch-machine', id: bench.self, patch: { drained: true } });
    expect(bench.view.machines.get(bench.self)).toMatchObject({ name: 'desk', drained: true });
    const stranger = openBench(11).self;
    expect(refusalOf(bench, { kind: 'patch-machine', id: stranger, patch: {} })).toBe('MACHINE_NOT_FOUND');
  });

  it('keeps a machine removed that another admin changes at the same time', () => {
    const [a, b, c] = [openBench(0), openBench(1), openBench(2)];
    a.edit({ kind: 'put-machine', entry: rosterEntry(c.self) });
    synchronise(a, b);
    a.edit({ kind: 'patch-machine', id: c.self, patch: { removed: true } });
    b.edit({ kind: 'patch-machine', id: c.self, patch: { name: 'renamed' } });
    synchronise(a, b);
    for (const bench of [a, b]) expect(bench.view.machines.get(c.self)?.removed).toBe(true);
    b.edit({ kind: 'patch-machine', id: c.self, patch: { name: 'again' } });
    synchronise(a, b);
    expect(a.view.machines.get(c.self)).toMatchObject({ removed: true, name: 'again' });
  });
});

describe('history', () => {
  it('tells who changed what, when, from what to what, the newest first', () => {
    const [a, b] = [openBench(0), openBench(1)];
    a.edit(putTask(definition('backup')), putTask(definition('other')));
    synchronise(a, b);
    b.edit(putTask(definition('backup', { about: { name: 'By B' } })));
    b.edit({ kind: 'delete-task', id: taskId('backup') });
    const ask = { type: 'history', requestId: 'h', taskId: taskId('backup'), limit: 3 } as const;
    const { revisions } = only(b.run(ask), 'history');
    expect(revisions).toHaveLength(3);
    expect(revisions[0]).toMatchObject({ facet: 'deleted', author: b.self, before: undefined, after: 'true' });
    expect(revisions[1]).toMatchObject({ facet: 'about', revision: 2, author: b.self, changedAt: START + 1000 });
    expect(JSON.parse(revisions[1]?.before ?? '')).toMatchObject({ name: 'backup' });
    expect(JSON.parse(revisions[1]?.after ?? '')).toMatchObject({ name: 'By B' });
    synchronise(a, b);
    expect(only(a.run({ ...ask, limit: 50 }), 'history').revisions).toEqual(
      only(b.run({ ...ask, limit: 50 }), 'history').revisions,
    );
    a.edit({ kind: 'restore-task', id: taskId('backup') });
    expect(only(a.run(ask), 'history').revisions[0]).toMatchObject({
      facet: 'deleted',
      before: 'true',
      after: 'false',
    });
  });
  it('of a settled conflict tells what was in force before', () => {
    const [a, b] = [openBench(0), openBench(1)];
    a.edit(putTask(definition('backup')));
    synchronise(a, b);
    a.edit(putTask(definition('backup', { about: { name: 'A' } })));
    b.edit(putTask(definition('other')));
    b.edit(putTask(definition('backup', { about: { name: 'B' } })));
    synchronise(a, b);
    const inForce = a.task('backup').about.name;
    a.edit(putTask(definition('backup', { about: { name: 'settled' } })));
    const ask = { type: 'history', requestId: 'h', taskId: taskId('backup'), limit: 1 } as const;
    const [newest] = only(a.run(ask), 'history').revisions;
    expect(JSON.parse(newest?.before ?? '')).toMatchObject({ name: inForce });
    expect(newest?.revision).toBe(3);
  });
});
