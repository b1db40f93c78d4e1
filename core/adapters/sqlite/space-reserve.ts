/**
 * A file that takes up space for bad days. When the disk is full it is given up, so that runs can still be closed and
 * old ones pruned; while it is missing the store takes nothing else. It is made again when there is room for it twice.
 *
 * Random bytes, written and synced: file systems that compress, or allocate late, would keep no room for zeros.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { STORAGE } from '../../config/storage.ts';
import { FINAL_STATES } from '../../domain/run.ts';
import type { Logger } from '../../ports/logger.ts';
import type { StoreWrite } from '../../ports/state-store.ts';

const CHUNK_BYTES = 1024 * 1024;

export interface SpaceReserveOptions {
  readonly path: string;
  readonly sizeBytes: number;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export class SpaceReserve {
  readonly #options: SpaceReserveOptions;
  #missing: boolean;
  #lastTryAt = -Infinity;

  /** Takes over the file that is there; makes none yet. */
  constructor(options: SpaceReserveOptions) {
    this.#options = options;
    this.#missing = !existsSync(options.path);
  }

  /** True while there is no reserve to fall back on. */
  get missing(): boolean {
    return this.#missing;
  }

  /** Gives the space up. @returns false when there was none to give. */
  release(): boolean {
    this.#lastTryAt = this.#options.now();
    if (this.#missing) return false;
    this.#missing = true;
    try {
      rmSync(this.#options.path, { force: true });
    } catch (error) {
      this.#options.logger.log('error', 'the reserve of disk space cannot be released', { error: String(error) });
      return false;
    }
    this.#options.logger.log('warn', 'the disk is full: the reserve was released, to close runs and to prune');
    return true;
  }

  /** Makes the reserve again if there is room; tried once in a while only. @returns true when it is there */
  restore(): boolean {
    if (!this.#missing) return true;
    const now = this.#options.now();
    if (Math.abs(now - this.#lastTryAt) < STORAGE.reserveRetryMs) return false;
    this.#lastTryAt = now;
    if (!this.#hasRoom() || !this.#write()) return false;
    this.#missing = false;
    this.#options.logger.log('info', 'the reserve of disk space is in place');
    return true;
  }

  #hasRoom(): boolean {
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#options.path));
      return bavail * bsize >= 2 * this.#options.sizeBytes;
    } catch (error) {
      this.#options.logger.log('debug', 'free disk space is not known', { error: String(error) });
      return true;
    }
  }

  #write(): boolean {
    const { path, sizeBytes, logger } = this.#options;
    const temporary = `${path}.new`;
    try {
      const file = openSync(temporary, 'w', 0o600);
      try {
        for (let written = 0; written < sizeBytes;) {
          written += writeSync(file, randomBytes(Math.min(CHUNK_BYTES, sizeBytes - written)));
        }
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
      return true;
    } catch (error) {
      logger.log('debug', 'there is no room for the reserve yet', { error: String(error) });
      removeFile(temporary, logger);
      return false;
    }
  }
}

/** What is taken while the reserve is given up: whatever ends something, makes room, or is a small value, or a note of the audit. */
export function mayUseReserve(write: StoreWrite): boolean {
  switch (write.kind) {
    case 'records':
      return write.records.every((record) => FINAL_STATES.has(record.state));
    case 'prune':
    case 'meta':
    case 'log-floor':
    case 'audit':
    case 'audit-floor':
      return true;
    default:
      return false;
  }
}

function removeFile(path: string, logger: Logger): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    logger.log('warn', 'a temporary file is left behind', { path, error: String(error) });
  }
}
