/** Runs over the API: shown, found, paged and audited. */
import { describe, expect, test } from 'vitest';
import { calendarSchema } from '../../../core/domain/calendar.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import { aTask } from '../../fakes/definitions.ts';
import { MACHINES } from '../../fakes/peer-handle.ts';
import { refusal, setUp } from './router-bed.ts';

describe('runs', () => {
  test('an audit of a period that ends before it begins, or that has not begun, is refused', async () => {
    const { client } = setUp();
    const [earlier, later] = ['2020-01-01T00:00:00Z', '2025-01-01T00:00:00Z'];
    for (const period of [
      { since: later, until: earlier },
      { since: later, until: later },
      { since: '2999-01-01T00:00:00Z' },
    ]) {
      expect(await refusal(client.runs.audit(period))).toMatchObject({
        error: { code: 'INVALID_INPUT', field: 'since' },
      });
    }
    expect(await client.runs.audit({ since: earlier, until: later })).toMatchObject({ findings: [] });
  });

  test('are audited since a calendar that their task names changed last: how it was before is not known', async () => {
    const { client, peer } = setUp();
    const triggers = [{ kind: 'interval', everyMs: 3_600_000 }];
    const hour = (hours: number): number => Date.UTC(2025, 11, 31, hours);
    const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    const calendar = calendarSchema.parse({ windows: [{ weekdays, from: '00:00', to: '24:00' }] });
    const changedAt = hour(3) + 1000;
    for (const name of ['hours', 'other']) {
      peer.calendarsByName.set(name, { calendar, revision: 2, author: MACHINES.alpha, changedAt });
    }
    for (const [id, calendars] of [
      ['keeps', { only: ['hours'] }],
      ['plain', {}],
    ] as const) {
      const task = peer.addTask(aTask(id, { schedule: { triggers, calendars } }));
      const origin = { ...task.origins.schedule, changedAt: hour(0) };
      const origins = { ...task.origins, about: origin, schedule: origin };
      peer.tasksById.set(task.id, { ...task, createdAt: hour(0), origins });
    }
    const [since, until] = [hour(0) + 1000, hour(6) + 1000].map((at) => new Date(at).toISOString());
    const { tasks } = await client.runs.audit({ since: since ?? '', until: until ?? '' });
    expect(tasks).toMatchObject([
      { taskId: 'keeps', since: new Date(changedAt).toISOString(), totals: { missed: 3 } },
      { taskId: 'plain', since, totals: { missed: 6 } },
    ]);
  });

  test('show every instant, null where there is none', async () => {
    const { client, peer } = setUp();
    const {
      claimedAt: _claimed,
      startedAt: _started,
      finishedAt: _finished,
      exitCode: _code,
      ...due
    } = peer.addRun({ taskId: 'job' as TaskId, state: 'due' });
    peer.runsById.set(due.id, due);
    const { runs, nextCursor } = await client.runs.list({});
    expect(nextCursor).toBeNull();
    expect(runs[0]).toMatchObject({
      nominalAt: '2026-01-01T00:01:00.000Z',
      claimedAt: null,
      startedAt: null,
      finishedAt: null,
      exitCode: null,
      reason: null,
      machineName: 'alpha',
      duplicate: false,
    });
  });

  test('are found by names and tags of tasks, names of machines, reasons and results, all words at once', async () => {
    const { client, peer } = setUp();
    const task = aTask('job');
    peer.addTask({ ...task, about: { ...task.about, name: 'Nightly Backup', tags: ['storage'] } });
    const reason = { code: 'EXIT', text: 'the disk is full' };
    const failed = peer.addRun({ taskId: 'job' as TaskId, machineId: MACHINES.beta, reason });
    const done = peer.addRun({ taskId: 'job' as TaskId, result: '{"rows":17}' });
    const other = peer.addRun({ taskId: 'other' as TaskId, machineId: MACHINES.beta });
    const find = async (text: string): Promise<string[]> => (await client.runs.list({ text })).runs.map(({ id }) => id);
    expect(await find('nightly')).toEqual([done.id, failed.id]);
    expect(await find('STORAGE full')).toEqual([failed.id]);
    expect(await find('beta')).toEqual([other.id, failed.id]);
    expect(await find('beta backup')).toEqual([failed.id]);
    expect(await find('rows":17')).toEqual([done.id]);
    expect(await find('beta rows')).toEqual([]);
    expect(await find('  ')).toHaveLength(3);
  });

  test('are paged by cursor and named by the beginning of their id', async () => {
    const { client, peer } = setUp();
    const runs = Array.from({ length: 5 }, () => peer.addRun({ taskId: 'job' as TaskId }));
    const first = await client.runs.list({ limit: 3 });
    const rest = await client.runs.list({ limit: 3, cursor: first.nextCursor ?? '' });
    expect([...first.runs, ...rest.runs].map((run) => run.id)).toEqual(runs.map((run) => run.id).reverse());
    expect(rest.nextCursor).toBeNull();
    const wanted = runs[2]?.id ?? '';
    expect((await client.runs.get({ run: wanted.slice(0, 10) })).run.id).toBe(wanted);
    expect((await refusal(client.runs.list({ cursor: 'nonsense' }))).error).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'cursor',
    });
    expect(await refusal(client.runs.get({ run: 'zzzz' }))).toMatchObject({
      status: 404,
      error: { code: 'RUN_NOT_FOUND' },
    });
  });

  test('that have ended cannot be cancelled', async () => {
    const { client, peer } = setUp();
    const run = peer.addRun({ taskId: 'job' as TaskId });
    expect((await refusal(client.runs.cancel({ run: run.id }))).error).toMatchObject({ code: 'RUN_NOT_ACTIVE' });
  });
});
