/**
 * The place of the demo: one temporary folder and the machines in it. However the demo ends, `clear` ends every process
 * that came out of it and removes the folder; it is synchronous, so that it works in the last moment of a process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Role, crontabTaskIds } from './cast.ts';
import { dealKeys } from './deal.ts';
import { Machine } from './machine.ts';

/** macOS has a temporary folder so deep that the socket of a launcher would not fit. */
const BASE = process.platform === 'darwin' ? '/tmp' : tmpdir();
const REMOVE_RETRIES = 10;
const REMOVE_RETRY_MS = 50;

export class Stage {
  readonly folder = mkdtempSync(join(BASE, 'carillon-demo-'));
  readonly machines: readonly Machine[];
  readonly #cast: readonly Role[];
  #keepFolder = false;

  constructor(cast: readonly Role[]) {
    this.#cast = cast;
    this.machines = cast.map(({ name }) => new Machine(name, join(this.folder, name)));
  }

  /** Gives the machines their keys, before any of them starts. */
  prepare(): void {
    const wishes = this.#cast.map(({ owns }, index) => ({ owns, dataFolder: this.machines[index]?.dataFolder ?? '' }));
    dealKeys(wishes, crontabTaskIds(), join(this.folder, 'keys'));
  }

  /** Leaves the folder in place, for its logs. */
  keepFolder(): void {
    this.#keepFolder = true;
  }

  /** @returns process ids that could not be ended, which nobody expects. */
  clear(): number[] {
    const left = this.machines.flatMap((machine) => machine.cutPower().left);
    if (!this.#keepFolder) {
      rmSync(this.folder, { recursive: true, force: true, maxRetries: REMOVE_RETRIES, retryDelay: REMOVE_RETRY_MS });
    }
    return left;
  }
}
