/**
 * Database files, damaged anywhere: header, pages, write-ahead log. The store opens them, sets them aside, or refuses by
 * name; it never crashes or hangs, and what it opens answers or says that its file is damaged. A fresh store works after.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../../core/adapters/sqlite/record-encoding.ts';
import { DamagedRowError, sqliteFailureOf } from '../../../core/adapters/sqlite/sqlite-errors.ts';
import { openStateStore, type SqliteStateStore } from '../../../core/adapters/sqlite/state-store.ts';
import type { StateStore } from '../../../core/ports/state-store.ts';
import { AppErrorException } from '../../../core/std/app-error.ts';
import { quietLogger } from '../../fakes/quiet-logger.ts';
import { change, grant, machine, NOON, record } from '../../fakes/run-records.ts';
import { fullRecord, STRANGERS } from '../corpus.ts';
import { mutateBytes, mutateText } from '../mutation.ts';
import { storm } from '../storm.ts';

const REFUSALS = ['DATABASE_NEWER', 'DATABASE_CORRUPT', 'STORAGE_FAILED'];
const FILE = 'carillon.db';

let folder: string;
let good: Uint8Array;

function open(): SqliteStateStore | string {
  const opened = openStateStore({
    dataFolder: folder,
    logger: quietLogger,
    now: () => NOON + 1000,
    reserveBytes: 4096,
  });
  return opened.ok ? opened.value : opened.error.code;
}

function empty(): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** Every read of the port answers, or fails as storage fails. */
function readAll(store: StateStore): void {
  const reads = [
    () => store.load(),
    () => store.recordsAfter(machine('a'), 0, 100),
    () => store.changesSince({}, 100, 100_000),
    () => store.startedBy(grant().occurrenceId, 1),
    () => store.knowsOccurrence(grant().occurrenceId),
  ];
  for (const read of reads) {
    try {
      read();
    } catch (fault) {
      // A page that was not read at the start: the agent ends in order, and checks the file when it starts again.
      const refused = fault instanceof AppErrorException && fault.error.code === 'STORAGE_FAILED';
      if (!refused) expect(sqliteFailureOf(fault) ?? fault).toBe('damaged');
    }
  }
}

test('damaged rows of run records are records, or damage', async () => {
  const texts = ['a', 'nightly', ''];
  const names = { numberOf: () => 0, textOf: (number: number) => texts[number] ?? 'a' };
  const rows = [fullRecord(STRANGERS), record()].map((one) => encodeRecord(one, names));
  await storm({
    door: 'database',
    title: 'rows',
    part: 0.15,
    make: (random) => mutateText(random, rows, ['[1,', 'null', '0,', '{"__proto__":1}']),
    feed: (bytes) => {
      const decoded = (): unknown => decodeRecord(new TextDecoder().decode(bytes), names);
      try {
        expect(Object.getPrototypeOf(decoded())).toBe(Object.prototype);
      } catch (fault) {
        expect(fault).toBeInstanceOf(DamagedRowError);
      }
    },
  });
});

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-fuzz-'));
  const store = open();
  if (typeof store === 'string') throw new Error(store);
  store.commit([
    { kind: 'meta', key: 'cluster', value: '"abc"' },
    { kind: 'grant', grant: grant() },
  ]);
  const records = Array.from({ length: 60 }, (_, index) => record({ sequence: index + 1, nominalAt: NOON + index }));
  store.commit([
    { kind: 'records', records },
    { kind: 'changes', changes: [change('a', 1), change('a', 2)] },
  ]);
  store.close();
  good = new Uint8Array(readFileSync(join(folder, FILE)));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('damaged files are opened, set aside or refused', async () => {
  await storm({
    door: 'database',
    title: 'files',
    part: 0.85,
    make: (random) => mutateBytes(random, [good]),
    feed: (bytes) => {
      empty();
      writeFileSync(join(folder, FILE), bytes);
      if (bytes.length % 2 === 0) writeFileSync(join(folder, `${FILE}.suspect`), '');
      const store = open();
      if (typeof store === 'string') return expect(REFUSALS).toContain(store);
      readAll(store);
      const stored = store.commit([{ kind: 'meta', key: 'after', value: '1' }]);
      if (stored.ok) expect(store.load().meta.get('after')).toBe('1');
      store.close();
    },
  });
  empty();
  const store = open();
  if (typeof store === 'string') throw new Error(store);
  expect(store.commit([{ kind: 'meta', key: 'after', value: '1' }])).toEqual({ ok: true });
  store.close();
});
