/**
 * The state of a peer in one SQLite file, `carillon.db` in the data folder. A commit is one transaction: all of it is
 * on the disk when it returns, or none of it happened. Trouble with the disk is an outcome, never an exception.
 *
 *   normal ──(disk full)──► reserve released: only what closes, prunes or is small is taken ──(room again)──► normal
 *
 * Pruning never blocks for long: a request removes a bounded number of rows, and each later commit a few more, until
 * all that was asked for is gone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AUDIT } from '../../config/constants.ts';
import { STORAGE } from '../../config/storage.ts';
import type { ChangeVector } from '../../document/document-protocol.ts';
import type { MachineId, OccurrenceId, RunId } from '../../domain/ids.ts';
import type { RunRecord } from '../../domain/run.ts';
import { excessRuns } from '../../history/retention.ts';
import type { Logger } from '../../ports/logger.ts';
import type { CommitOutcome, StateStore, StoredState, StoreWrite } from '../../ports/state-store.ts';
import { assert, unreachable } from '../../std/assert.ts';
import { ok, type Result } from '../../std/result.ts';
import { AuditRows, type StoredAuditPage } from './audit-rows.ts';
import { ChangeRows } from './change-rows.ts';
import { GrantRows } from './grant-rows.ts';
import { NameTable } from './name-table.ts';
import { markSuspect, openDatabase, type Recovery } from './open-database.ts';
import { RunProjection } from './run-projection.ts';
import { RunWordsBacklog } from './run-words-backlog.ts';
import { type RecordPage, RunRecordRows } from './run-record-rows.ts';
import { mayUseReserve, SpaceReserve } from './space-reserve.ts';
import { failureText, readOrRefuse, sqliteFailureOf } from './sqlite-errors.ts';
import { ValueMirror } from './value-mirror.ts';
import { ValueRows } from './value-rows.ts';

export interface StateStoreOptions {
  readonly dataFolder: string;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Size of the reserve; smaller in tests only. */
  readonly reserveBytes?: number;
  /** Runs kept in all. */
  readonly runLimit?: number;
}

/** File names inside the data folder. */
export const DATABASE_FILE = 'carillon.db';
export const RESERVE_FILE = 'reserve';
export const MIRROR_FILE = 'membership.json';

const COMPLETE_SINCE = 'grantsCompleteSince';

/** Opens the store. See `openDatabase` for the refusals; a damaged file is replaced and told by `recovered`. */
export function openStateStore(options: StateStoreOptions): Result<SqliteStateStore> {
  const path = join(options.dataFolder, DATABASE_FILE);
  const reserve = new SpaceReserve({
    path: join(options.dataFolder, RESERVE_FILE),
    sizeBytes: options.reserveBytes ?? STORAGE.reserveBytes,
    logger: options.logger,
    now: options.now,
  });
  const opened = openDatabase({
    path,
    logger: options.logger,
    now: options.now,
    expected: existsSync(join(options.dataFolder, RESERVE_FILE)),
    makeRoom: () => reserve.release(),
    use: (database, recovery) => new SqliteStateStore(database, path, reserve, options, recovery),
  });
  if (!opened.ok) return opened;
  reserve.restore();
  return ok(opened.value.value);
}

export class SqliteStateStore implements StateStore {
  /** Set when the database was damaged or missing and had to be made anew. */
  readonly recovered: Recovery | undefined;
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #reserve: SpaceReserve;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #runLimit: number;
  readonly #names: NameTable;
  readonly #meta: ValueRows;
  readonly #mirror: ValueMirror;
  readonly #facts: ValueRows;
  readonly #grants: GrantRows;
  readonly #changes: ChangeRows;
  readonly #records: RunRecordRows;
  readonly #projection: RunProjection;
  readonly #backlog: RunWordsBacklog;
  readonly #audit: AuditRows;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  #runCount: number;
  /** What is still to be pruned; undefined when nothing is. */
  #pruning: { grantsBefore: number; runsBefore: number; auditBefore: number } | undefined;
  /** Read while opening, which proves that it can be read; given out once. */
  #loaded: StoredState | undefined;

