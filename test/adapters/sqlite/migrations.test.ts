/** Data of every older version comes through, and that of a newer one is left alone. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  migrate,
  MIGRATIONS,
  SCHEMA_VERSION,
  schemaVersion,
} from '../../../core/adapters/sqlite/migrations/all-migrations.ts';
import { NameTable } from '../../../core/adapters/sqlite/name-table.ts';
import { encodeRecord } from '../../../core/adapters/sqlite/record-encoding.ts';
import { openRunQueries } from '../../../core/adapters/sqlite/run-queries.ts';
import { RunSearch } from '../../../core/adapters/sqlite/run-search.ts';
import { RunRecordRows } from '../../../core/adapters/sqlite/run-record-rows.ts';
import { RunWordsBacklog } from '../../../core/adapters/sqlite/run-words-backlog.ts';
import { RunWordsReader, WORDS_INDEXED_TO } from '../../../core/adapters/sqlite/run-words.ts';
import { ValueRows } from '../../../core/adapters/sqlite/value-rows.ts';
import { openStateStore } from '../../../core/adapters/sqlite/state-store.ts';
import { STORAGE } from '../../../core/config/storage.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import { quietLogger } from '../../fakes/quiet-logger.ts';
import { machine, NOON, record, task } from '../../fakes/run-records.ts';

describe('migrations', () => {
  let dataFolder: string;
  let path: string;
  beforeEach(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'carillon-migrations-'));
    path = join(dataFolder, 'carillon.db');
  });
  afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

  const open = (): ReturnType<typeof openStateStore> =>
    openStateStore({ dataFolder, logger: quietLogger, now: () => NOON, reserveBytes: 4096 });

  it.each(MIGRATIONS.map((migration) => migration.version))('bring version %i to the newest', (version) => {
    writeVersion(path, version);
    const opened = open();
    if (!opened.ok) throw new Error(opened.error.message);
    const state = opened.value.load();
    expect(opened.value.recovered).toBeUndefined();
    expect(state.meta.get('incarnation')).toBe('7');
    if (version >= 2) {
      expect(state.logVector).toEqual({ [machine('a')]: 2 });
      // What was recorded without signatures stays here: no other machine would take it.
      const unsigned = version < 4;
      expect(state.logFloors).toEqual(unsigned ? { [machine('a')]: 2 } : {});
      const { records, floor } = opened.value.recordsAfter(machine('a'), 0, 10);
      expect(records.map(({ sequence, signature }) => [sequence, signature])).toEqual(
        unsigned ? [] : [1, 2].map((sequence) => [sequence, SIGNATURE]),
      );
      expect(floor).toBe(unsigned ? 2 : 0);
      // From version 3 on the projection is kept with each record; this data was written past it.
      if (version === 2) expect(state.recentRuns).toMatchObject([{ sequence: 2, state: 'succeeded' }]);
    }
    opened.value.close();
    const database = new DatabaseSync(path);
    expect(schemaVersion(database)).toBe(SCHEMA_VERSION);
    database.close();
  });

  it.each([3, 4])('carry over from version %i how late a run started and how long it took', async (version) => {
    writeVersion(path, version);
    const database = new DatabaseSync(path);
    const names = new NameTable(database);
    const given = { startedAt: NOON + 30, finishedAt: NOON + 130 };
    insertOldRun(database, names, record({ taskId: task('usual'), ...given }));
    insertOldRun(database, names, record({ taskId: task('waiting'), state: 'due' }));
    const lost = record({ taskId: task('lost'), state: 'lost', startedAt: NOON + 1, finishedAt: NOON + 2 });
    insertOldRun(database, names, lost, 'observed');
    database.close();
    const opened = open();
    if (!opened.ok) throw new Error(opened.error.message);
    const queries = openRunQueries({ dataFolder, logger: quietLogger });
    const figures = await queries.statistics({
      since: NOON,
      until: NOON + 1,
      bucketStarts: [NOON],
      offsets: [{ from: NOON, offsetMs: 0 }],
      order: 'slowest',
      taskLimit: 10,
    });
    expect(figures.durations).toEqual({ medianMs: 100, p95Ms: 100, maxMs: 100, count: 1 });
    expect(figures.lateness).toEqual({ medianMs: 1, p95Ms: 30, maxMs: 30, count: 2 });
    expect(figures.tasks.map(({ id, runs }) => [id, runs])).toEqual([
      ['usual', 1],
      ['lost', 1],
      ['waiting', 0],
    ]);
    expect((await queries.page({ taskId: task('usual') }, 10, undefined)).runs).toMatchObject([given]);
    await queries.close();
    opened.value.close();
  });

  it.each([3, 4, 5])('carry over from version %i the highest token of each task', (version) => {
    writeVersion(path, version);
    const database = new DatabaseSync(path);
    const names = new NameTable(database);
    const ofNoon = record({ taskId: task('fenced'), fencingToken: NOON });
    insertOldRun(database, names, ofNoon);
    insertOldRun(database, names, record({ taskId: task('fenced'), nominalAt: NOON + 1, fencingToken: NOON - 1 }));
    const lost = record({ taskId: task('lost'), state: 'lost', fencingToken: 5 });
    insertOldRun(database, names, lost, 'observed');
    insertOldRun(database, names, record({ taskId: task('without') }));
    const damaged = record({ taskId: task('damaged'), fencingToken: 6 });
    insertOldRun(database, names, damaged);
    database.prepare("update runs set own = 'damaged' where task = ?").run(names.numberOf('damaged'));
    migrate(database);
    const tokens = database.prepare('select text, token from tokens join names on number = task order by text').all();
    expect(tokens.map(({ text, token }) => [text, token])).toEqual([
      ['fenced', NOON],
      ['lost', 5],
    ]);
    database.close();
  });

  it('leave the times of a run empty whose record cannot be read', () => {
    writeVersion(path, 4);
    const database = new DatabaseSync(path);
    const names = new NameTable(database);
    insertOldRun(database, names, record({ startedAt: NOON + 30, finishedAt: NOON + 130 }));
    insertOldRun(database, names, record({ taskId: task('damaged') }));
    database.prepare("update runs set own = 'damaged' where task = ?").run(names.numberOf('damaged'));
    expect(migrate(database)).toBe(SCHEMA_VERSION - 4);
    const rows = database.prepare('select started_after_ms, took_ms from runs order by number').all();
    expect(rows).toMatchObject([
      { started_after_ms: 30, took_ms: 100 },
      { started_after_ms: null, took_ms: null },
    ]);
    database.close();
  });

  it('index the texts of earlier runs a slice at a time, and find them meanwhile by looking', async () => {
    writeVersion(path, 5);
    const database = new DatabaseSync(path);
    const names = new NameTable(database);
    database.exec('begin');
    const texts = ['the disk is full', 'x'.repeat(STORAGE.indexedCharactersPerSlice), 'the cable is out'];
    texts.forEach((text, index) => {
      const run = record({ nominalAt: NOON + index, reason: { code: 'EXIT', text } });
      insertOldRun(database, names, run);
      database.prepare('update runs set search = ? where id = ?').run(text, run.id);
    });
    database.exec('commit');
    expect(migrate(database)).toBe(SCHEMA_VERSION - 5);
    const backlog = new RunWordsBacklog(database, { logger: quietLogger, onDamage: () => undefined });
    const search = new RunSearch(database);
    const find = (text: string): number => search.page({ words: [{ text }] }, 10, undefined, 100).runs.length;
    const indexed = (): unknown =>
      database.prepare('select count(*) as rows from run_words where run_words match \'"is "\'').get()?.['rows'];
    expect([backlog.pending, find('disk'), find('cable'), indexed()]).toEqual([true, 1, 1, 0]);
    backlog.step();
    expect([backlog.pending, find('disk'), find('cable'), indexed()]).toEqual([true, 1, 1, 1]);
    // A restart in between goes on where it was left off.
    const later = new RunWordsBacklog(database, { logger: quietLogger, onDamage: () => undefined });
    later.step();
    expect([later.pending, find('disk'), find('cable'), indexed()]).toEqual([false, 1, 1, 2]);
    database.close();
  });

  it('index them while the store is open, without being asked', async () => {
    writeVersion(path, 5);
    const database = new DatabaseSync(path);
    insertOldRun(database, new NameTable(database), record());
    database.exec("update runs set search = 'the disk is full'");
    database.close();
    const opened = open();
    if (!opened.ok) throw new Error(opened.error.message);
    const reader = new DatabaseSync(path, { readOnly: true });
    const facts = new ValueRows(reader, 'facts');
    await vi.waitFor(() => expect(facts.all().has(WORDS_INDEXED_TO)).toBe(false));
    expect(new RunWordsReader(reader).find('disk', undefined, 10)).toHaveLength(1);
    reader.close();
    opened.value.close();
  });

  it('refuse data of a newer program, and change nothing in it', () => {
    writeVersion(path, SCHEMA_VERSION);
    const database = new DatabaseSync(path);
    database.exec(`pragma user_version = ${SCHEMA_VERSION + 1}`);
    database.close();
    const before = readFileSync(path);
    expect(open()).toMatchObject({ ok: false, error: { code: 'DATABASE_NEWER' } });
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

/** 64 bytes in base64url. */
const SIGNATURE = 'A'.repeat(86);

