/** The table of tasks without a browser: what is shown and in which order, what is chosen, what is done with it. */
import { describe, expect, it } from 'vitest';
import type { TaskSummary } from '../../core/api/task-schemas.ts';
import { LastOutcomes } from '../../renderer/src/state/last-outcomes.svelte.ts';
import { Clock } from '../../renderer/src/state/clock.svelte.ts';
import { Notices } from '../../renderer/src/state/notices.svelte.ts';
import { Router } from '../../renderer/src/state/router.svelte.ts';
import { Selection } from '../../renderer/src/state/selection.svelte.ts';
import { TaskTable } from '../../renderer/src/state/task-table.svelte.ts';
import { TasksState } from '../../renderer/src/state/tasks.svelte.ts';
import {
  FakeScheduler,
  type FakeApi,
  english,
  liveAccess,
  plain,
  refusal,
  runRecord,
  settle,
  taskSummary,
} from './fake-host.ts';

async function tableWith(list: readonly TaskSummary[], hash = '#/tasks', api: FakeApi = {}) {
  const scheduler = new FakeScheduler();
  const access = liveAccess({
    ...api,
    tasks: { list: async () => ({ tasks: list, total: list.length, nextOffset: null }), ...api.tasks },
  });
  const notices = new Notices(scheduler);
  const tasks = new TasksState(access, notices, scheduler, english);
  const router = new Router({ hash: () => hash, set: () => undefined, listen: () => () => undefined });
  const parts = { access, tasks, notices, outcomes: new LastOutcomes(access, scheduler), clock: new Clock(scheduler) };
  const table = new TaskTable(parts, router, plain);
  tasks.reload();
  await settle();
  return { table, tasks, notices, router, scheduler, outcomes: parts.outcomes };
}

const ids = (table: TaskTable): string[] => table.shown.map((task) => task.id);

describe('the table of tasks', () => {
  const list = [
    taskSummary('a', { tags: ['web'], ownerId: 'm1', suspended: true, nextDueAt: null }),
    taskSummary('b', { tags: ['web', 'db'], ownerId: 'm2', nextDueAt: '2026-11-23T14:00:00.000Z' }),
    taskSummary('c', {
      ownerId: null,
      ownerName: null,
      conflicts: ['schedule'],
      nextDueAt: '2026-11-23T13:00:00.000Z',
    }),
  ];

  it('shows what the address asks for, and leaves out what the address says amiss', async () => {
    expect(ids((await tableWith(list, '#/tasks?tag=web')).table)).toEqual(['a', 'b']);
    expect(ids((await tableWith(list, '#/tasks?owner=m2')).table)).toEqual(['b']);
    expect(ids((await tableWith(list, '#/tasks?state=suspended')).table)).toEqual(['a']);
    expect(ids((await tableWith(list, '#/tasks?state=conflicted')).table)).toEqual(['c']);
    expect(ids((await tableWith(list, '#/tasks?state=orphaned')).table)).toEqual(['c']);
    expect(ids((await tableWith(list, '#/tasks?tag=web&q=db')).table)).toEqual(['b']);
    expect(ids((await tableWith(list, '#/tasks?state=odd&sort=odd')).table)).toEqual(['a', 'b', 'c']);
  });

  it('sorts either way, and keeps at the end what never comes due', async () => {
    expect(ids((await tableWith(list, '#/tasks?sort=next')).table)).toEqual(['c', 'b', 'a']);
    const { table, router } = await tableWith(list, '#/tasks?sort=next&desc=1');
    expect(ids(table)).toEqual(['b', 'c', 'a']);
    table.sortBy('next');
    expect(router.query).toEqual({ sort: 'next' });
    table.sortBy('next');
    expect(router.query).toEqual({ sort: 'next', desc: '1' });
    table.sortBy('name');
    expect(router.query).toEqual({});
  });

  it('finds failing tasks beyond the rows that were shown', async () => {
    const { table, scheduler } = await tableWith(list, '#/tasks?state=failing', {
      runs: {
        list: async ({ task }: { task?: string }) => ({
          runs:
            task === 'b'
              ? [runRecord('r2', { taskId: 'b' })]
              : [
                  runRecord('r1', { taskId: task ?? 'a', state: 'failed' }),
                  runRecord('r3', { taskId: 'b', state: 'lost' }),
                ],
          nextCursor: null,
        }),
      },
    });
    await table.findFailing();
    await scheduler.advance(100);
    expect(ids(table)).toEqual(['a']);
  });
});

describe('many tasks at once', () => {
  it('are suspended, and resumed again by undo', async () => {
    const calls: string[] = [];
    const act =
      (name: string) =>
      async ({ id }: { id: string }) => (calls.push(`${name} ${id}`), { id, followers: ['b', 'c'] });
    const { table, notices } = await tableWith([taskSummary('a'), taskSummary('b')], '#/tasks', {
      tasks: { suspend: act('suspend'), resume: act('resume'), get: async () => Promise.reject(new Error()) },
    });
    table.selection.toggleAll(['a', 'b']);
    await table.act('suspend');
    expect(calls).toEqual(['suspend a', 'suspend b']);
    expect(notices.list[0]?.text, 'b is suspended itself').toBe(
      'tasks.doneSuspend {"count":2} tasks.followers {"names":"c"}',
    );
    expect(notices.actOnNewest()).toBe(true);
    await settle();
    expect(calls.slice(2)).toEqual(['resume a', 'resume b']);
  });

  it('tell what was refused, and let go of what was deleted', async () => {
    const { table, tasks, notices } = await tableWith([taskSummary('a'), taskSummary('b')], '#/tasks', {
      tasks: {
        delete: async ({ id }: { id: string }) => {
          if (id === 'b') throw refusal('NOT_AUTHORIZED', 'this machine may not edit tasks');
          return { id, followers: [] };
        },
      },
    });
    table.selection.toggleAll(['a', 'b']);
    await table.act('delete');
    expect(tasks.all.map((task) => task.id)).toEqual(['b']);
    expect(table.selection.ids).toEqual(['b']);
    expect(notices.list.map((notice) => notice.tone)).toEqual(['done', 'error']);
    expect(notices.list[1]?.text).toBe(
      'tasks.leftOut {"count":1,"names":"b","why":"This machine may not edit tasks."}',
    );
  });
});

describe('a selection', () => {
  const order = ['a', 'b', 'c', 'd'];

  it('grows from the row that was chosen last, in either direction', () => {
    const selection = new Selection();
    selection.toggle('c');
    selection.extendTo('a', order);
    expect(selection.ids.toSorted()).toEqual(['a', 'b', 'c']);
    selection.extendTo('d', order);
    expect(selection.size).toBe(4);
  });

  it('begins at the row that shift was pressed on', () => {
    const selection = new Selection();
    selection.anchorAt('b');
    selection.extendTo('c', order);
    selection.anchorAt('c');
    selection.extendTo('d', order);
    expect(selection.ids.toSorted()).toEqual(['b', 'c', 'd']);
  });

  it('chooses all, then none, and lets go of what is not there any more', () => {
    const selection = new Selection();
    selection.toggleAll(order);
    expect(selection.size).toBe(4);
    selection.keep((id) => id < 'c');
    expect(selection.ids).toEqual(['a', 'b']);
    selection.toggleAll(['a', 'b']);
    expect(selection.size).toBe(0);
  });
});
