import { describe, expect, it } from 'vitest';
import type { TaskSummary } from '../../core/api/task-schemas.ts';
import { LastOutcomes } from '../../renderer/src/state/last-outcomes.svelte.ts';
import { Notices } from '../../renderer/src/state/notices.svelte.ts';
import { TasksState } from '../../renderer/src/state/tasks.svelte.ts';
import {
  FakeScheduler,
  type FakeApi,
  english,
  liveAccess,
  refusal,
  runRecord,
  settle,
  taskSummary,
} from './fake-host.ts';

function tasksWith(list: readonly TaskSummary[], more: FakeApi['tasks'] = {}) {
  const scheduler = new FakeScheduler();
  const notices = new Notices(scheduler);
  let lists = 0;
  const access = liveAccess({
    tasks: {
      list: async ({ offset, limit }: { offset: number; limit: number }) => {
        lists += 1;
        const end = offset + limit;
        return { tasks: list.slice(offset, end), total: list.length, nextOffset: end < list.length ? end : null };
      },
      ...more,
    },
  });
  return { tasks: new TasksState(access, notices, scheduler, english), notices, scheduler, listCalls: () => lists };
}

const names = (tasks: TasksState): string[] => tasks.shown.map((task) => task.name);

describe('the list of tasks', () => {
  it('is fetched page by page until it is whole', async () => {
    const many = Array.from({ length: 1201 }, (_, index) => taskSummary(`t${index}`));
    const { tasks, listCalls } = tasksWith(many);
    tasks.reload();
    await settle();
    await settle();
    expect(tasks.all.map(({ id }) => id)).toEqual(many.map(({ id }) => id));
    expect(tasks.loaded).toBe(true);
    // A short one first, and three of the usual length.
    expect(listCalls()).toBe(4);
  });

  it('shows its first rows while the others are on their way, two pages at a time', async () => {
    const many = Array.from({ length: 1701 }, (_, index) => taskSummary(`t${index}`));
    const open: (() => void)[] = [];
    let most = 0;
    const { tasks } = tasksWith([], {
      list: async ({ offset, limit }: { offset: number; limit: number }) => {
        if (offset > 0) {
          const held = new Promise<void>((resolve) => open.push(resolve));
          most = Math.max(most, open.length);
          await held;
        }
        return { tasks: many.slice(offset, offset + limit), total: many.length, nextOffset: null };
      },
    });
    tasks.reload();
    await settle();
    expect([tasks.all.length, tasks.loaded]).toEqual([100, false]);
    while (open.length > 0) {
      open.pop()?.();
      await settle();
    }
    expect(most).toBe(2);
    expect(tasks.all.map(({ id }) => id)).toEqual(many.map(({ id }) => id));
    expect(tasks.loaded).toBe(true);
  });

  it('is filtered by every word, in name, tag, owner or schedule', async () => {
    const { tasks } = tasksWith([
      taskSummary('a', { name: 'Backup photos', ownerName: 'nas' }),
      taskSummary('b', { name: 'Backup mail', tags: ['weekly'], ownerName: 'pi' }),
      taskSummary('c', { name: 'Clean', ownerName: 'nas' }),
    ]);
    tasks.reload();
    await settle();
    tasks.filterText = 'BACKUP nas';
    expect(names(tasks)).toEqual(['Backup photos']);
    tasks.filterText = 'weekly';
    expect(names(tasks)).toEqual(['Backup mail']);
    tasks.filterText = '';
    expect(names(tasks)).toHaveLength(3);
  });

  it('is sorted by name with numbers in their order, or by what comes next', async () => {
    const { tasks } = tasksWith([
      taskSummary('a', { name: 'Feed 10', nextDueAt: '2026-11-23T13:00:00.000Z' }),
      taskSummary('b', { name: 'Feed 2', nextDueAt: null }),
      taskSummary('c', { name: 'Feed 1', nextDueAt: '2026-11-23T14:00:00.000Z' }),
      taskSummary('d', { name: 'Feed 0', nextDueAt: '2026-11-23T12:00:00.000Z', suspended: true }),
    ]);
    tasks.reload();
    await settle();
    expect(names(tasks)).toEqual(['Feed 0', 'Feed 1', 'Feed 2', 'Feed 10']);
    tasks.sort = 'next';
    expect(names(tasks)).toEqual(['Feed 10', 'Feed 1', 'Feed 0', 'Feed 2']);
  });

  it('does not fetch more often than it may, however many signals come', async () => {
    const { tasks, scheduler, listCalls } = tasksWith([taskSummary('a')]);
    for (let burst = 0; burst < 50; burst += 1) {
      tasks.touch(Array.from({ length: 70 }, (_, index) => `t${index}`));
      await scheduler.advance(20);
    }
    expect(listCalls()).toBe(1);
    await scheduler.advance(3000);
    expect(listCalls()).toBe(2);
  });

  it('fetches what moved at once for rows in sight, and the rest in a while', async () => {
    const fetched: string[] = [];
    const { tasks, scheduler, listCalls } = tasksWith([taskSummary('a'), taskSummary('b')], {
      get: async ({ id }: { id: string }) => (fetched.push(id), Promise.reject(refusal('BUSY', 'later'))),
    });
    tasks.reload();
    await settle();
    tasks.showing(['a']);
    tasks.moved(['a', 'b']);
    await scheduler.advance(1000);
    expect(fetched).toEqual(['a']);
    tasks.showing(['b']);
    await scheduler.advance(1000);
    expect(fetched).toEqual(['a', 'b']);
    tasks.moved(['c']);
    await scheduler.advance(40_000);
    expect(listCalls()).toBe(2);
  });

  it('takes a deleted task away and brings it back on undo', async () => {
    const called: string[] = [];
    const { tasks, notices } = tasksWith([taskSummary('a'), taskSummary('b')], {
      delete: async ({ id }: { id: string }) => (called.push(`delete ${id}`), { id, followers: [] }),
      restore: async ({ id }: { id: string }) => (called.push(`restore ${id}`), { id }),
    });
    tasks.reload();
    await settle();
    await tasks.remove(taskSummary('a'));
    expect(names(tasks)).toEqual(['b']);
    expect(notices.actOnNewest()).toBe(true);
    await settle();
    expect(names(tasks)).toEqual(['a', 'b']);
    expect(called).toEqual(['delete a', 'restore a']);
  });

  it('names those that followed a task that is deleted or suspended, by their names', async () => {
    const stop = async ({ id }: { id: string }) => ({ id, followers: ['b', 'c', 'd', 'e'] });
    const follower = { ...taskSummary('b'), name: 'Report' };
    const { tasks, notices } = tasksWith([taskSummary('a'), follower], {
      delete: stop,
      suspend: stop,
      resume: async ({ id }: { id: string }) => ({ id }),
    });
    tasks.reload();
    await settle();
    await tasks.setSuspended(taskSummary('a'), false);
    expect(notices.list).toEqual([]);
    await tasks.setSuspended(taskSummary('a'), true);
    expect(notices.list[0]?.text).toMatch(/^Suspended “.*”\. No longer followed by: Report, c, d \+1\.$/);
    expect(tasks.all.find(({ id }) => id === 'a')?.suspended).toBe(true);
    expect(notices.actOnNewest()).toBe(true);
    await settle();
    expect(tasks.all.find(({ id }) => id === 'a')?.suspended).toBe(false);
    await tasks.remove(taskSummary('a'));
    expect(notices.list.at(-1)?.text).toMatch(/^Deleted “.*”\. No longer followed by: Report, c, d \+1\.$/);
  });

  it('keeps a task whose deletion is refused, and says why', async () => {
    const { tasks, notices } = tasksWith([taskSummary('a')], {
      delete: async () => Promise.reject(refusal('NOT_AUTHORIZED', 'this machine is no editor')),
    });
    tasks.reload();
    await settle();
    await tasks.remove(taskSummary('a'));
    expect(names(tasks)).toEqual(['a']);
    expect(notices.list[0]).toMatchObject({ tone: 'error', text: 'This machine is no editor.' });
  });
});

