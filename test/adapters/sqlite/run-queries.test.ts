/** The reader of the history: bounded, restarted when it dies, and never ahead of its queue. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunId } from '../../../core/domain/ids.ts';
import { openRunQueries, type SqliteRunQueries } from '../../../core/adapters/sqlite/run-queries.ts';
import { DATABASE_FILE, openStateStore, type SqliteStateStore } from '../../../core/adapters/sqlite/state-store.ts';
import { STORAGE } from '../../../core/config/storage.ts';
import { quietLogger } from '../../fakes/quiet-logger.ts';
import { NOON, record, task } from '../../fakes/run-records.ts';

describe('run queries', () => {
  let dataFolder: string;
  let store: SqliteStateStore;
  let queries: SqliteRunQueries;
  beforeEach(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'carillon-queries-'));
    const opened = openStateStore({ dataFolder, logger: quietLogger, now: () => NOON, reserveBytes: 4096 });
    if (!opened.ok) throw new Error(opened.error.message);
    store = opened.value;
    queries = openRunQueries({ dataFolder, logger: quietLogger, searchLimit: 20 });
    const records = Array.from({ length: 50 }, (_, index) =>
      record({ sequence: index + 1, nominalAt: NOON + index, taskId: task(index === 3 ? 'rare' : 'usual') }),
    );
    store.commit([{ kind: 'records', records }]);
  });
  afterEach(async () => {
    await queries.close();
    store.close();
    rmSync(dataFolder, { recursive: true, force: true });
  });

  it('refuse what the reader was asked when it died, and start a new one for the next question', async () => {
    await queries.totals(0);
    const { worker } = queries;
    if (worker === undefined) throw new Error('a worker was started');
    const asked = expect(queries.page({}, 10, undefined)).rejects.toMatchObject({ error: { code: 'STORAGE_FAILED' } });
    await worker.terminate();
    await asked;
    expect((await queries.page({}, 10, undefined)).runs).toHaveLength(10);
    expect(queries.worker).not.toBe(worker);
  });

  it('refuse more than may wait', async () => {
    const asked = Array.from({ length: STORAGE.queuedQueries }, () => queries.totals(0));
    await expect(queries.totals(0)).rejects.toMatchObject({ error: { code: 'BUSY' } });
    await Promise.all(asked);
    await expect(queries.totals(0)).resolves.toHaveLength(2);
  });

  it('refuse to be asked when closed, and end the reader', async () => {
    await queries.totals(0);
    const exit = once(queries.worker as NonNullable<typeof queries.worker>, 'exit');
    const waiting = expect(queries.totals(0)).rejects.toMatchObject({ error: { code: 'STOPPING' } });
    await queries.close();
    await Promise.all([exit, waiting]);
    await expect(queries.totals(0)).rejects.toMatchObject({ error: { code: 'STOPPING' } });
  });

  it('look for a text that is too short for the index in a bounded number of runs a page, and go on from there', async () => {
    const words = [{ text: 'ra' }];
    const first = await queries.page({ words }, 10, undefined);
    expect(first.runs).toEqual([]);
    const second = await queries.page({ words }, 10, first.nextCursor);
    expect(second.runs).toEqual([]);
    const third = await queries.page({ words }, 10, second.nextCursor);
    expect(third.runs).toMatchObject([{ taskId: 'rare' }]);
    expect(third.nextCursor).toBeUndefined();
  });

  it('find a text at once wherever it is, and in a bounded number of runs that have it a page', async () => {
    const reason = { code: 'EXIT', text: 'the disk is full' };
    const records = Array.from({ length: 50 }, (_, index) =>
      record({ sequence: 51 + index, nominalAt: NOON - 100 - index, taskId: task(`disk-${index}`), reason }),
    );
    store.commit([{ kind: 'records', records }]);
    const newest = await queries.page({ words: [{ text: 'disk is f' }] }, 1, undefined);
    expect(newest.runs).toMatchObject([{ taskId: 'disk-0' }]);
    const filtered = await queries.page({ words: [{ text: 'full' }], until: NOON - 140 }, 10, undefined);
    expect(filtered.runs).toEqual([]);
    const next = await queries.page({ words: [{ text: 'full' }], until: NOON - 140 }, 10, filtered.nextCursor);
    const last = await queries.page({ words: [{ text: 'full' }], until: NOON - 140 }, 10, next.nextCursor);
    expect([...next.runs, ...last.runs].map((run) => run.taskId)).toEqual(
      Array.from({ length: 9 }, (_, index) => `disk-${41 + index}`),
    );
    expect(last.nextCursor).toBeUndefined();
  });

  it('look at none that came due too long after or before the instants that are asked for', async () => {
    const hour = 3_600_000;
    const reason = { code: 'EXIT', text: 'the disk is full' };
    const spread = Array.from({ length: 100 }, (_, index) =>
      record({ sequence: 51 + index, nominalAt: NOON - index * hour, taskId: task(`disk-${index}`), reason }),
    );
    const late = { nominalAt: NOON - 90.5 * hour, dueAt: NOON - 40.5 * hour };
    store.commit([
      { kind: 'records', records: [...spread, record({ sequence: 151, taskId: task('late'), reason, ...late })] },
    ]);
    const words = [{ text: 'full' }];
    const longAgo = await queries.page({ words, since: NOON - 59.5 * hour, until: NOON - 55 * hour }, 10, undefined);
    expect(longAgo.runs.map((run) => run.taskId)).toEqual(['disk-56', 'disk-57', 'disk-58', 'disk-59']);
    expect(longAgo.nextCursor).toBeUndefined();
    const [first] = (await queries.page({ words, until: NOON - 90 * hour }, 10, undefined)).runs;
    expect(first?.taskId).toBe('late');
    expect((await queries.page({ words, until: Number.MAX_SAFE_INTEGER }, 10, undefined)).runs).not.toEqual([]);
  });

  it('index a bounded number of the runs whose ids were made to share a row, and find all others', async () => {
    const textOf = (index: number): string => (index === 0 ? 'wxyz first' : index === 299 ? 'vuts last' : 'between');
    const texts = Array.from({ length: 300 }, (_, index) => {
      const id = `222${(1000 + index).toString().replaceAll(/./g, (digit) => 'abcdefghij'[Number(digit)] ?? '')}`;
      const reason = { code: 'EXIT', text: textOf(index) };
      return record({ id: id.padEnd(20, '2') as RunId, sequence: 51 + index, taskId: task('made'), reason });
    });
    const honest = record({ sequence: 351, nominalAt: NOON - 1, reason: { code: 'EXIT', text: 'an honest word' } });
    store.commit([{ kind: 'records', records: [...texts, honest] }]);
    const found = async (text: string) => (await queries.page({ words: [{ text }] }, 10, undefined)).runs;
    expect(texts.length).toBeGreaterThan(STORAGE.runsPerIndexRow);
    expect((await found('vuts')).length).toBe(1);
    expect((await found('honest')).length).toBe(1);
    const database = new DatabaseSync(join(dataFolder, DATABASE_FILE), { readOnly: true });
    const rowsWith = (word: string) =>
      database.prepare('select count(*) as rows from run_words where run_words match ?').get(`"${word}"`);
    expect(rowsWith('wxy')).toEqual({ rows: 0 });
    expect(rowsWith('vut')).toEqual({ rows: 1 });
    database.close();
  });

  it('find nothing of a run that was pruned', async () => {
    const words = [{ text: 'pruned' }];
    const old = record({ sequence: 51, nominalAt: NOON - 1e9, reason: { code: 'EXIT', text: 'to be pruned' } });
    store.commit([{ kind: 'records', records: [old] }]);
    expect((await queries.page({ words }, 10, undefined)).runs).toHaveLength(1);
    store.commit([{ kind: 'prune', grantsBefore: 0, runsBefore: NOON - 1e8 }]);
    expect((await queries.page({ words }, 10, undefined)).runs).toEqual([]);
    const database = new DatabaseSync(join(dataFolder, DATABASE_FILE), { readOnly: true });
    expect(database.prepare('select count(*) as rows from run_words where run_words match \'"pru"\'').get()).toEqual({
      rows: 0,
    });
    database.close();
  });

  it('never give more than a page may hold', async () => {
    expect((await queries.page({}, 0, undefined)).runs).toHaveLength(1);
    expect((await queries.page({}, 1e9, undefined)).runs).toHaveLength(50);
  });

  it('keep only the newest runs beyond the limit of all', () => {
    store.close();
    const opened = openStateStore({
      dataFolder,
      logger: quietLogger,
      now: () => NOON,
      reserveBytes: 4096,
      runLimit: 20,
    });
    if (!opened.ok) throw new Error(opened.error.message);
    store = opened.value;
    store.commit([{ kind: 'prune', grantsBefore: 0, runsBefore: 0 }]);
    const { recentRuns } = store.load();
    expect(recentRuns.length).toBeGreaterThanOrEqual(20);
    expect(recentRuns.length).toBeLessThanOrEqual(21);
    expect(recentRuns[0]).toMatchObject({ sequence: 50 });
  });
});