/** As it was before version 4: the text alone. */
function insertUnsigned(database: DatabaseSync, records: readonly RunRecord[]): void {
  const names = new NameTable(database);
  const insert = database.prepare(
    'insert into run_records (recorder, sequence, recorded_at, body) values (?, ?, ?, ?)',
  );
  for (const each of records) {
    insert.run(names.numberOf(each.recorderId), each.sequence, each.recordedAt, encodeRecord(each, names));
  }
}

/** A run as versions 3 and 4 kept it. */
function insertOldRun(database: DatabaseSync, names: NameTable, run: RunRecord, by: 'own' | 'observed' = 'own'): void {
  const body = encodeRecord(run, names);
  const [own, observed] = by === 'own' ? [body, null] : [null, body];
  const insert = database.prepare(`
    insert into runs (id, task, machine, occurrence, attempt, state, nominal_at, due_at, recorded_at, started, unclosed,
      duplicate, observed_in_force, own, observed)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0, ?, ?, ?)`);
  const [task_, machine_] = [names.numberOf(run.taskId), names.numberOf(run.machineId)];
  const times = [run.nominalAt, run.dueAt, run.recordedAt];
  insert.run(run.id, task_, machine_, run.occurrenceId, 1, run.state, ...times, by === 'own' ? 0 : 1, own, observed);
}

/** A database as the program of that version left it, with a value and a finished run. */
function writeVersion(path: string, version: number): void {
  const database = new DatabaseSync(path);
  for (const migration of MIGRATIONS.slice(0, version)) migration.apply(database);
  database.exec(`pragma user_version = ${version}`);
  new ValueRows(database, 'meta').put('incarnation', '7');
  if (version >= 2) {
    const records = [record({ state: 'running' }), record({ sequence: 2 })];
    if (version < 4) insertUnsigned(database, records);
    else {
      const signed = records.map((each) => ({ ...each, signature: SIGNATURE }));
      new RunRecordRows(database, new NameTable(database)).append(signed);
    }
  }
  database.close();
}