describe('the last outcome of a task', () => {
  it('is asked for once for rows that are shown, a few at a time', async () => {
    const asked: string[] = [];
    let open = 0;
    let most = 0;
    const access = liveAccess({
      runs: {
        list: async ({ task }: { task: string }) => {
          asked.push(task);
          most = Math.max(most, (open += 1));
          await settle();
          open -= 1;
          return { runs: task === 'never' ? [] : [runRecord(`run-${task}`, { taskId: task })], nextCursor: null };
        },
      },
    });
    const scheduler = new FakeScheduler();
    const outcomes = new LastOutcomes(access, scheduler);
    const ids = ['never', ...Array.from({ length: 20 }, (_, index) => `t${index}`)];
    outcomes.want(ids);
    outcomes.want(ids);
    await scheduler.advance(100);
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(asked.sort()).toEqual([...ids].sort());
    expect(most).toBeLessThanOrEqual(4);
    expect(outcomes.of('never')).toBeNull();
    expect(outcomes.of('t3')?.id).toBe('run-t3');
  });

  it('is not asked for while the list is being scrolled', async () => {
    const asked: string[] = [];
    const access = liveAccess({
      runs: {
        list: async ({ task }: { task: string }) => {
          asked.push(task);
          await settle();
          return { runs: [], nextCursor: null };
        },
      },
    });
    const scheduler = new FakeScheduler();
    const outcomes = new LastOutcomes(access, scheduler);
    for (let screen = 0; screen < 50; screen += 1) {
      outcomes.want(Array.from({ length: 30 }, (_, row) => `t${screen * 30 + row}`));
      await scheduler.advance(16);
    }
    expect(asked).toEqual([]);
    await scheduler.advance(100);
    expect(asked.slice(0, 4)).toEqual(['t1470', 't1471', 't1472', 't1473']);
  });

  it('is asked for however often the same rows are told again', async () => {
    const asked: string[] = [];
    const access = liveAccess({
      runs: {
        list: async ({ task }: { task: string }) => {
          asked.push(task);
          await settle();
          return { runs: [], nextCursor: null };
        },
      },
    });
    const scheduler = new FakeScheduler();
    const outcomes = new LastOutcomes(access, scheduler);
    for (let change = 0; change < 20; change += 1) {
      outcomes.want(['t1', 't2']);
      await scheduler.advance(50);
    }
    expect(asked).toEqual(['t1', 't2']);
  });

  it('is the one that ended last', () => {
    const outcomes = new LastOutcomes(liveAccess({}), new FakeScheduler());
    outcomes.note([runRecord('new', { state: 'failed', finishedAt: '2026-11-23T12:00:05.000Z' })]);
    outcomes.note([
      runRecord('old', { finishedAt: '2026-11-23T12:00:01.000Z' }),
      runRecord('now', { state: 'running' }),
    ]);
    expect(outcomes.of('backup')?.id).toBe('new');
  });
});
