/** Backups: what is in them and what is not, how they are kept, and what is refused. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBackup } from '../../core/adapters/backup/backup-database.ts';
import { BackupFolder } from '../../core/adapters/backup/backup-folder.ts';
import { restoreBackup } from '../../core/adapters/backup/restore.ts';
import { openStateStore } from '../../core/adapters/sqlite/state-store.ts';
import { BACKUP } from '../../core/config/storage.ts';
import type { BackupLabel } from '../../core/domain/backup.ts';
import { clusterIdOf } from '../../core/domain/ids.ts';
import { MACHINES } from '../fakes/peer-handle.ts';
import { quietLogger } from '../fakes/quiet-logger.ts';

const MADE_AT = Date.UTC(2026, 10, 23, 2);
const ROOT_SEED = 'the-root-seed-that-must-not-leave';
const LABEL: BackupLabel = {
  format: 1,
  clusterId: clusterIdOf(MACHINES.alpha),
  clusterName: 'home',
  machineId: MACHINES.alpha,
  machineName: 'nas',
  madeAt: MADE_AT,
  version: '0.1.0',
  taskCount: 1,
};

let folder: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-backup-'));
  data = join(folder, 'data');
  mkdirSync(data);
  withStore(data, (store) => {
    for (const [key, value] of [
      ['root-seed', ROOT_SEED],
      ['actor', 'a'.repeat(32)],
      ['joined', '{"id":"x","name":"home","sponsors":[]}'],
    ] as const) {
      expect(store.commit([{ kind: 'meta', key, value }])).toMatchObject({ ok: true });
    }
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Store =
  ReturnType<typeof openStateStore> extends infer R ? (R extends { ok: true; value: infer V } ? V : never) : never;

function withStore<T>(dataFolder: string, use: (store: Store) => T): T {
  const opened = openStateStore({ dataFolder, logger: quietLogger, now: () => MADE_AT, reserveBytes: 4096 });
  if (!opened.ok) throw new Error(opened.error.message);
  try {
    return use(opened.value);
  } finally {
    opened.value.close();
  }
}

async function made(label = LABEL): Promise<string> {
  const outcome = await new BackupFolder(data).make(label, ['{"id":"night"}']);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value.path;
}

function codeOf(outcome: { ok: boolean; error?: { code: string } }): string {
  return outcome.ok ? 'ok' : (outcome.error?.code ?? '');
}

describe('a backup', () => {
  test('tells what it is of, and holds the definitions', async () => {
    expect(readBackup(await made())).toEqual({ ok: true, value: { label: LABEL, tasks: ['{"id":"night"}'] } });
  });

  test('is made while the database is open, and shows no more than was stored', async () => {
    const path = await withStore(data, () => made());
    expect(codeOf(readBackup(path))).toBe('ok');
  });

  test('holds neither the root key nor what is this machine’s alone, not even in what was deleted', async () => {
    const path = await made();
    expect(readFileSync(path).includes(ROOT_SEED)).toBe(false);
    const file = new DatabaseSync(path, { readOnly: true });
    expect(file.prepare('select key from meta').all()).toMatchObject([{ key: 'joined' }]);
    file.close();
  });

  test('leaves nothing of one that was not finished', async () => {
    rmSync(join(data, 'carillon.db'));
    expect(codeOf(await new BackupFolder(data).make(LABEL, []))).toBe('STORAGE_FAILED');
    expect(readdirSync(join(data, 'backups'))).toEqual([]);
  });
});

describe('the folder of backups', () => {
  test('lists the newest first, keeps so many, and deletes by name', async () => {
    const backups = new BackupFolder(data);
    for (let number = 0; number <= BACKUP.kept; number += 1) await made({ ...LABEL, madeAt: MADE_AT + number * 1000 });
    const listed = await backups.list();
    expect(listed).toHaveLength(BACKUP.kept);
    expect(listed[0]).toMatchObject({ name: '2026-11-23T02-00-10.000Z.carillon-backup', madeAt: MADE_AT + 10_000 });
    expect(codeOf(await backups.remove(listed[0]!.name))).toBe('ok');
    expect(await backups.list()).toHaveLength(BACKUP.kept - 1);
  });

  test('gives the file of one in parts, as it lies there, and nothing beyond its end', async () => {
    const backups = new BackupFolder(data);
    await made(LABEL);
    const [backup] = await backups.list();
    if (backup === undefined) throw new Error('no backup was made');
    const whole = readFileSync(backup.path);
    const parts: Uint8Array[] = [];
    for (let offset = 0; offset < whole.length; offset += 10_000) {
      const piece = await backups.readPiece(backup.name, offset, 10_000);
      if (!piece.ok) throw new Error(piece.error.message);
      expect(piece.value.sizeBytes).toBe(whole.length);
      parts.push(piece.value.bytes);
    }
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
    for (const offset of [whole.length, whole.length + 1, Number.MAX_SAFE_INTEGER]) {
      expect(await backups.readPiece(backup.name, offset, 10_000)).toMatchObject({
        value: { bytes: new Uint8Array(0) },
      });
    }
  });

  test.each(['absent', '../carillon.db', '2026-11-23T02-00-00.000Z.carillon-backup/../../carillon.db', ''])(
    'leads to no other file by the name "%s"',
    async (name) => {
      const backups = new BackupFolder(data);
      expect(codeOf(await backups.read(name))).toBe('BACKUP_NOT_FOUND');
      expect(codeOf(await backups.readPiece(name, 0, 100))).toBe('BACKUP_NOT_FOUND');
      expect(codeOf(await backups.remove(name))).toBe('BACKUP_NOT_FOUND');
      expect(readdirSync(data)).toContain('carillon.db');
    },
  );
});

describe('restoring', () => {
  test('gives an empty folder the state, as of a machine that cannot know what it gave out', async () => {
    const target = join(folder, 'new');
    expect(restoreBackup(await made(), target, MADE_AT + 5000)).toEqual({ ok: true, value: LABEL });
    withStore(target, (store) => {
      const state = store.load();
      expect([...state.meta.keys()]).toEqual(['joined']);
      expect(state.grantsCompleteSince).toBe(MADE_AT + 5000);
    });
  });

  test('goes on with the index of texts where it had come to, and takes over nothing else that was noted', async () => {
    const source = new DatabaseSync(join(data, 'carillon.db'));
    const put = source.prepare('insert or replace into facts values (?, ?)');
    put.run('wordsIndexedTo', '1795000000000:abc');
    put.run('grantsCompleteSince', '7');
    source.close();
    const target = join(folder, 'new');
    expect(codeOf(restoreBackup(await made(), target, MADE_AT + 5000))).toBe('ok');
    const restored = new DatabaseSync(join(target, 'carillon.db'), { readOnly: true });
    const facts = restored
      .prepare('select * from facts order by 1')
      .all()
      .map((row) => Object.values(row));
    restored.close();
    expect(facts).toEqual([
      ['grantsCompleteSince', String(MADE_AT + 5000)],
      ['wordsIndexedTo', '1795000000000:abc'],
    ]);
  });

  test('touches nothing in a folder that was used', async () => {
    const before = readFileSync(join(data, 'carillon.db'));
    expect(codeOf(restoreBackup(await made(), data, MADE_AT))).toBe('FOLDER_IN_USE');
    expect(readFileSync(join(data, 'carillon.db')).equals(before)).toBe(true);
  });

  test('refuses what is no backup, is damaged, or was made by a newer version', async () => {
    const target = join(folder, 'new');
    const text = join(folder, 'text');
    writeFileSync(text, 'no database at all');
    const cut = join(folder, 'cut');
    const whole = readFileSync(await made());
    writeFileSync(cut, whole.subarray(0, whole.length - 20_000));
    const newer = join(folder, 'newer');
    writeFileSync(newer, whole);
    const database = new DatabaseSync(newer);
    database.exec('pragma user_version = 9999');
    database.close();
    expect(codeOf(restoreBackup(join(folder, 'absent'), target, MADE_AT))).toBe('FILE_NOT_READABLE');
    expect(codeOf(restoreBackup(text, target, MADE_AT))).toBe('BACKUP_INVALID');
    expect(codeOf(restoreBackup(join(data, 'carillon.db'), target, MADE_AT))).toBe('BACKUP_INVALID');
    expect(codeOf(restoreBackup(cut, target, MADE_AT))).toBe('BACKUP_INVALID');
    expect(codeOf(restoreBackup(newer, target, MADE_AT))).toBe('DATABASE_NEWER');
  });
});
