/** An `ApiHost` for tests: its time stands still and its sleeps end when the test says so. */
import type { ApiHost, BackupAccess, ConsoleSession } from '../../core/api/api-host.ts';
import type { BackupLabel } from '../../core/domain/backup.ts';
import type { LocalPolicy } from '../../core/domain/local-policy.ts';
import { appError } from '../../core/std/app-error.ts';
import { err, ok } from '../../core/std/result.ts';
import { EPOCH } from './peer-handle.ts';

export interface FakeApiHost extends ApiHost {
  /** Delays that were asked for, in milliseconds. */
  readonly sleeps: number[];
  readonly logged: string[];
}

/** Sleeps end at the next turn of the event loop, whatever their length. */
export function createFakeApiHost(): FakeApiHost {
  const sleeps: number[] = [];
  const logged: string[] = [];
  let policy: LocalPolicy = {};
  const sessions: ConsoleSession[] = [{ id: 'abcdefgh', createdAt: EPOCH, usedAt: EPOCH, expiresAt: EPOCH + 1000 }];
  return {
    version: '0.1.0',
    dataFolder: '/data',
    sleeps,
    logged,
    logger: { log: (_level, message) => void logged.push(message) },
    wallMs: () => EPOCH,
    sleep: (delayMs) => {
      sleeps.push(delayMs);
      return new Promise((resolve) => setImmediate(resolve));
    },
    decodeText: (bytes) => new TextDecoder().decode(bytes),
    encodeBase64: (bytes) => Buffer.from(bytes).toString('base64'),
    policy: {
      path: '/data/policy.yaml',
      read: () => ({ policy, zone: 'UTC' }),
      write: (changed) => {
        policy = changed;
        return ok(undefined);
      },
    },
    backups: createFakeBackups(),
    keysInKeyring: () => false,
    checks: async () => [],
    console: {
      loginLinks: () => ({ urls: ['http://127.0.0.1:7420/#code=abc'], expiresAt: EPOCH + 600_000 }),
      sessions: () => sessions,
      endSession: (id) => {
        const index = sessions.findIndex((session) => session.id === id);
        return index >= 0 && sessions.splice(index, 1).length === 1;
      },
      endAllSessions: () => sessions.splice(0).length,
      renewToken: async () => void sessions.splice(0),
    },
  };
}

/** Backups in memory. */
function createFakeBackups(): BackupAccess {
  const kept = new Map<string, { label: BackupLabel; tasks: readonly string[] }>();
  const fileOf = (name: string, { madeAt }: BackupLabel) => ({
    name,
    path: `/data/backups/${name}`,
    sizeBytes: 4096,
    madeAt,
  });
  const absent = (name: string) => err(appError('BACKUP_NOT_FOUND', `there is no backup "${name}" on this machine`));
  return {
    make: async (label, tasks) => {
      const name = `backup-${kept.size + 1}`;
      kept.set(name, { label, tasks });
      return ok(fileOf(name, label));
    },
    list: async () => [...kept].map(([name, { label }]) => fileOf(name, label)).reverse(),
    read: async (name) => {
      const found = kept.get(name);
      return found === undefined ? absent(name) : ok(found);
    },
    readPiece: async (name, offset, limit) => {
      const found = kept.get(name);
      if (found === undefined) return absent(name);
      const bytes = new TextEncoder().encode(JSON.stringify(found));
      return ok({ bytes: bytes.subarray(offset, offset + limit), sizeBytes: bytes.length });
    },
    remove: async (name) => (kept.delete(name) ? ok(undefined) : absent(name)),
  };
}