  /** Reads everything once; throws what SQLite throws. Use `openStateStore`. */
  constructor(
    database: DatabaseSync,
    path: string,
    reserve: SpaceReserve,
    options: StateStoreOptions,
    recovery: Recovery | undefined,
  ) {
    this.recovered = recovery;
    this.#database = database;
    this.#path = path;
    this.#reserve = reserve;
    this.#logger = options.logger;
    this.#now = options.now;
    this.#runLimit = options.runLimit ?? STORAGE.runs;
    this.#names = new NameTable(database);
    this.#meta = new ValueRows(database, 'meta');
    this.#mirror = new ValueMirror(join(options.dataFolder, MIRROR_FILE), options.logger);
    this.#facts = new ValueRows(database, 'facts');
    this.#grants = new GrantRows(database, this.#names);
    this.#changes = new ChangeRows(database);
    this.#records = new RunRecordRows(database, this.#names);
    this.#projection = new RunProjection(database, this.#names);
    this.#audit = new AuditRows(database, this.#names);
    this.#backlog = new RunWordsBacklog(database, {
      logger: options.logger,
      onDamage: (message) => this.#suspect(message),
    });
    this.#begin = database.prepare('begin immediate');
    this.#end = database.prepare('commit');
    if (recovery !== undefined) this.#takeOver(recovery);
    this.#runCount = this.#projection.count();
    this.#loaded = this.#read();
    this.#backlog.start();
  }

  load(): StoredState {
    const state = this.#loaded ?? this.#reading(() => this.#read());
    this.#loaded = undefined;
    return state;
  }

  commit(writes: readonly StoreWrite[]): CommitOutcome {
    assert(this.#database.isOpen, 'the store is open');
    this.#loaded = undefined;
    if (this.#reserve.missing && !this.#reserve.restore() && !writes.every(mayUseReserve)) {
      return { ok: false, full: true, message: 'The disk is full; the little that is left is kept to close runs.' };
    }
    const runCount = this.#runCount;
    const pruning = this.#pruning;
    try {
      this.#begin.run();
      for (const write of writes) this.#apply(write);
      this.#prune(writes.some((write) => write.kind === 'prune'));
      this.#projection.flush();
      this.#end.run();
      if (this.#reserve.missing) this.#shrinkLog();
      if (writes.some((write) => write.kind === 'meta')) this.#mirror.write(this.#meta.all());
      return { ok: true };
    } catch (error) {
      this.#runCount = runCount;
      this.#pruning = pruning;
      return this.#fail(error);
    }
  }

  recordsAfter(recorder: MachineId, after: number, limit: number, fits?: (record: RunRecord) => boolean): RecordPage {
    return this.#reading(() => this.#records.after(recorder, after, limit, fits));
  }

  auditAfter(recorder: MachineId, after: number, limit: number): StoredAuditPage {
    return this.#reading(() => this.#audit.after(recorder, after, limit));
  }

  changesSince(vector: ChangeVector, maxChanges: number, maxBytes: number): ReturnType<ChangeRows['since']> {
    return this.#reading(() => this.#changes.since(vector, maxChanges, maxBytes));
  }

  startedBy(occurrence: OccurrenceId, attempt: number): MachineId | undefined {
    return this.#reading(() => this.#projection.startedBy(occurrence, attempt));
  }

  runsOf(occurrence: OccurrenceId): RunRecord[] {
    return this.#reading(() => this.#projection.runsOf(occurrence));
  }

  machineOf(run: RunId): MachineId | undefined {
    return this.#reading(() => this.#projection.machineOf(run));
  }

  knowsOccurrence(occurrence: OccurrenceId): boolean {
    return this.#reading(() => this.#projection.knows(occurrence));
  }

  close(): void {
    if (!this.#database.isOpen) return;
    this.#loaded = undefined;
    this.#backlog.stop();
    this.#database.close();
  }

  #read(): StoredState {
    const snapshot = this.#changes.snapshot();
    const logVector: Record<MachineId, number> = {};
    const logFloors: Record<MachineId, number> = {};
    for (const [recorder, extent] of this.#records.extents()) {
      logVector[recorder] = extent.head;
      if (extent.floor > 0) logFloors[recorder] = extent.floor;
    }
    const audits = [...this.#audit.extents()];
    return {
      meta: this.#meta.all(),
      grants: this.#grants.open(),
      grantsCompleteSince: Number(this.#facts.all().get(COMPLETE_SINCE) ?? 0),
      snapshot,
      changes: this.#changes.allSince(snapshot?.vector ?? {}),
      changeCount: this.#changes.count(),
      logVector,
      logFloors,
      auditVector: Object.fromEntries(audits.map(([recorder, { head }]) => [recorder, head])),
      auditFloors: Object.fromEntries(audits.map(([recorder, { floor }]) => [recorder, floor])),
      openRuns: this.#projection.openRuns(),
      unclosedRuns: this.#projection.unclosedRuns(),
      accountedUntil: this.#projection.accountedUntil(),
      highestTokens: this.#projection.highestTokens(),
      recentRuns: this.#projection.recentRuns(STORAGE.recentRuns),
    };
  }

  #apply(write: StoreWrite): void {
    switch (write.kind) {
      case 'grant':
        return this.#grants.put(write.grant);
      case 'records':
        for (const record of this.#records.append(write.records)) this.#runCount += this.#projection.add(record);
        return;
      case 'log-floor':
        return this.#records.raiseFloor(write.recorderId, write.floor);
      case 'changes':
        for (const change of write.changes) this.#changes.add(change);
        return;
      case 'snapshot':
        return this.#changes.putSnapshot(write);
      case 'meta':
        return this.#meta.put(write.key, write.value);
      case 'audit':
        return this.#audit.append(write.records);
      case 'audit-floor':
        return this.#audit.raiseFloor(write.recorderId, write.floor);
      case 'prune': {
        const { grantsBefore, runsBefore, auditBefore = 0 } = write;
        this.#pruning = { grantsBefore, runsBefore, auditBefore };
        return;
      }
      default:
        return unreachable(write);
    }
  }

  /** One step of pruning inside the transaction. */
  #prune(requested: boolean): void {
    if (this.#pruning === undefined) return;
    const { grantsBefore, auditBefore } = this.#pruning;
    const excess = requested ? excessRuns(this.#runCount, this.#runLimit) : 0;
    const dueOfExcess = excess === 0 ? undefined : this.#projection.dueAfterNewest(this.#runLimit);
    const runsBefore = Math.max(this.#pruning.runsBefore, dueOfExcess ?? 0);
    this.#pruning = { grantsBefore, runsBefore, auditBefore };
    const budget = requested ? STORAGE.pruneRowsPerRequest : STORAGE.pruneRowsPerCommit;
    const settledBefore = this.#now() - STORAGE.settledGrantMs;
    const grants = this.#grants.pruneStep(grantsBefore, settledBefore, budget);
    const records = this.#records.pruneStep(runsBefore, budget - grants);
    const runs = this.#projection.pruneStep(runsBefore, budget - grants - records);
    this.#runCount -= runs;
    const left = budget - grants - records - runs;
    const audits = this.#audit.pruneStep(auditBefore, AUDIT.recordsPerMachine, left);
    if (audits < left) this.#pruning = undefined;
  }

  /** Trouble with the disk is told as a refusal; a damaged file is checked when it is opened next. */
  #reading<T>(read: () => T): T {
    return readOrRefuse(read, (failure, message) => {
      this.#logger.log('error', 'stored data cannot be read', { failure, message });
      if (failure === 'damaged') this.#suspect(message);
    });
  }

  #fail(error: unknown): CommitOutcome {
    if (this.#database.isTransaction) this.#rollBack();
    this.#names.forget();
    this.#projection.forget();
    this.#records.forget();
    this.#audit.forget();
    const failure = sqliteFailureOf(error);
    if (failure === undefined) throw error;
    const message = failureText(error);
    const full = failure === 'full';
    this.#logger.log('error', 'a commit failed; nothing of it was stored', { failure, message });
    if (failure === 'full' || failure === 'io') {
      this.#reserve.release();
      this.#shrinkLog();
    }
    if (failure === 'damaged') this.#suspect(message);
    return { ok: false, full, message };
  }

  #rollBack(): void {
    try {
      this.#database.exec('rollback');
    } catch (error) {
      this.#suspect(`a rollback failed: ${failureText(error)}`);
    }
  }

  /** Gives the space of the write-ahead log back; it comes to nothing while a query reads. */
  #shrinkLog(): void {
    try {
      this.#database.exec('pragma wal_checkpoint(truncate)');
    } catch (error) {
      this.#logger.log('debug', 'the write-ahead log cannot be shrunk', { error: failureText(error) });
    }
  }

  #suspect(reason: string): void {
    try {
      markSuspect(this.#path, reason);
    } catch (error) {
      this.#logger.log('error', 'the damaged database cannot be marked', { reason, error: failureText(error) });
    }
  }

  /** Carries what was salvaged into the fresh database. */
  #takeOver(recovery: Recovery): void {
    this.#begin.run();
    for (const [key, value] of new Map([...this.#mirror.read(), ...recovery.meta])) this.#meta.put(key, value);
    this.#facts.put(COMPLETE_SINCE, String(recovery.at));
    this.#end.run();
  }
}
