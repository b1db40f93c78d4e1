/** Statistics, as the API tells them. */
import { createRouterClient } from '@orpc/server';
import { describe, expect, test } from 'vitest';
import type { ApiClient } from '../../../core/api/contract.ts';
import { createRouter } from '../../../core/api/router.ts';
import { bucketStartsOf, offsetsBetween } from '../../../core/api/statistics-buckets.ts';
import { LIMITS } from '../../../core/config/constants.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';
import { aTask } from '../../fakes/definitions.ts';
import { createFakePeer, EPOCH, MACHINES } from '../../fakes/peer-handle.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BERLIN = 'Europe/Berlin';

function setUp() {
  const peer = createFakePeer(['beta']);
  const client: ApiClient = createRouterClient(createRouter(peer, createFakeApiHost()), { context: {} });
  return { peer, client };
}

function iso(starts: readonly number[]): string[] {
  return starts.map((start) => new Date(start).toISOString());
}

describe('buckets', () => {
  test('begin at the whole hour or the local midnight before', () => {
    const since = Date.parse('2026-06-01T10:20:00Z');
    const hours = bucketStartsOf('Asia/Kolkata', 'hour', since, since + HOUR);
    expect(hours.ok && iso(hours.value)).toEqual(['2026-06-01T09:30:00.000Z', '2026-06-01T10:30:00.000Z']);
    const days = bucketStartsOf(BERLIN, 'day', since, since + DAY);
    expect(days.ok && iso(days.value)).toEqual(['2026-05-31T22:00:00.000Z', '2026-06-01T22:00:00.000Z']);
  });

  test('are days of 23 and 25 hours where clocks change', () => {
    const spring = bucketStartsOf(
      BERLIN,
      'day',
      Date.parse('2026-03-28T23:00:00Z'),
      Date.parse('2026-03-30T22:00:00Z'),
    );
    expect(spring.ok && iso(spring.value)).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
    const autumn = bucketStartsOf(
      BERLIN,
      'day',
      Date.parse('2026-10-24T22:00:00Z'),
      Date.parse('2026-10-26T23:00:00Z'),
    );
    expect(autumn.ok && iso(autumn.value)).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
  });

  test('begin where the clocks jump to, when they jump over midnight', () => {
    const since = Date.parse('2024-03-30T12:00:00Z');
    const days = bucketStartsOf('Asia/Beirut', 'day', since, since + 1.5 * DAY);
    expect(days.ok && iso(days.value)).toEqual([
      '2024-03-29T22:00:00.000Z',
      '2024-03-30T22:00:00.000Z',
      '2024-03-31T21:00:00.000Z',
    ]);
  });

  test('are as many as are told, and no more', () => {
    const most = LIMITS.statisticsBuckets - 2;
    const hours = bucketStartsOf(BERLIN, 'hour', EPOCH + 1, EPOCH + 1 + most * HOUR);
    expect(hours.ok && hours.value).toHaveLength(most + 1);
    const tooMany = bucketStartsOf(BERLIN, 'hour', EPOCH, EPOCH + LIMITS.statisticsBuckets * HOUR);
    expect(tooMany).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', field: 'since' } });
  });
});

