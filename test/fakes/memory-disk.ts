/**
 * A disk in memory. It keeps what SQLite keeps with a write-ahead log and full synchronisation: whole commits, in their
 * order, safe when they return. It can be full, broken, slow or destroyed, and its machine can lose power in the middle
 * of a commit, which then is wholly there or wholly not. It does nothing of itself: faults are set from outside.
 */
import type { StoreWrite } from '../../core/ports/state-store.ts';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import { copyOfTables, emptyTables, type Tables } from './memory-tables.ts';

/** What becomes of one commit. The power can fail in it: just before it is safe, or just after. */
export type CommitFate = 'stored' | 'full' | 'failed' | 'cut-before' | 'cut-after';

/** The power has failed within a commit: whatever was to follow it on this machine never happens. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

/** The machine that the disk is in. */
export interface DiskHost {
  /** Milliseconds that only grow. */
  nowMs(): number;
  /** Uniform in [0, 1). */
  chance(): number;
  /** A commit lasts so long: the process that waits for it does nothing meanwhile. */
  stall(durationMs: number): void;
}

const NOWHERE: DiskHost = { nowMs: () => 0, chance: () => 0, stall: () => undefined };

export class MemoryDisk {
  /** No room: writes are refused, but for the few that the store's reserve is kept for. */
  full = false;
  /** Every write fails with an error of the device. */
  failsWrites = false;
  /** So many reads fail with an error of the device. */
  failingReads = 0;
  /** How long the next commit takes, milliseconds. */
  commitMs: (() => number) | undefined;
  /** Is asked about every commit, numbered from 1; the disk does as it says. */
  fate: ((commit: number, writes: readonly StoreWrite[]) => CommitFate) | undefined;
  tables: Tables = emptyTables();
  /** Commits that were asked for so far, whatever became of them. */
  commits = 0;
  /** When a commit or a read was refused last, by the clock of the host; -Infinity: never. */
  refusedAtMs = -Infinity;
  /** Given up when the disk was found full, taken back when there is room. */
  reserveGiven = false;
  readonly #host: DiskHost;
  #underWay: { readonly before: Tables; readonly untilMs: number } | undefined;

  constructor(host: DiskHost = NOWHERE) {
    this.#host = host;
  }

  /** How long the commit at work still lasts, milliseconds. What follows it has to wait so long. */
  get busyMs(): number {
    return this.#underWay === undefined ? 0 : Math.max(0, this.#underWay.untilMs - this.#host.nowMs());
  }

  /** Throws as the store on disk does when the device does not read. */
  read(): Tables {
    if (this.failingReads > 0) {
      this.failingReads -= 1;
      this.refuse();
      throw new AppErrorException(appError('STORAGE_FAILED', 'The database cannot be read: disk I/O error.'));
    }
    return this.tables;
  }

  /** Called by the store when it refuses a commit; a read refuses itself. */
  refuse(): void {
    this.refusedAtMs = this.#host.nowMs();
  }

  /** Called by the store before it changes the tables, when the commit is going to succeed. */
  begin(): void {
    const durationMs = this.commitMs?.() ?? 0;
    this.#underWay = undefined;
    if (durationMs <= 0) return;
    this.#underWay = { before: copyOfTables(this.tables), untilMs: this.#host.nowMs() + durationMs };
    this.#host.stall(durationMs);
  }

  /** The process or the whole machine ended: a commit that was at work is there or not, by chance. */
  interrupt(): void {
    if (this.#underWay !== undefined && this.busyMs > 0 && this.#host.chance() < 0.5) {
      this.tables = this.#underWay.before;
    }
    this.#underWay = undefined;
  }

  /** All faults that can end have ended. */
  mend(): void {
    this.full = false;
    this.failsWrites = false;
    this.failingReads = 0;
    this.commitMs = undefined;
    this.fate = undefined;
  }

  /** The newest snapshot is gone; the changes that it was made of are not. */
  loseSnapshot(): void {
    this.tables.snapshot = undefined;
  }

  /** The newest snapshot cannot be used any more, though the database is sound. */
  spoilSnapshot(): void {
    const { snapshot } = this.tables;
    if (snapshot === undefined) return;
    const bytes = snapshot.bytes.slice();
    bytes[bytes.length >>> 1] = (bytes[bytes.length >>> 1] ?? 0) ^ 0x10;
    this.tables.snapshot = { bytes, vector: snapshot.vector };
  }

  /**
   * The database was destroyed, and is made anew when the store is opened: only the named values are left, from the
   * copy beside it. To be called while no store is open. @param wallMs of the machine, epoch milliseconds.
   */
  destroy(wallMs: number): void {
    this.tables = { ...emptyTables(), meta: new Map(this.tables.meta), grantsCompleteSince: wallMs };
    this.#underWay = undefined;
  }
}
