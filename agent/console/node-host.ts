/** What the API needs of Node, and the checks of this machine that `doctor` shows. */
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BackupFolder } from '../../core/adapters/backup/backup-folder.ts';
import { isKeyWrapped } from '../../core/adapters/keys/key-file.ts';
import { isSealingKeyWrapped } from '../../core/adapters/keys/sealing.ts';
import type { ApiHost, ConsoleAccess, PolicyAccess } from '../../core/api/api-host.ts';
import type { Check } from '../../core/api/health-schemas.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { CONSOLE_FILE_NAME } from './console-file.ts';

const LEAST_FREE_BYTES = 256 * 1024 * 1024;
const OLDEST_NODE = 24;

export interface NodeHostOptions {
  readonly version: string;
  readonly dataFolder: string;
  readonly logger: Logger;
  readonly console: ConsoleAccess;
  readonly policy: PolicyAccess;
  /** Why the keys are kept as they are, where the host has a say in that. */
  readonly keyReason?: string;
}

export function createNodeHost({
  version,
  dataFolder,
  logger,
  console,
  policy,
  keyReason = '',
}: NodeHostOptions): ApiHost {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    version,
    dataFolder,
    keysInKeyring: () => areKeysWrapped(dataFolder),
    logger,
    console,
    policy,
    backups: new BackupFolder(dataFolder),
    wallMs: () => Date.now(),
    sleep: async (delayMs, signal) => {
      const stopper = new AbortController();
      const stop = (): void => stopper.abort();
      signal?.addEventListener('abort', stop);
      if (signal?.aborted === true) stop();
      try {
        await pause(delayMs, undefined, { signal: stopper.signal });
      } catch (fault) {
        if (!stopper.signal.aborted) throw fault;
      } finally {
        signal?.removeEventListener('abort', stop);
      }
    },
    decodeText: (bytes) => decoder.decode(bytes),
    encodeBase64: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    checks: async () => [
      runtimeCheck(),
      await folderCheck(dataFolder),
      await diskCheck(dataFolder),
      await secretCheck(dataFolder),
      keyCheck(dataFolder, keyReason),
    ],
  };
}

function runtimeCheck(): Check {
  const ok = Number.parseInt(process.versions.node, 10) >= OLDEST_NODE;
  return {
    name: 'runtime',
    ok,
    detail: `Node ${process.versions.node} on ${process.platform} ${process.arch}, time zone data ${process.versions['tz'] ?? 'unknown'}`,
    advice: ok ? '' : `Use Node ${OLDEST_NODE} or newer.`,
  };
}

async function folderCheck(dataFolder: string): Promise<Check> {
  const fault = await access(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => undefined,
    (reason: unknown) => String(reason),
  );
  return {
    name: 'data folder',
    ok: fault === undefined,
    detail: fault ?? dataFolder,
    advice: fault === undefined ? '' : 'Give the user of the agent write permission.',
  };
}

async function diskCheck(dataFolder: string): Promise<Check> {
  try {
    const { bavail, bsize } = await statfs(dataFolder);
    const freeBytes = bavail * bsize;
    const ok = freeBytes >= LEAST_FREE_BYTES;
    const detail = `${Math.floor(freeBytes / 1024 / 1024)} MiB free`;
    return { name: 'disk', ok, detail, advice: ok ? '' : 'Free disk space; runs are refused when it is full.' };
  } catch (fault) {
    return { name: 'disk', ok: false, detail: String(fault), advice: 'Check that the data folder exists.' };
  }
}

async function secretCheck(dataFolder: string): Promise<Check> {
  const path = join(dataFolder, CONSOLE_FILE_NAME);
  if (process.platform === 'win32') return { name: 'token', ok: true, detail: path, advice: '' };
  try {
    const { mode } = await stat(path);
    const ok = (mode & 0o077) === 0;
    const detail = ok ? 'readable by this user only' : `${path} can be read by other users`;
    return { name: 'token', ok, detail, advice: ok ? '' : `Run: chmod 600 ${path}` };
  } catch (fault) {
    return { name: 'token', ok: false, detail: String(fault), advice: 'Restart the agent; it writes the file anew.' };
  }
}

function areKeysWrapped(dataFolder: string): boolean {
  return [isKeyWrapped(dataFolder), isSealingKeyWrapped(dataFolder)].every((wrapped) => wrapped === true);
}

/** Both ways are right; which one it is should be known to whoever asks. */
function keyCheck(dataFolder: string, reason: string): Check {
  const how = areKeysWrapped(dataFolder)
    ? 'wrapped by the keyring of the system'
    : 'in files that this user alone can read';
  return { name: 'keys', ok: true, detail: reason === '' ? how : `${how}: ${reason}`, advice: '' };
}
