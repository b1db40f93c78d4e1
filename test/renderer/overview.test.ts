/** The first screen without a browser: what needs a look, and the marks of its timeline. */
import { describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../core/api/cluster-schemas.ts';
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import { Language } from '../../renderer/src/i18n/language.svelte.ts';
import { type LookSources, looksOf } from '../../renderer/src/state/looks.ts';
import { RunWindow } from '../../renderer/src/state/run-window.svelte.ts';
import {
  FUTURE_MS,
  PAST_MS,
  axisMarks,
  plannedMarks,
  runMarks,
  timelineCells,
  xOf,
} from '../../renderer/src/state/timeline.ts';
import { FakeScheduler, NOW, liveAccess, refusal, runRecord, settle } from './fake-host.ts';

const { t } = new Language(new Map() as never, { lang: 'en' });
const MINUTE_MS = 60_000;
const at = (offsetMs: number): string => new Date(NOW + offsetMs).toISOString();

function sources(change: Partial<LookSources> = {}): LookSources {
  return {
    status: { warnings: [], members: [] } as unknown as ClusterStatus,
    failed: [],
    waiting: [],
    recent: [],
    tasks: [],
    asked: [],
    lastOf: () => undefined,
    nameOf: (id) => `Task ${id}`,
    ...change,
  };
}

describe('what needs a look', () => {
  const failure = (id: string, taskId: string, agoMs: number): RunRecordOutput =>
    runRecord(id, { taskId, state: 'failed', finishedAt: at(-agoMs), reason: { code: 'EXIT', text: `code ${id}` } });

  it('is nothing when all is well', () => {
    expect(looksOf(sources(), t)).toEqual({ open: [], recovered: [] });
  });

  it('tells the failures of one task as one, by the newest', () => {
    const failed = [failure('old', 'a', 9000), failure('new', 'a', 1000), failure('mid', 'a', 5000)];
    const { open } = looksOf(sources({ failed }), t);
    expect(open).toHaveLength(1);
    expect(open[0]).toMatchObject({ title: 'Task a', taskId: 'a', link: { path: ['runs', 'new'] } });
    expect(open[0]?.detail).toBe('Failed, 3 times in 24 h · on nas · code new');
  });

  it('is no task that has succeeded since, but one whose success was before', () => {
    const failed = [failure('x', 'healed', 5000), failure('y', 'ill', 5000)];
    const lastOf = (id: string): RunRecordOutput =>
      runRecord('z', { taskId: id, finishedAt: at(id === 'healed' ? -1000 : -9000) });
    const { open, recovered } = looksOf(sources({ failed, lastOf }), t);
    expect(open.map((look) => look.taskId)).toEqual(['ill']);
    expect(recovered.map(({ taskId }) => taskId)).toEqual(['healed']);
  });

  it('is a machine that is dead, a wrong clock, a conflict, a duplicate, what is withheld, and who asks to join', () => {
    const member = {
      id: 'm2',
      name: 'pi',
      self: false,
      load: null,
      facts: null,
      lastSeenAt: at(-5000),
      stateReason: '',
    };
    const members = [
      { ...member, state: 'dead', clockSkewMs: null },
      { ...member, id: 'm3', name: 'nas', state: 'alive', clockSkewMs: 2500 },
    ];
    const { open } = looksOf(
      sources({
        status: { warnings: [], members } as unknown as ClusterStatus,
        tasks: [{ id: 'a', name: 'A', conflicts: ['schedule'] }],
        recent: [{ ...runRecord('d'), duplicate: true }],
        waiting: [runRecord('w', { state: 'withheld', taskId: 'w' })],
        asked: [{ id: 'n', name: 'new', approved: false, remoteAddress: '/ip4/1', askedAt: at(0) }] as never,
      }),
      t,
    );
    expect(open.map((look) => look.kind).sort()).toEqual([
      'conflict',
      'duplicate',
      'machine',
      'pairing',
      'warning',
      'withheld',
    ]);
    expect(open.every((look) => look.advice !== '' && look.link !== undefined)).toBe(true);
  });
});

describe('a window of runs', () => {
  const ids = (window: RunWindow): string[] => window.list.map((run) => run.id);

  it('reads all pages up to its bound, and says when there is more', async () => {
    let page = 0;
    const access = liveAccess({
      runs: {
        list: async () => {
          page += 1;
          return {
            runs: [{ ...runRecord(`r${page}`, { dueAt: at(-page) }), duplicate: false }],
            nextCursor: `${page}`,
          };
        },
      },
    });
    const window = new RunWindow({ most: 3 }, access, new FakeScheduler());
    window.reload();
    await settle();
    await settle();
    expect(ids(window)).toEqual(['r1', 'r2', 'r3']);
    expect([window.loaded, window.complete]).toEqual([true, false]);
  });

  it('takes in what comes by signal, and lets go what has left its states or its time', async () => {
    const scheduler = new FakeScheduler();
    const window = new RunWindow({ states: ['running'], lengthMs: MINUTE_MS, most: 10 }, liveAccess({}), scheduler);
    window.note([runRecord('a', { state: 'running' }), runRecord('b', { state: 'running' }), runRecord('c')]);
    expect(ids(window)).toEqual(['b', 'a']);
    window.note([runRecord('a', { state: 'succeeded' })]);
    expect(ids(window)).toEqual(['b']);
    await scheduler.advance(2 * MINUTE_MS);
    window.note([runRecord('d', { state: 'running', nominalAt: at(2 * MINUTE_MS) })]);
    expect(ids(window)).toEqual(['d']);
  });

  it('keeps why it could not look, until it can', async () => {
    let broken = true;
    const access = liveAccess({
      runs: {
        list: async () => {
          if (broken) throw refusal('PEER_TIMEOUT', 'no answer');
          return { runs: [], nextCursor: null };
        },
      },
    });
    const scheduler = new FakeScheduler();
    const window = new RunWindow({ most: 3 }, access, scheduler);
    window.reload();
    await settle();
    expect([window.refusal?.message, window.loaded]).toEqual(['No answer.', false]);
    broken = false;
    window.reload();
    await scheduler.advance(2000);
    expect([window.refusal, window.loaded]).toEqual([undefined, true]);
  });
});

describe('the timeline', () => {
  const WIDTH = 1000;
  const run = (id: string, fromMs: number, untilMs: number, change: Partial<RunRecordOutput> = {}): RunRecordOutput =>
    runRecord(id, { startedAt: at(fromMs), finishedAt: at(untilMs), ...change });

  it('has the past on the left of now and the coming day on the right, and nothing outside', () => {
    const here = xOf(NOW, NOW, WIDTH);
    expect(xOf(NOW - PAST_MS, NOW, WIDTH)).toBe(0);
    expect(xOf(NOW - 2 * PAST_MS, NOW, WIDTH)).toBe(0);
    expect(xOf(NOW + FUTURE_MS, NOW, WIDTH)).toBe(WIDTH);
    expect(here).toBeGreaterThan(400);
    expect(xOf(NOW + FUTURE_MS / 2, NOW, WIDTH)).toBeCloseTo((here + WIDTH) / 2);
  });

  it('makes one mark of runs that would touch, so that any number of runs is few marks', () => {
    const runs = Array.from({ length: 5000 }, (_, index) =>
      run(`r${index}`, -PAST_MS + index * 4000, -PAST_MS + index * 4000 + 2000, { taskId: `t${index % 9}` }),
    );
    const marks = runMarks(runs, NOW, WIDTH);
    expect(marks.length).toBeLessThan(10);
    expect(marks.reduce((sum, mark) => sum + mark.count, 0)).toBe(5000);
    expect(marks[0]?.taskIds.length).toBeLessThanOrEqual(6);
  });

  it('draws failures last, on top of what went well, and a run that goes on up to now', () => {
    const marks = runMarks(
      [
        run('bad', -20 * MINUTE_MS, -10 * MINUTE_MS, { state: 'failed' }),
        run('ok', -30 * MINUTE_MS, -5 * MINUTE_MS),
        run('live', -MINUTE_MS, 0, { state: 'running', finishedAt: null }),
        run('gone', -2 * PAST_MS, -1.5 * PAST_MS),
      ],
      NOW,
      WIDTH,
    );
    expect(marks.map((mark) => mark.kind)).toEqual(['ok', 'live', 'bad']);
    expect(marks[1]?.untilMs).toBe(NOW);
  });

  it('counts what is planned by column, and leaves out what lies beyond the day', () => {
    const occurrence = (ms: number) => ({ taskId: 'a', taskName: 'A', at: NOW + ms, machineIds: ['m'] });
    const marks = plannedMarks(
      [occurrence(1000), occurrence(2000), occurrence(FUTURE_MS + 1), occurrence(-1)],
      NOW,
      WIDTH,
    );
    expect(marks.map((mark) => mark.count)).toEqual([2]);
  });

  it('has an axis whose words do not run into each other', () => {
    for (const width of [300, 640, 1800]) {
      const marks = axisMarks(NOW, width);
      const gaps = marks.slice(1).map((mark, index) => mark.x - (marks[index]?.x ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(28);
    }
  });

  it('is the same in its table: each run and occurrence in one column', () => {
    const cells = timelineCells(
      [run('a', -90 * MINUTE_MS, -80 * MINUTE_MS), run('b', -90 * MINUTE_MS, 0, { state: 'failed' })],
      [{ taskId: 'a', taskName: 'A', at: NOW + MINUTE_MS, machineIds: [] }],
      NOW,
    );
    expect(cells).toHaveLength(12);
    expect(cells[4]).toMatchObject({ total: 2, failed: 1 });
    expect(cells[6]).toMatchObject({ total: 1, failed: 0 });
    expect(cells.reduce((sum, cell) => sum + cell.total, 0)).toBe(3);
  });
});
