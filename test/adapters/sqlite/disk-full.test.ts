/** A full disk: told as such, nothing lost, runs can still be closed, and all is well again when there is room. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStateStore, type SqliteStateStore } from '../../../core/adapters/sqlite/state-store.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import { quietLogger } from '../../fakes/quiet-logger.ts';
import { grant, machine, NOON, record } from '../../fakes/run-records.ts';
import { mountSmallDisk, whyNoSmallDisk, type SmallDisk } from '../../fakes/small-disk.ts';

const A = machine('a');
/** Has to hold what the first checkpoint writes into the database: all of its pages. */
const RESERVE_BYTES = 320 * 1024;
const DISK_BYTES = 2 * 1024 * 1024;

describe.skipIf(whyNoSmallDisk() !== undefined)('full disk (skipped where none can be mounted)', () => {
  let root: string;
  let disk: SmallDisk;
  let store: SqliteStateStore;
  let now = NOON;
  let sequence = 0;

  const open = (): SqliteStateStore => {
    const opened = openStateStore({
      dataFolder: root,
      logger: quietLogger,
      now: () => now,
      reserveBytes: RESERVE_BYTES,
    });
    if (!opened.ok) throw new Error(opened.error.message);
    return opened.value;
  };
  const next = (fields: Partial<RunRecord> = {}): RunRecord =>
    record({ sequence: sequence + 1, nominalAt: NOON + sequence, result: 'r'.repeat(2000), ...fields });
  const put = (fields: Partial<RunRecord> = {}): boolean => {
    const outcome = store.commit([{ kind: 'records', records: [next(fields)] }]);
    if (outcome.ok) sequence += 1;
    else expect(outcome.full).toBe(true);
    return outcome.ok;
  };

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'carillon-full-'));
    disk = mountSmallDisk(root, DISK_BYTES);
    store = open();
  });
  afterAll(() => {
    try {
      store.close();
    } finally {
      disk.remove();
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('is told, survived, and left behind', () => {
    expect(put({ state: 'starting', result: 'started' })).toBe(true);
    writeFileSync(join(root, 'ballast'), Buffer.alloc(600 * 1024));
    fillUp();

    // Nothing new is taken, but every run that is active can be closed.
    expect(store.commit([{ kind: 'grant', grant: grant() }])).toMatchObject({ ok: false, full: true });
    expect(put({ state: 'running' })).toBe(false);
    const active = store.load().openRuns;
    expect(active.length).toBeGreaterThan(10);
    for (const run of active) {
      const closing = { ...run, sequence: sequence + 1, state: 'succeeded', result: 'done' } as const;
      expect(store.commit([{ kind: 'records', records: [closing] }])).toEqual({ ok: true });
      sequence += 1;
    }
    expect(store.load().openRuns).toEqual([]);
    expectWhole();

    // It can be started on the full disk, too.
    store.close();
    store = open();
    expect(store.recovered).toBeUndefined();
    expectWhole();
    expect(store.commit([{ kind: 'prune', grantsBefore: 0, runsBefore: NOON + 100 }])).toEqual({ ok: true });

    // Room again: after a moment all is taken, and the reserve is back.
    rmSync(join(root, 'ballast'));
    now += 10_000;
    expect(put({ state: 'starting' })).toBe(true);
    expect(existsSync(join(root, 'reserve'))).toBe(true);
    expect(store.commit([{ kind: 'grant', grant: grant() }])).toEqual({ ok: true });
    expect(readdirSync(root).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  function fillUp(): void {
    let taken = 0;
    while (put({ state: 'running' })) {
      taken += 1;
      expect(taken).toBeLessThan(5000);
    }
    expect(existsSync(join(root, 'reserve'))).toBe(false);
  }

  function expectWhole(): void {
    const { records, floor } = store.recordsAfter(A, 0, 10_000);
    expect(records.map((each) => each.sequence)).toEqual(
      Array.from({ length: sequence - floor }, (_, index) => floor + index + 1),
    );
  }
});
