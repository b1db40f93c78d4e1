/** What every reader of the history must do; the store that belongs to it writes what it reads. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MachineId } from '../../core/domain/ids.ts';
import type { RunRecord } from '../../core/domain/run.ts';
import type { RunFilter } from '../../core/ports/run-queries.ts';
import { machine, NOON, record, task } from '../fakes/run-records.ts';
import type { StateStoreSubject } from './state-store.ts';

const A = machine('a');
const B = machine('b');
const SECOND = 1000;

export function describeRunQueries(name: string, open: () => Promise<StateStoreSubject>): void {
  describe(`${name} as a reader of runs`, () => {
    let subject: StateStoreSubject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.dispose());

    const put = (...records: RunRecord[]): void => {
      expect(subject.store.commit([{ kind: 'records', records }])).toEqual({ ok: true });
    };

    it('filters by task, machine, state, occurrence and instants, all at once', async () => {
      await fill();
      expect(await pageOf({ taskId: task('report') })).toHaveLength(30);
      expect(await pageOf({ machineId: B })).toHaveLength(30);
      expect(await pageOf({ states: ['failed'] })).toHaveLength(20);
      expect(await pageOf({ states: ['failed', 'succeeded'] })).toHaveLength(60);
      expect(await pageOf({ states: [] })).toEqual([]);
      expect(await pageOf({ since: NOON + 10 * SECOND, until: NOON + 20 * SECOND })).toHaveLength(10);
      expect(await pageOf({ taskId: task('unheard-of') })).toEqual([]);
      const { occurrenceId } = record({ taskId: task('report'), nominalAt: NOON + 2 * SECOND });
      expect(await pageOf({ occurrenceId })).toHaveLength(1);
      const combined = await pageOf({ taskId: task('report'), machineId: A, states: ['failed'], since: NOON + SECOND });
      expect(combined.length).toBeGreaterThan(0);
      for (const run of combined) expect(run).toMatchObject({ taskId: 'report', machineId: A, state: 'failed' });
    });

    it('finds a part of task id, reason or result, whatever the case', async () => {
      await fill();
      put(
        record({ sequence: 31, nominalAt: NOON - SECOND, reason: { code: 'DISK', text: 'Größe überschritten' } }),
        record({ sequence: 32, nominalAt: NOON - 2 * SECOND, result: '{"Rows":17}' }),
      );
      expect(await pageOf({ words: [{ text: 'REPO' }] })).toHaveLength(30);
      expect(await pageOf({ words: [{ text: 'GRÖSSE'.replace('SS', 'ß') }] })).toHaveLength(1);
      expect(await pageOf({ words: [{ text: '"rows":17' }] })).toHaveLength(1);
      expect(await pageOf({ words: [{ text: '%' }] })).toEqual([]);
      expect(await pageOf({ words: [{ text: 'disk' }], states: ['failed'] })).toEqual([]);
    });

    it('finds runs that every word fits: by text, by the tasks it names, or by its machines', async () => {
      await fill();
      put(
        record({ sequence: 31, nominalAt: NOON - SECOND, reason: { code: 'EXIT', text: 'Disk is full' } }),
        record({ sequence: 32, nominalAt: NOON - 2 * SECOND, reason: { code: 'EXIT', text: 'the disk went away' } }),
      );
      put(record({ sequence: 31, recorderId: B, nominalAt: NOON - 3 * SECOND, result: 'disk' }));
      const nightly = { text: 'nightly', taskIds: [task('report')] };
      const nas = { text: 'nas', machineIds: [B] };
      expect(await pageOf({ words: [{ text: 'disk' }] })).toHaveLength(3);
      expect(await pageOf({ words: [{ text: 'disk' }, { text: 'full' }] })).toHaveLength(1);
      expect(await pageOf({ words: [{ text: 'FULL' }, { text: 'di' }] })).toHaveLength(1);
      expect(await pageOf({ words: [{ text: 'k' }, { text: 'fu' }] })).toHaveLength(1);
      expect(await pageOf({ words: [{ text: 'sidk' }] })).toEqual([]);
      expect(await pageOf({ words: [nightly] })).toHaveLength(30);
      expect(await pageOf({ words: [nas] })).toHaveLength(31);
      expect(await pageOf({ words: [nas, { text: 'disk' }] })).toHaveLength(1);
      expect(await pageOf({ words: [nas, nightly] })).toHaveLength(15);
      expect(await pageOf({ words: [nightly], taskId: task('report') })).toHaveLength(30);
      expect(await pageOf({ words: [nightly], taskId: task('backup') })).toEqual([]);
      expect(await pageOf({ words: [nas], machineId: A })).toEqual([]);
      expect(await pageOf({ words: [{ text: 'disk' }], machineId: A, until: NOON - SECOND })).toHaveLength(1);
      expect(await pageOf({ words: [] })).toHaveLength(63);
    });

    it('finds by words in pages of any size what a look at each run finds, in its order', async () => {
      const letters = ['a', 'b', 'ä', '"', ' '];
      let seed = 7;
      const draw = (below: number): number => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % below;
      };
      const textOf = (length: number): string => Array.from({ length }, () => letters[draw(letters.length)]).join('');
      const records = Array.from({ length: 300 }, (_, index) =>
        record({
          sequence: index + 1,
          taskId: task(`task-${draw(5)}`),
          // Many are due at the same instant, as in life, and some long after their nominal instants.
          nominalAt: NOON + index,
          dueAt: NOON + 400 + draw(9) + (draw(3) === 0 ? draw(5) * 3_600_000 : 0),
          state: draw(2) === 0 ? 'failed' : 'succeeded',
          ...(draw(3) === 0 ? {} : { reason: { code: 'X', text: textOf(1 + draw(12)) } }),
        }),
      );
      put(...records);
      const all = await pageOf({});
      for (let round = 0; round < 120; round += 1) {
        const words = Array.from({ length: 1 + draw(2) }, () => ({
          text: textOf(1 + draw(4)).trim(),
          taskIds: draw(3) === 0 ? [task('task-1'), task('unheard-of')] : [],
        })).filter(({ text }) => text !== '');
        const filter: RunFilter = {
          words: draw(4) === 0 ? [] : words,
          ...(draw(2) === 0 ? { states: ['failed'] } : {}),
          ...(draw(2) === 0 ? { until: NOON + draw(320) } : {}),
          ...(draw(2) === 0 ? { since: NOON + draw(200) } : {}),
        };
        const found = all.filter(
          (run) =>
            run.nominalAt < (filter.until ?? Infinity) &&
            run.nominalAt >= (filter.since ?? 0) &&
            (filter.states?.includes(run.state) ?? true) &&
            (filter.words ?? []).every(
              ({ text, taskIds = [] }) =>
                taskIds.includes(run.taskId) || `${run.taskId}\nx\n${run.reason?.text ?? ''}`.includes(text),
            ),
        );
        const seen: string[] = [];
        const limit = 1 + draw(20);
        let cursor: string | undefined;
        do {
          const page = await subject.queries.page(filter, limit, cursor);
          seen.push(...page.runs.map((run) => run.id));
          cursor = page.nextCursor;
        } while (cursor !== undefined);
        expect(seen, JSON.stringify(filter)).toEqual(found.map((run) => run.id));
      }
    });

    it('finds a run by what it says now, not by what it said', async () => {
      put(record({ state: 'running', reason: { code: 'WAIT', text: 'formerly' } }));
      expect(await pageOf({ words: [{ text: 'formerly' }] })).toHaveLength(1);
      put(record({ sequence: 2, dueAt: NOON + 5, reason: { code: 'EXIT', text: 'lately' } }));
      expect(await pageOf({ words: [{ text: 'formerly' }] })).toEqual([]);
      expect(await pageOf({ words: [{ text: 'lately' }] })).toHaveLength(1);
    });

    it('pages newest first, without a run twice or left out, while runs are added', async () => {
      await fill();
      const all = await pageOf({});
      expect(all).toEqual(all.toSorted((left, right) => right.dueAt - left.dueAt || (left.id < right.id ? 1 : -1)));
      const seen: string[] = [];
      let cursor: string | undefined;
      let added = 30;
      do {
        const page = await subject.queries.page({}, 7, cursor);
        seen.push(...page.runs.map((run) => run.id));
        cursor = page.nextCursor;
        added += 1;
        put(record({ sequence: added, nominalAt: NOON + added * 1000 * SECOND }));
      } while (cursor !== undefined);
      expect(seen).toEqual(all.map((run) => run.id));
    });

    it('refuses a malformed cursor', async () => {
      for (const cursor of ['', 'x', 'MTIz', '!!!', 'a'.repeat(200)]) {
        await expect(subject.queries.page({}, 10, cursor)).rejects.toMatchObject({ error: { code: 'INVALID_INPUT' } });
      }
    });

    it('counts runs per task and state since an instant', async () => {
      await fill();
      const totals = await subject.queries.totals(NOON);
      const count = (state: string): number =>
        totals.filter((total) => total.state === state).reduce((sum, total) => sum + total.count, 0);
      expect([count('failed'), count('succeeded')]).toEqual([20, 40]);
      expect(await subject.queries.totals(NOON + 59 * SECOND)).toEqual([
        { taskId: 'backup', state: expect.any(String) as string, count: 1 },
      ]);
    });

    it('tells figures over the runs of a span of time, of a task, of a machine', async () => {
      await fill();
      const since = NOON + 10 * SECOND;
      const asked = {
        since,
        until: NOON + 50 * SECOND,
        bucketStarts: [since, NOON + 30 * SECOND],
        offsets: [{ from: since, offsetMs: 0 }],
        order: 'busiest' as const,
        taskLimit: 1,
      };
      const figures = await subject.queries.statistics(asked);
      expect(figures.totals).toMatchObject({ succeeded: 27, failed: 13, running: 0 });
      expect(figures.durations).toEqual({ medianMs: 29, p95Ms: 47, maxMs: 49, count: 40 });
      expect(figures.lateness).toEqual({ medianMs: 3, p95Ms: 3, maxMs: 3, count: 40 });
      expect(figures.buckets.map(({ from, succeeded, failed }) => [from, succeeded, failed])).toEqual([
        [since, 14, 6],
        [NOON + 30 * SECOND, 13, 7],
      ]);
      expect(figures.tasks.map(({ id, runs }) => [id, runs])).toEqual([['backup', 20]]);
      expect(figures.taskCount).toBe(2);
      expect(figures.machines.reduce((sum, { runs }) => sum + runs, 0)).toBe(40);
      const ofTask = await subject.queries.statistics({ ...asked, taskId: task('report'), machineId: B });
      expect(ofTask.machines).toMatchObject([{ id: B, runs: 10 }]);
      expect(ofTask.tasks).toMatchObject([{ id: 'report', runs: 10 }]);
      const ofMachine = await subject.queries.statistics({ ...asked, machineId: A });
      expect(ofMachine.machines).toMatchObject([{ id: A, runs: 20 }]);
      const ofSome = await subject.queries.statistics({ ...asked, taskIds: [task('report'), task('unheard-of')] });
      expect([ofSome.taskCount, ofSome.tasks.map(({ id, runs }) => [id, runs])]).toEqual([1, [['report', 20]]]);
      const ofNone = await subject.queries.statistics({ ...asked, taskId: task('unheard-of') });
      expect([ofNone.taskCount, ofNone.buckets.length, ofNone.totals.succeeded]).toEqual([0, 2, 0]);
    });

    it('counts a run as it is now, not as it was', async () => {
      put(record({ state: 'running', startedAt: NOON + 7 }));
      put(record({ sequence: 2, startedAt: NOON + 7, finishedAt: NOON + 57 }));
      const offsets = [{ from: NOON, offsetMs: 0 }];
      const figures = await subject.queries.statistics({
        since: NOON,
        until: NOON + 1,
        bucketStarts: [NOON],
        offsets,
        order: 'failing',
        taskLimit: 10,
      });
      expect(figures.totals).toMatchObject({ running: 0, succeeded: 1 });
      expect(figures).toMatchObject({ durations: { maxMs: 50 }, lateness: { maxMs: 7 } });
    });

    it('tells how long the newest runs of tasks took that ended by themselves', async () => {
      await fill();
      put(
        record({
          sequence: 31,
          taskId: task('report'),
          nominalAt: NOON + 99 * SECOND,
          state: 'cancelled',
          startedAt: NOON,
          finishedAt: NOON + 9 * SECOND,
        }),
      );
      const usual = await subject.queries.usual([task('report'), task('unheard-of'), task('backup')]);
      expect(usual).toEqual({
        report: { medianMs: 28, p95Ms: 56, maxMs: 58, count: 30 },
        backup: { medianMs: 29, p95Ms: 57, maxMs: 59, count: 30 },
      });
      expect(await subject.queries.usual([])).toEqual({});
    });

    it('finds one run by its id, in its newest state, and none that it does not know', async () => {
      const running = record({ state: 'running' });
      put(running);
      expect(await subject.queries.byId(running.id)).toMatchObject({ state: 'running' });
      put(record({ sequence: 2, state: 'failed' }));
      expect(await subject.queries.byId(running.id)).toMatchObject({ state: 'failed', sequence: 2 });
      expect(await subject.queries.byId(record({ taskId: task('unheard-of') }).id)).toBeUndefined();
    });

    it('reads what was committed a moment ago, and after a restart', async () => {
      for (let sequence = 1; sequence <= 20; sequence += 1) {
        put(record({ sequence, nominalAt: NOON + sequence * SECOND }));
        expect(await pageOf({})).toHaveLength(sequence);
      }
      subject = await subject.reopen();
      expect(await pageOf({})).toHaveLength(20);
    });

    it('answers questions that are asked at once, each with its own answer', async () => {
      await fill();
      const [failed, ofA, totals, nothing] = await Promise.all([
        pageOf({ states: ['failed'] }),
        pageOf({ machineId: A }),
        subject.queries.totals(NOON),
        subject.queries.byId(record({ taskId: task('unheard-of') }).id),
      ]);
      expect([failed.length, ofA.length, totals.length, nothing]).toEqual([20, 30, 4, undefined]);
    });

    /** 60 runs, a second apart: tasks take turns, machines take turns in pairs, every third failed; each takes longer. */
    async function fill(): Promise<void> {
      const logs = new Map<MachineId, RunRecord[]>([
        [A, []],
        [B, []],
      ]);
      for (let index = 0; index < 60; index += 1) {
        const recorderId = index % 4 < 2 ? A : B;
        const log = logs.get(recorderId) ?? [];
        log.push(
          record({
            recorderId,
            sequence: log.length + 1,
            taskId: task(index % 2 === 0 ? 'report' : 'backup'),
            nominalAt: NOON + index * SECOND,
            state: index % 3 === 0 ? 'failed' : 'succeeded',
            startedAt: NOON + index * SECOND + 3,
            finishedAt: NOON + index * SECOND + 3 + index,
          }),
        );
      }
      for (const log of logs.values()) put(...log);
      await Promise.resolve();
    }

    async function pageOf(filter: RunFilter): Promise<readonly (RunRecord & { duplicate: boolean })[]> {
      return (await subject.queries.page(filter, 500, undefined)).runs;
    }
  });
}
