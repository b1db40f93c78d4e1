/** Whatever happens to the file: nothing is deleted, the agent starts, and it knows what it does not know. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateStore, type SqliteStateStore } from '../../../core/adapters/sqlite/state-store.ts';
import { quietLogger } from '../../fakes/quiet-logger.ts';
import { grant, machine, NOON, record } from '../../fakes/run-records.ts';

const NOW = NOON + 1000;

describe('damaged database', () => {
  let dataFolder: string;
  let path: string;
  beforeEach(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'carillon-damage-'));
    path = join(dataFolder, 'carillon.db');
  });
  afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

  const open = (): SqliteStateStore => {
    const opened = openStateStore({ dataFolder, logger: quietLogger, now: () => NOW, reserveBytes: 4096 });
    if (!opened.ok) throw new Error(opened.error.message);
    return opened.value;
  };
  /** A store with data, closed. */
  const fill = (runs = 400): void => {
    const store = open();
    store.commit([
      { kind: 'meta', key: 'cluster', value: '"abc"' },
      { kind: 'grant', grant: grant() },
    ]);
    const records = Array.from({ length: runs }, (_, index) =>
      record({ sequence: index + 1, nominalAt: NOON + index, result: 'x'.repeat(100) }),
    );
    store.commit([{ kind: 'records', records }]);
    store.close();
  };
  const asideFiles = (): string[] => readdirSync(dataFolder).filter((name) => /\.damaged-.*Z(-\d+)?$/.test(name));
  const overwrite = (from: number, length: number): void => {
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(length, 0xa5), 0, length, from);
    closeSync(file);
  };

  it('is left alone when it is sound', () => {
    fill();
    const store = open();
    expect(store.recovered).toBeUndefined();
    expect(store.load().grants).toHaveLength(1);
    store.close();
    expect(asideFiles()).toEqual([]);
  });

  it('is kept aside, byte for byte, when it is no database any more', () => {
    writeFileSync(path, Buffer.alloc(20_000, 7));
    const store = open();
    expect(store.recovered).toMatchObject({
      at: NOW,
      meta: new Map(),
      damagedPath: expect.stringContaining('.damaged-'),
    });
    expect(store.load().grantsCompleteSince).toBe(NOW);
    expect(readFileSync(store.recovered?.damagedPath ?? '').equals(Buffer.alloc(20_000, 7))).toBe(true);
    store.close();
    const again = open();
    expect(again.recovered).toBeUndefined();
    expect(again.load().grantsCompleteSince).toBe(NOW);
    again.close();
  });

  it('gives its named values and the ends of its logs to the fresh one, as far as they can be read', () => {
    fill();
    // Rows of the projection, somewhere in the middle; a mark has it checked.
    overwrite(Math.floor(statSync(path).size / 2 / 4096) * 4096, 16 * 4096);
    writeFileSync(`${path}.suspect`, '');
    const store = open();
    expect(store.recovered?.meta).toEqual(new Map([['cluster', '"abc"']]));
    expect(store.recovered?.newestSequences).toEqual(new Map([[machine('a'), 400]]));
    expect(store.load().meta.get('cluster')).toBe('"abc"');
    expect(store.load()).toMatchObject({ grants: [], grantsCompleteSince: NOW });
    expect(existsSync(`${path}.suspect`)).toBe(false);
    store.close();
  });

  it('is noticed when what must be known at start cannot be read, even after a clean end', () => {
    fill();
    const database = new DatabaseSync(path);
    database.exec(`update runs set own = 'nonsense'`);
    database.close();
    const store = open();
    expect(store.recovered?.reason).toContain('not readable');
    store.close();
    expect(asideFiles()).toHaveLength(1);
  });

  it('is checked beyond what is read at start, when the last life did not end well', () => {
    fill(5000);
    const sequenceInTheMiddle = Buffer.from('[1,2,2000,');
    const at = readFileSync(path).indexOf(sequenceInTheMiddle);
    expect(at).toBeGreaterThan(0);
    overwrite(Math.floor(at / 4096) * 4096, 4096);
    const unchecked = open();
    expect(unchecked.recovered).toBeUndefined();
    unchecked.close();
    writeFileSync(`${path}.suspect`, '');
    const store = open();
    expect(store.recovered?.reason).toContain('check failed');
    store.close();
  });

  it('counts as damaged when it is empty or missing in a folder that was in use', () => {
    fill();
    truncateSync(path);
    const emptied = open();
    expect(emptied.recovered?.reason).toContain('empty');
    emptied.close();
    rmSync(path);
    const missing = open();
    expect(missing.recovered).toMatchObject({ reason: expect.stringContaining('missing'), damagedPath: undefined });
    expect(missing.load().grantsCompleteSince).toBe(NOW);
    missing.close();
  });

  it('survives any cut of its end, and any cut of its write-ahead log', () => {
    fill();
    const store = open();
    for (let count = 1; count <= 20; count += 1) {
      store.commit([{ kind: 'records', records: [record({ sequence: 400 + count, nominalAt: NOON + 400 + count })] }]);
    }
    copyFileSync(path, `${path}.copy`);
    copyFileSync(`${path}-wal`, `${path}-wal.copy`);
    store.close();
    const size = statSync(`${path}-wal.copy`).size;
    for (let cut = 0; cut <= 10; cut += 1) {
      copyFileSync(`${path}.copy`, path);
      copyFileSync(`${path}-wal.copy`, `${path}-wal`);
      truncateSync(`${path}-wal`, Math.floor((size * cut) / 10) - (cut % 2) * 100);
      const reopened = open();
      expect(reopened.recovered).toBeUndefined();
      const head = reopened.load().logVector[machine('a')] ?? 0;
      expect(head).toBeGreaterThanOrEqual(400);
      expect(head === 420).toBe(cut === 10);
      expect(reopened.recordsAfter(machine('a'), 0, 500).records).toHaveLength(head);
      reopened.close();
    }
    for (const share of [0.1, 0.5, 0.9]) {
      copyFileSync(`${path}.copy`, path);
      const file = openSync(path, 'r+');
      ftruncateSync(file, Math.floor(statSync(path).size * share));
      closeSync(file);
      writeFileSync(`${path}.suspect`, '');
      const reopened = open();
      expect(reopened.recovered).toBeDefined();
      reopened.close();
    }
    expect(asideFiles()).toHaveLength(3);
  });

  it('is used or set aside, but never brings the start down, wherever bytes are overwritten', () => {
    fill();
    copyFileSync(path, `${path}.copy`);
    const pages = statSync(path).size / 4096;
    for (let page = 0; page < pages; page += 3) {
      rmSync(`${path}-wal`, { force: true });
      rmSync(`${path}-shm`, { force: true });
      copyFileSync(`${path}.copy`, path);
      overwrite(page * 4096 + (page % 7) * 500, 300);
      writeFileSync(`${path}.suspect`, '');
      const store = open();
      expect(store.commit([{ kind: 'meta', key: 'after', value: '1' }]).ok).toBe(true);
      store.close();
    }
  });
});
