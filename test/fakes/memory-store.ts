/**
 * A state store in memory that behaves like the one on disk: a commit is all or nothing, is safe when it returns, and
 * trouble with the disk is an outcome. It lives on a `MemoryDisk` that outlives it, so that a restart finds what was
 * committed; the faults are the disk's.
 */
import { mayUseReserve } from '../../core/adapters/sqlite/space-reserve.ts';
import { STORAGE } from '../../core/config/storage.ts';
import type { ChangeVector, SealedChange } from '../../core/document/document-protocol.ts';
import type { AuditRecord } from '../../core/domain/audit-record.ts';
import type { MachineId, OccurrenceId, RunId } from '../../core/domain/ids.ts';
import { FINAL_STATES, type RunRecord } from '../../core/domain/run.ts';
import { isUnclosed, newestFirst, recordInForce } from '../../core/history/run-merge.ts';
import type { CommitOutcome, StateStore, StoredState, StoreWrite } from '../../core/ports/state-store.ts';
import { assert } from '../../core/std/assert.ts';
import { MemoryDisk, PowerCut } from './memory-disk.ts';
import { applyWrite, checkNumbers, isSettled, type Tables } from './memory-tables.ts';

/** Opens a store on a disk; one at a time. */
export function openMemoryStore(disk: MemoryDisk = new MemoryDisk()): MemoryStateStore {
  return new MemoryStateStore(disk);
}

export class MemoryStateStore implements StateStore {
  readonly disk: MemoryDisk;
  #open = true;

  constructor(disk: MemoryDisk) {
    this.disk = disk;
  }

  load(): StoredState {
    const tables = this.#tables();
    const records = [...tables.runs.values()].map(recordInForce).sort(newestFirst);
    const unclosed = [...tables.runs.values()].filter(isUnclosed).map((run) => run.own as RunRecord);
    const logs = [...tables.logs];
    return {
      meta: new Map(tables.meta),
      grants: [...tables.grants.values()].filter((grant) => !isSettled(tables, grant)),
      grantsCompleteSince: tables.grantsCompleteSince,
      snapshot: tables.snapshot,
      changes: tables.changes.filter((change) => change.sequence > (tables.snapshot?.vector[change.actor] ?? 0)),
      changeCount: tables.changes.length,
      logVector: Object.fromEntries(logs.map(([id, log]) => [id, log.extent.head])),
      logFloors: Object.fromEntries(
        logs.filter(([, log]) => log.extent.floor > 0).map(([id, log]) => [id, log.extent.floor]),
      ),
      auditVector: Object.fromEntries([...tables.audits].map(([id, { extent }]) => [id, extent.head])),
      auditFloors: Object.fromEntries([...tables.audits].map(([id, { extent }]) => [id, extent.floor])),
      openRuns: records.filter((record) => !FINAL_STATES.has(record.state)),
      unclosedRuns: unclosed.sort(newestFirst).map((record) => ({ runId: record.id, record })),
      accountedUntil: new Map(tables.accounted),
      highestTokens: new Map(tables.highestTokens),
      recentRuns: records.filter((record) => FINAL_STATES.has(record.state)).slice(0, STORAGE.recentRuns),
    };
  }

  commit(writes: readonly StoreWrite[]): CommitOutcome {
    assert(this.#open, 'the store is open');
    const { disk } = this;
    disk.commits += 1;
    const fate = disk.fate?.(disk.commits, writes) ?? 'stored';
    if (fate === 'cut-before') throw new PowerCut('the power failed before the commit was safe');
    if (fate === 'full' || this.#hasNoRoom(writes)) {
      disk.refuse();
      return { ok: false, full: true, message: 'the disk in memory is full' };
    }
    if (fate === 'failed' || disk.failsWrites) {
      disk.refuse();
      return { ok: false, full: false, message: 'the disk in memory does not write' };
    }
    // What could break an invariant is looked at before anything is changed, so that a commit is all or nothing.
    checkNumbers(disk.tables, writes);
    disk.begin();
    for (const write of writes) applyWrite(disk.tables, write);
    if (fate === 'cut-after') throw new PowerCut('the power failed when the commit was safe');
    return { ok: true };
  }

  recordsAfter(
    recorder: MachineId,
    after: number,
    limit: number,
    fits: (record: RunRecord) => boolean = () => true,
  ): { records: RunRecord[]; more: boolean; floor: number } {
    const log = this.#tables().logs.get(recorder);
    if (log === undefined) return { records: [], more: false, floor: 0 };
    const { floor } = log.extent;
    const from = Math.max(after, floor);
    // Numbers have no gaps, so the place of the next one follows from that of the first.
    const place = from + 1 - (log.records[0]?.sequence ?? 0);
    const first = Math.max(0, place);
    const page = log.records.slice(first, first + limit);
    const tooMany = page.findIndex((record) => !fits(record));
    const records = tooMany < 0 ? page : page.slice(0, tooMany);
    return { records, more: first + records.length < log.records.length, floor };
  }

  auditAfter(
    recorder: MachineId,
    after: number,
    limit: number,
  ): { records: AuditRecord[]; more: boolean; floor: number } {
    const log = this.#tables().audits.get(recorder);
    if (log === undefined) return { records: [], more: false, floor: 0 };
    const newer = log.records.filter((record) => record.sequence > after);
    return { records: newer.slice(0, limit), more: newer.length > limit, floor: log.extent.floor };
  }

  changesSince(vector: ChangeVector, maxChanges: number, maxBytes: number): { changes: SealedChange[]; more: boolean } {
    const changes: SealedChange[] = [];
    let sizeBytes = 0;
    for (const change of this.#tables().changes) {
      if (change.sequence <= (vector[change.actor] ?? 0)) continue;
      sizeBytes += change.bytes.length;
      if (changes.length > 0 && (changes.length >= maxChanges || sizeBytes > maxBytes)) return { changes, more: true };
      changes.push(change);
    }
    return { changes, more: false };
  }

  startedBy(occurrence: OccurrenceId, attempt: number): MachineId | undefined {
    let latest: RunRecord | undefined;
    const tables = this.#tables();
    for (const id of tables.occurrences.get(occurrence) ?? []) {
      const run = tables.runs.get(id);
      if (run?.started !== true) continue;
      const record = recordInForce(run);
      if (record.attempt >= attempt && record.attempt >= (latest?.attempt ?? 0)) latest = record;
    }
    return latest?.machineId;
  }

  runsOf(occurrence: OccurrenceId): RunRecord[] {
    const tables = this.#tables();
    const runs = [...(tables.occurrences.get(occurrence) ?? [])].flatMap((id) => tables.runs.get(id) ?? []);
    return runs.map(recordInForce).sort((a, b) => a.attempt - b.attempt || (a.id < b.id ? -1 : 1));
  }

  machineOf(id: RunId): MachineId | undefined {
    const run = this.#tables().runs.get(id);
    return run === undefined ? undefined : recordInForce(run).machineId;
  }

  knowsOccurrence(occurrence: OccurrenceId): boolean {
    return this.#tables().occurrences.has(occurrence);
  }

  close(): void {
    this.#open = false;
  }

  #tables(): Tables {
    assert(this.#open, 'the store is open');
    return this.disk.read();
  }

  /** As on disk: what finds it full is refused and gives up the reserve, which has room for little afterwards. */
  #hasNoRoom(writes: readonly StoreWrite[]): boolean {
    const { disk } = this;
    const given = disk.reserveGiven;
    disk.reserveGiven = disk.full;
    return disk.full && (!given || !writes.every(mayUseReserve));
  }
}