test('the offsets of a zone are told where they change', () => {
  const [since, until] = [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2026-12-01T00:00:00Z')];
  expect(offsetsBetween(BERLIN, since, until)).toEqual([
    { from: since, offsetMs: HOUR },
    { from: Date.parse('2026-03-29T01:00:00Z'), offsetMs: 2 * HOUR },
    { from: Date.parse('2026-10-25T01:00:00Z'), offsetMs: HOUR },
  ]);
  expect(offsetsBetween('UTC', since, until)).toEqual([{ from: since, offsetMs: 0 }]);
});

describe('statistics', () => {
  test('are told with names, null for what no run tells, and buckets up to now', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('report', { about: { name: 'Nightly report' } }));
    peer.addRun({ taskId: 'report' as TaskId });
    peer.addRun({ taskId: 'gone' as TaskId, state: 'failed', machineId: MACHINES.beta });
    const told = await client.statistics.show({ since: EPOCH, until: EPOCH + HOUR, timeZone: 'europe/berlin' });
    expect(told).toMatchObject({ bucket: 'hour', timeZone: BERLIN, successRate: 0.5, taskCount: 2 });
    expect(told.buckets).toEqual([
      { from: '2026-01-01T00:00:00.000Z', succeeded: 1, failed: 1, other: 0, medianMs: 1480, p95Ms: 1480 },
    ]);
    expect(told.durations).toEqual({ medianMs: 1480, p95Ms: 1480, maxMs: 1480, count: 2 });
    expect(told.lateness).toMatchObject({ medianMs: 20, count: 2 });
    // 1 January 2026 was a Thursday, and it was one o'clock in Berlin.
    expect(told.busyHours[3]?.[1]).toBe(2);
    expect(told.tasks.map(({ id, name, failed }) => [id, name, failed])).toEqual([
      ['gone', null, 1],
      ['report', 'Nightly report', 0],
    ]);
    expect(told.machines).toEqual([
      { id: MACHINES.alpha, name: 'alpha', runs: 1, failed: 0, busyMs: 1480 },
      { id: MACHINES.beta, name: 'beta', runs: 1, failed: 1, busyMs: 1480 },
    ]);
    const later = await client.statistics.show({ since: EPOCH + DAY, until: EPOCH + 5 * DAY });
    expect(later).toMatchObject({ bucket: 'day', successRate: null, durations: { medianMs: null, count: 0 } });
    expect(later.buckets).toHaveLength(4);
  });

  test('are of one task or one machine when asked for', async () => {
    const { client, peer } = setUp();
    peer.addRun({ taskId: 'report' as TaskId });
    peer.addRun({ taskId: 'backup' as TaskId, machineId: MACHINES.beta });
    const span = { since: EPOCH, until: EPOCH + HOUR };
    expect(await client.statistics.show({ ...span, task: 'report' })).toMatchObject({
      totals: { succeeded: 1 },
      tasks: [{ id: 'report' }],
    });
    expect(await client.statistics.show({ ...span, machine: 'beta' })).toMatchObject({ tasks: [{ id: 'backup' }] });
  });

  test('are of the tasks with a tag when asked for, each with how late its runs started', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('report', { about: { name: 'Nightly report', tags: ['night'] } }));
    peer.addRun({ taskId: 'report' as TaskId });
    peer.addRun({ taskId: 'backup' as TaskId });
    const span = { since: EPOCH, until: EPOCH + HOUR, sort: 'latest' as const };
    expect(await client.statistics.show({ ...span, tag: 'night' })).toMatchObject({
      totals: { succeeded: 1 },
      tasks: [{ id: 'report', lateness: { medianMs: 20, p95Ms: 20, maxMs: 20 } }],
    });
    expect(await client.statistics.show({ ...span, tag: 'day' })).toMatchObject({ taskCount: 0, tasks: [] });
  });

  test.each([
    [
      { since: EPOCH, until: EPOCH },
      { code: 'INVALID_INPUT', field: 'since' },
    ],
    [
      { since: EPOCH, until: EPOCH + 400 * DAY, bucket: 'hour' as const },
      { code: 'INVALID_INPUT', field: 'since' },
    ],
    [
      { since: EPOCH - 1, timeZone: 'Europe/Berln' },
      { code: 'UNKNOWN_TIME_ZONE', field: 'timeZone' },
    ],
    [{ since: EPOCH - 1, machine: 'zeta' }, { code: 'MACHINE_NOT_FOUND' }],
  ])('refuse %o', async (input, data) => {
    const { client } = setUp();
    await expect(client.statistics.show(input)).rejects.toMatchObject({ defined: true, data });
  });

  test('tell how long tasks usually take, and nothing of those that never ran', async () => {
    const { client, peer } = setUp();
    for (let count = 0; count < 3; count += 1) peer.addRun({ taskId: 'report' as TaskId });
    expect(await client.statistics.usual({ tasks: ['report', 'idle'] as TaskId[] })).toEqual({
      report: { medianMs: 1480, p95Ms: 1480, count: 3 },
    });
  });
});
