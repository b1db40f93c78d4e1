/** What every store of state must do; run for the one on disk and for the one in memory. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../core/domain/run.ts';
import type { RunFilter, RunQueries } from '../../core/ports/run-queries.ts';
import type { StateStore } from '../../core/ports/state-store.ts';
import { change, grant, machine, NOON, record, task } from '../fakes/run-records.ts';
import { describeAuditLog } from './audit-log.ts';

export interface StateStoreSubject {
  readonly store: StateStore;
  readonly queries: RunQueries;
  /** Closes both and opens them again on what is stored. */
  reopen(): Promise<StateStoreSubject>;
  dispose(): Promise<void>;
}

const A = machine('a');
const B = machine('b');
const SECOND = 1000;

export function describeStateStore(name: string, open: () => Promise<StateStoreSubject>): void {
  describeAuditLog(name, open);

  describe(`${name} as a store of state`, () => {
    let subject: StateStoreSubject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.dispose());

    const reopened = async (): Promise<StateStore> => {
      subject = await subject.reopen();
      return subject.store;
    };
    const put = (...records: RunRecord[]): void => {
      expect(subject.store.commit([{ kind: 'records', records }])).toEqual({ ok: true });
    };

    it('is empty at first', () => {
      const state = subject.store.load();
      expect(state.grants).toEqual([]);
      expect(state.grantsCompleteSince).toBe(0);
      expect(state.snapshot).toBeUndefined();
      expect(state.openRuns).toEqual([]);
      expect(state.logVector).toEqual({});
      expect(state.changeCount).toBe(0);
    });

    it('holds what a commit brought as soon as it returns, in the order of its writes', () => {
      expect(
        subject.store.commit([
          { kind: 'meta', key: 'twice', value: 'first' },
          { kind: 'records', records: [record()] },
          { kind: 'meta', key: 'twice', value: 'second' },
          { kind: 'records', records: [record({ sequence: 2, nominalAt: NOON + SECOND })] },
          { kind: 'grant', grant: grant({ attempt: 5 }) },
          { kind: 'grant', grant: grant({ attempt: 5, fencingToken: 9 }) },
        ]),
      ).toEqual({ ok: true });
      const state = subject.store.load();
      expect(state.meta.get('twice')).toBe('second');
      expect(state.logVector).toEqual({ [A]: 2 });
      expect(state.grants).toEqual([grant({ attempt: 5, fencingToken: 9 })]);
    });

    it('takes an empty commit, and one whose writes say nothing new', async () => {
      expect(subject.store.commit([])).toEqual({ ok: true });
      expect(subject.store.commit([{ kind: 'records', records: [] }])).toEqual({ ok: true });
      expect(subject.store.commit([{ kind: 'changes', changes: [] }])).toEqual({ ok: true });
      expect(subject.store.commit([{ kind: 'meta', key: 'never there', value: undefined }])).toEqual({ ok: true });
      expect((await reopened()).load()).toMatchObject({ changeCount: 0, logVector: {} });
    });

    it('gives back what does not change with what is stored later', () => {
      put(record());
      const before = subject.store.load();
      const page = subject.store.recordsAfter(A, 0, 10);
      put(record({ sequence: 2, nominalAt: NOON + SECOND }));
      subject.store.commit([
        { kind: 'meta', key: 'later', value: '1' },
        { kind: 'changes', changes: [change('a', 1)] },
      ]);
      expect(before.logVector).toEqual({ [A]: 1 });
      expect([before.meta.has('later'), before.changes.length, page.records.length]).toEqual([false, 0, 1]);
    });

    it('keeps the logs of machines apart, whatever the order of their coming', async () => {
      for (let sequence = 1; sequence <= 5; sequence += 1) {
        for (const recorderId of [A, B]) put(record({ recorderId, sequence, nominalAt: NOON + sequence * SECOND }));
      }
      const store = await reopened();
      for (const recorderId of [A, B]) {
        const { records } = store.recordsAfter(recorderId, 2, 10);
        expect(records.map((each) => [each.recorderId, each.sequence])).toEqual(
          [3, 4, 5].map((sequence) => [recorderId, sequence]),
        );
      }
    });

    it('keeps named values, and removes them', async () => {
      subject.store.commit([
        { kind: 'meta', key: 'incarnation', value: '7' },
        { kind: 'meta', key: 'gone', value: '1' },
      ]);
      subject.store.commit([{ kind: 'meta', key: 'gone', value: undefined }]);
      expect((await reopened()).load().meta).toEqual(new Map([['incarnation', '7']]));
    });

    it('keeps the last write of a grant', async () => {
      subject.store.commit([
        { kind: 'grant', grant: grant() },
        { kind: 'grant', grant: grant({ attempt: 2 }) },
      ]);
      subject.store.commit([{ kind: 'grant', grant: grant({ released: true }) }]);
      const grants = (await reopened()).load().grants.toSorted((left, right) => left.attempt - right.attempt);
      expect(grants).toEqual([grant({ released: true }), grant({ attempt: 2 })]);
    });

    it('stores every field of a record', async () => {
      const full: RunRecord = record({
        recorderId: A,
        machineId: B,
        slot: B,
        state: 'failed',
        cause: { kind: 'manual', triggerId: 't1', by: A },
        claimedAt: NOON + 1,
        startedAt: NOON + 2,
        finishedAt: NOON + 3,
        fencingToken: 4,
        exitCode: 5,
        signal: 'SIGTERM',
        reason: { code: 'EXIT', text: 'it said “no” – 5' },
        progress: 0.5,
        result: '{"rows":5}',
        outputBytes: 6,
        outputDroppedBytes: 7,
        next: { attempt: 2, dueAt: NOON + 9, avoid: [B] },
      });
      put(full);
      const store = await reopened();
      expect(store.recordsAfter(A, 0, 10)).toEqual({ records: [full], more: false, floor: 0 });
      expect(await subject.queries.byId(full.id)).toEqual({ ...full, duplicate: false });
    });

    it('pages through a log, and ignores records that it has', () => {
      const log = Array.from({ length: 5 }, (_, index) =>
        record({ sequence: index + 1, nominalAt: NOON + index * SECOND }),
      );
      put(...log);
      put(...log.slice(2), record({ sequence: 6, nominalAt: NOON + 6 * SECOND }));
      expect(subject.store.recordsAfter(A, 0, 4)).toEqual({ records: log.slice(0, 4), more: true, floor: 0 });
      const few = subject.store.recordsAfter(A, 0, 6, ({ sequence }) => sequence < 3);
      expect(few).toEqual({ records: log.slice(0, 2), more: true, floor: 0 });
      expect(subject.store.recordsAfter(A, 4, 4).records.map((each) => each.sequence)).toEqual([5, 6]);
      expect(subject.store.recordsAfter(B, 0, 4)).toEqual({ records: [], more: false, floor: 0 });
      expect(subject.store.load().logVector).toEqual({ [A]: 6 });
    });

    it('refuses a gap as a broken invariant, and stores nothing of that commit', () => {
      put(record());
      const gap = (): unknown =>
        subject.store.commit([
          { kind: 'meta', key: 'half', value: '1' },
          { kind: 'records', records: [record({ sequence: 3 })] },
        ]);
      expect(gap).toThrow('without a gap');
      expect(subject.store.load().meta.has('half')).toBe(false);
      put(record({ sequence: 2, nominalAt: NOON + SECOND }));
    });

    it('mixes no names up after a commit that was not stored', async () => {
      const [c, d] = [machine('c'), machine('d')];
      const gap = (): unknown =>
        subject.store.commit([
          { kind: 'records', records: [record({ recorderId: c, taskId: task('of-c') })] },
          { kind: 'records', records: [record({ recorderId: A, sequence: 9 })] },
        ]);
      expect(gap).toThrow('without a gap');
      put(record({ recorderId: d, taskId: task('of-d') }));
      put(record({ recorderId: c, taskId: task('of-c') }));
      const store = await reopened();
      expect(store.recordsAfter(c, 0, 9).records).toMatchObject([{ recorderId: c, machineId: c, taskId: 'of-c' }]);
      expect(store.recordsAfter(d, 0, 9).records).toMatchObject([{ recorderId: d, machineId: d, taskId: 'of-d' }]);
    });

    it('continues behind a floor', async () => {
      put(record({ sequence: 1 }));
      subject.store.commit([
        { kind: 'log-floor', recorderId: A, floor: 10 },
        { kind: 'records', records: [record({ sequence: 11, nominalAt: NOON + SECOND })] },
      ]);
      const store = await reopened();
      expect(store.recordsAfter(A, 0, 10)).toMatchObject({ records: [{ sequence: 11 }], more: false, floor: 10 });
      expect(store.load()).toMatchObject({ logVector: { [A]: 11 }, logFloors: { [A]: 10 } });
    });

    it('knows the head of a log of which only the floor is left', async () => {
      subject.store.commit([{ kind: 'log-floor', recorderId: B, floor: 4 }]);
      expect((await reopened()).load().logVector).toEqual({ [B]: 4 });
    });

    it('tells open runs, ended runs, and how far each task is accounted for', async () => {
      put(
        record({ sequence: 1, state: 'starting' }),
        record({ sequence: 2, state: 'running', startedAt: NOON }),
        record({ sequence: 3, state: 'skipped', taskId: task('report'), nominalAt: NOON + 5 * SECOND }),
        record({
          sequence: 4,
          taskId: task('report'),
          nominalAt: NOON + 9 * SECOND,
          cause: { kind: 'manual', triggerId: 'x', by: A },
        }),
      );
      const state = (await reopened()).load();
      expect(state.openRuns.map((run) => run.sequence)).toEqual([2]);
      expect(state.recentRuns.map((run) => run.sequence)).toEqual([4, 3]);
      expect(state.accountedUntil).toEqual(
        new Map([
          [task('backup'), NOON],
          [task('report'), NOON + 5 * SECOND],
        ]),
      );
    });

    it('keeps the highest fencing token of each task, also of runs that are pruned', async () => {
      const old = NOON - 1000 * SECOND;
      const ofReport = { taskId: task('report') };
      put(
        record({ sequence: 1, nominalAt: old, fencingToken: NOON + 5 }),
        record({ sequence: 2, nominalAt: NOON, state: 'starting', fencingToken: NOON + 3 }),
        record({ sequence: 3, nominalAt: NOON, fencingToken: NOON + 3 }),
        record({ sequence: 4, nominalAt: NOON, fencingToken: 7, ...ofReport }),
        record({ sequence: 5, nominalAt: NOON + SECOND, fencingToken: Number.MAX_SAFE_INTEGER, ...ofReport }),
        record({ sequence: 6, nominalAt: NOON, taskId: task('without') }),
      );
      subject.store.commit([{ kind: 'prune', grantsBefore: NOON, runsBefore: NOON }]);
      const { highestTokens, recentRuns } = (await reopened()).load();
      expect(recentRuns.filter(({ nominalAt }) => nominalAt < NOON)).toEqual([]);
      expect(highestTokens).toEqual(
        new Map([
          [task('backup'), NOON + 5],
          [task('report'), 7],
        ]),
      );
    });

    it('shows a run as lost when another machine gave it up, yet tells its own machine to close it', async () => {
      put(record({ state: 'running', startedAt: NOON }));
      put(record({ recorderId: B, machineId: A, state: 'lost', recordedAt: NOON + SECOND }));
      const store = await reopened();
      expect(store.load().openRuns).toEqual([]);
      expect(store.load().recentRuns).toMatchObject([{ state: 'lost' }]);
      expect(store.load().unclosedRuns).toMatchObject([{ record: { state: 'running', recorderId: A } }]);
      put(record({ sequence: 2, state: 'succeeded', recordedAt: NOON + 2 * SECOND }));
      expect(store.load().unclosedRuns).toEqual([]);
      expect(store.load().recentRuns).toMatchObject([{ state: 'succeeded' }]);
    });

    it('marks both runs of an attempt that two machines started', async () => {
      put(record({ state: 'running' }));
      expect((await pageOf({})).map((run) => run.duplicate)).toEqual([false]);
      put(record({ recorderId: B, state: 'succeeded', startedAt: NOON }));
      expect((await pageOf({})).map((run) => run.duplicate)).toEqual([true, true]);
    });

    it('knows occurrences of which it has a record', () => {
      const { occurrenceId } = record();
      expect(subject.store.knowsOccurrence(occurrenceId)).toBe(false);
      put(record({ state: 'withheld' }));
      expect(subject.store.knowsOccurrence(occurrenceId)).toBe(true);
    });

    it('gives out changes in the order of storing, within the limits', () => {
      const changes = [change('a', 1), change('b', 1), change('a', 2), change('b', 2, 5000)];
      subject.store.commit([{ kind: 'changes', changes }]);
      subject.store.commit([{ kind: 'changes', changes: changes.slice(1) }]);
      const [first, second, third, fourth] = changes as [unknown, unknown, unknown, unknown];
      expect(subject.store.changesSince({}, 10, 1e6)).toEqual({ changes, more: false });
      expect(subject.store.changesSince({}, 2, 1e6)).toEqual({ changes: [first, second], more: true });
      expect(subject.store.changesSince({}, 10, 250)).toEqual({ changes: [first, second], more: true });
      const vector = { [change('a', 1).actor]: 1, [change('b', 1).actor]: 1 };
      expect(subject.store.changesSince(vector, 10, 250)).toEqual({ changes: [third], more: true });
      const rest = { [change('a', 1).actor]: 2, [change('b', 1).actor]: 1 };
      expect(subject.store.changesSince(rest, 10, 250)).toEqual({ changes: [fourth], more: false });
      expect(subject.store.load()).toMatchObject({ changeCount: 4, changes: { length: 4 } });
    });

    it('opens with the newest snapshot, and only the changes that it lacks', async () => {
      const { actor } = change('a', 1);
      subject.store.commit([{ kind: 'changes', changes: [change('a', 1), change('a', 2), change('b', 1)] }]);
      const snapshot = { bytes: new Uint8Array([1, 2, 3]), vector: { [actor]: 1 } };
      subject.store.commit([{ kind: 'snapshot', bytes: new Uint8Array(), vector: {} }]);
      subject.store.commit([{ kind: 'snapshot', ...snapshot }]);
      const state = (await reopened()).load();
      expect(state.snapshot).toEqual(snapshot);
      expect(state.changes).toEqual([change('a', 2), change('b', 1)]);
      expect(state.changeCount).toBe(3);
    });

    it('says who started an attempt, or a later one, and opens no grant that its run answers for', async () => {
      const started = record({ sequence: 1, state: 'starting', startedAt: NOON });
      subject.store.commit([
        { kind: 'grant', grant: grant({ occurrenceId: started.occurrenceId, attempt: started.attempt }) },
        { kind: 'records', records: [started] },
      ]);
      const store = await reopened();
      expect(store.startedBy(started.occurrenceId, started.attempt)).toBe(started.machineId);
      expect(store.startedBy(started.occurrenceId, started.attempt + 1)).toBeUndefined();
      expect(store.load().grants).toEqual([]);
    });

    it('gives what is in force of each run of an occurrence, earlier attempts first', async () => {
      const first = record({ sequence: 1, state: 'failed', attempt: 1 });
      const { occurrenceId } = first;
      const second = record({ sequence: 2, state: 'starting', attempt: 2, occurrenceId });
      const other = record({ sequence: 3, nominalAt: NOON + SECOND });
      put(first, second, other, record({ ...second, sequence: 4, state: 'succeeded' }));
      const store = await reopened();
      expect(store.runsOf(occurrenceId).map(({ attempt, state }) => [attempt, state])).toEqual([
        [1, 'failed'],
        [2, 'succeeded'],
      ]);
      expect(store.runsOf(record({ nominalAt: NOON - SECOND }).occurrenceId)).toEqual([]);
      expect(store.machineOf(first.id)).toBe(first.machineId);
      expect(store.machineOf(record({ nominalAt: NOON - SECOND }).id)).toBeUndefined();
    });

    it('prunes by age: grants, logs from their beginning, ended runs', async () => {
      const old = NOON - 1000 * SECOND;
      subject.store.commit([
        { kind: 'grant', grant: grant({ grantedAt: old, attempt: 1 }) },
        { kind: 'grant', grant: grant({ attempt: 2 }) },
      ]);
      put(
        record({ sequence: 1, nominalAt: old }),
        record({ sequence: 2, nominalAt: old + SECOND, state: 'running' }),
        record({ sequence: 3, nominalAt: NOON }),
        record({ sequence: 4, nominalAt: old + 2 * SECOND }),
      );
      subject.store.commit([{ kind: 'prune', grantsBefore: NOON, runsBefore: NOON }]);
      const store = await reopened();
      const state = store.load();
      expect(state.grants).toEqual([grant({ attempt: 2 })]);
      expect(store.recordsAfter(A, 0, 10).records.map((each) => each.sequence)).toEqual([3, 4]);
      expect(state.logFloors).toEqual({ [A]: 2 });
      expect((await pageOf({})).map((run) => run.sequence)).toEqual([3, 2]);
      expect(state.accountedUntil.get(task('backup'))).toBe(NOON);
      put(record({ sequence: 5, nominalAt: NOON + SECOND }));
    });

    it('never prunes a run that its own machine has still to close', async () => {
      const old = NOON - 1000 * SECOND;
      put(record({ nominalAt: old, state: 'running' }));
      put(record({ recorderId: B, machineId: A, nominalAt: old, recordedAt: old + SECOND, state: 'lost' }));
      subject.store.commit([{ kind: 'prune', grantsBefore: NOON, runsBefore: NOON }]);
      expect((await reopened()).load().unclosedRuns).toMatchObject([{ record: { state: 'running' } }]);
    });

    it('prunes a lot in bounded steps, by and by', () => {
      const old = Array.from({ length: 1500 }, (_, index) =>
        record({ sequence: index + 1, nominalAt: NOON - 3000 * SECOND + index * SECOND }),
      );
      put(...old, record({ sequence: 1501 }));
      subject.store.commit([{ kind: 'prune', grantsBefore: 0, runsBefore: NOON }]);
      for (let step = 0; step < 40; step += 1) subject.store.commit([]);
      expect(subject.store.recordsAfter(A, 0, 10)).toMatchObject({ records: [{ sequence: 1501 }], floor: 1500 });
      expect(subject.store.load().recentRuns).toHaveLength(1);
    });

    async function pageOf(filter: RunFilter): Promise<readonly (RunRecord & { duplicate: boolean })[]> {
      return (await subject.queries.page(filter, 500, undefined)).runs;
    }
  });
}
