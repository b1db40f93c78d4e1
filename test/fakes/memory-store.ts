/**
 * A state store in memory that behaves like the one on disk: all or nothing, full when told so, and on a `MemoryDisk`
 * that outlives it, so that a restart finds what was committed. A disk can be told to lie: while it holds its flushes,
 * a crash loses what was committed since.
 */
import type { Grant } from '../../core/claims/claim.ts';
import { STORAGE } from '../../core/config/constants.ts';
import type { ChangeVector, SealedChange } from '../../core/document/document-protocol.ts';
import type { MachineId, OccurrenceId, TaskId } from '../../core/domain/ids.ts';
import { FINAL_STATES, type Run, type RunRecord } from '../../core/domain/run.ts';
import {
  isDuplicate,
  isShadowed,
  isUnclosed,
  type MergedRun,
  mergeRecord,
  newestFirst,
  recordInForce,
  UNKNOWN_RUN,
} from '../../core/history/run-merge.ts';
import { EMPTY_LOG, type LogExtent, raiseFloor, sortArrival } from '../../core/history/run-log.ts';
import type { CommitOutcome, StateStore, StoredState, StoreWrite } from '../../core/ports/state-store.ts';
import type { RunFilter, RunPage, RunQueries, RunTotals } from '../../core/ports/run-queries.ts';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import { assert } from '../../core/std/assert.ts';

interface Log {
  extent: LogExtent;
  records: RunRecord[];
}

/** Plain data, so that a copy is one call. */
interface Tables {
  meta: Map<string, string>;
  grants: Map<string, Grant>;
  grantsCompleteSince: number;
  snapshot: { bytes: Uint8Array; vector: ChangeVector } | undefined;
  changes: SealedChange[];
  changeKeys: Set<string>;
  logs: Map<MachineId, Log>;
  runs: Map<string, MergedRun>;
  occurrences: Map<OccurrenceId, Set<string>>;
  accounted: Map<TaskId, number>;
}

/** What survives a restart of the store on it. */
export class MemoryDisk {
  /** While set, every commit fails as full. */
  full = false;
  tables: Tables = emptyTables();
  #flushed: Tables | undefined;

  /** From now on commits return without being safe. */
  holdFlushes(): void {
    this.#flushed = structuredClone(this.tables);
  }

  /** What was committed is safe, and commits are again when they return. */
  flush(): void {
    this.#flushed = undefined;
  }

  /** The power fails: what was not flushed is gone. Open a new store on the disk afterwards. */
  crash(): void {
    if (this.#flushed !== undefined) this.tables = this.#flushed;
    this.#flushed = undefined;
  }

  /** The database was found damaged and made anew; the named values could be read. */
  rebuild(now: number): void {
    this.tables = { ...emptyTables(), meta: this.tables.meta, grantsCompleteSince: now };
    this.#flushed = undefined;
  }
}

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
      openRuns: records.filter((record) => !FINAL_STATES.has(record.state)),
      unclosedRuns: unclosed.sort(newestFirst).map((record) => ({ runId: record.id, record })),
      accountedUntil: new Map(tables.accounted),
      recentRuns: records.filter((record) => FINAL_STATES.has(record.state)).slice(0, STORAGE.recentRuns),
    };
  }

  commit(writes: readonly StoreWrite[]): CommitOutcome {
    const tables = this.#tables();
    if (this.disk.full) return { ok: false, full: true, message: 'the disk in memory is full' };
    // What could break an invariant is looked at before anything is changed, so that a commit is all or nothing.
    const extents = new Map<MachineId, LogExtent>();
    for (const write of writes) checkNumbers(tables, extents, write);
    for (const write of writes) applyWrite(tables, write);
    return { ok: true };
  }

  recordsAfter(
    recorder: MachineId,
    after: number,
    limit: number,
  ): { records: RunRecord[]; more: boolean; floor: number } {
    const log = this.#tables().logs.get(recorder);
    if (log === undefined) return { records: [], more: false, floor: 0 };
    const { floor } = log.extent;
    const from = Math.max(after, floor);
    const first = log.records.findIndex((record) => record.sequence > from);
    const newer = first < 0 ? [] : log.records.slice(first, first + limit + 1);
    return { records: newer.slice(0, limit), more: newer.length > limit, floor };
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
    for (const id of this.#tables().occurrences.get(occurrence) ?? []) {
      const run = this.#tables().runs.get(id);
      if (run?.started !== true) continue;
      const record = recordInForce(run);
      if (record.attempt >= attempt && record.attempt >= (latest?.attempt ?? 0)) latest = record;
    }
    return latest?.machineId;
  }

  knowsOccurrence(occurrence: OccurrenceId): boolean {
    return this.#tables().occurrences.has(occurrence);
  }

  close(): void {
    this.#open = false;
  }

  #tables(): Tables {
    assert(this.#open, 'the store is open');
    return this.disk.tables;
  }
}

/** Reads the runs of a disk as the worker thread does; pages over the same order. */
export class MemoryRunQueries implements RunQueries {
  readonly #disk: MemoryDisk;

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  async page(filter: RunFilter, limit: number, cursor: string | undefined): Promise<RunPage> {
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const found = this.#runs()
      .filter((run) => matches(run, filter) && (after === undefined || newestFirst(run, after) > 0))
      .sort(newestFirst);
    const runs = found.slice(0, limit);
    const last = runs.at(-1);
    return found.length <= limit || last === undefined ? { runs } : { runs, nextCursor: `${last.dueAt}:${last.id}` };
  }

  async byId(id: Run['id']): Promise<Run | undefined> {
    return this.#runs().find((run) => run.id === id);
  }

  async totals(since: number): Promise<readonly RunTotals[]> {
    const totals = new Map<string, { taskId: TaskId; state: Run['state']; count: number }>();
    for (const { taskId, state, nominalAt } of this.#runs()) {
      if (nominalAt < since) continue;
      const total = totals.get(`${taskId}/${state}`);
      if (total === undefined) totals.set(`${taskId}/${state}`, { taskId, state, count: 1 });
      else total.count += 1;
    }
    return [...totals.values()];
  }

  async close(): Promise<void> {
    // Nothing is held.
  }

  #runs(): Run[] {
    const { runs, occurrences } = this.#disk.tables;
    return [...runs].map(([id, run]) => {
      const record = recordInForce(run);
      const others = [...(occurrences.get(record.occurrenceId) ?? [])].filter((other) => other !== id);
      return {
        ...record,
        duplicate: isDuplicate(
          run,
          others.map((other) => runs.get(other) as MergedRun),
        ),
      };
    });
  }
}

function emptyTables(): Tables {
  return {
    meta: new Map(),
    grants: new Map(),
    grantsCompleteSince: 0,
    snapshot: undefined,
    changes: [],
    changeKeys: new Set(),
    logs: new Map(),
    runs: new Map(),
    occurrences: new Map(),
    accounted: new Map(),
  };
}

function checkNumbers(tables: Tables, extents: Map<MachineId, LogExtent>, write: StoreWrite): void {
  if (write.kind !== 'records' && write.kind !== 'log-floor') return;
  const recorderId = write.kind === 'records' ? write.records[0]?.recorderId : write.recorderId;
  if (recorderId === undefined) return;
  const extent = extents.get(recorderId) ?? tables.logs.get(recorderId)?.extent ?? EMPTY_LOG;
  if (write.kind === 'log-floor') {
    extents.set(recorderId, raiseFloor(extent, write.floor));
    return;
  }
  assert(
    write.records.every((record) => record.recorderId === recorderId),
    'one write holds records of one recorder',
  );
  const arrival = sortArrival(extent, write.records);
  assert(arrival.kind === 'append', `the log of ${recorderId} continues without a gap after ${extent.head}`);
  extents.set(recorderId, { floor: extent.floor, head: arrival.records.at(-1)?.sequence ?? extent.head });
}

function applyWrite(tables: Tables, write: StoreWrite): void {
  switch (write.kind) {
    case 'grant':
      tables.grants.set(`${write.grant.occurrenceId}/${write.grant.attempt}`, write.grant);
      return;
    case 'records':
      return appendRecords(tables, write.records);
    case 'log-floor': {
      const log = logOf(tables, write.recorderId);
      log.extent = raiseFloor(log.extent, write.floor);
      log.records = log.records.filter((record) => record.sequence > log.extent.floor);
      return;
    }
    case 'changes':
      for (const change of write.changes) {
        const key = `${change.actor}/${change.sequence}`;
        if (!tables.changeKeys.has(key)) tables.changes.push(change);
        tables.changeKeys.add(key);
      }
      return;
    case 'snapshot':
      tables.snapshot = { bytes: write.bytes, vector: write.vector };
      return;
    case 'meta':
      if (write.value === undefined) tables.meta.delete(write.key);
      else tables.meta.set(write.key, write.value);
      return;
    case 'prune':
      return prune(tables, write.grantsBefore, write.runsBefore);
  }
}

function appendRecords(tables: Tables, records: readonly RunRecord[]): void {
  const recorderId = records[0]?.recorderId;
  if (recorderId === undefined) return;
  const log = logOf(tables, recorderId);
  const arrival = sortArrival(log.extent, records);
  assert(arrival.kind === 'append', 'numbers were checked before');
  for (const record of arrival.records) {
    log.records.push(record);
    log.extent = { floor: log.extent.floor, head: record.sequence };
    tables.runs.set(record.id, mergeRecord(tables.runs.get(record.id) ?? UNKNOWN_RUN, record));
    const siblings = tables.occurrences.get(record.occurrenceId) ?? new Set();
    tables.occurrences.set(record.occurrenceId, siblings.add(record.id));
    dropShadowed(tables, siblings);
    if (record.cause.kind === 'manual') continue;
    tables.accounted.set(record.taskId, Math.max(record.nominalAt, tables.accounted.get(record.taskId) ?? 0));
  }
}

function isSettled(tables: Tables, grant: Grant): boolean {
  for (const id of tables.occurrences.get(grant.occurrenceId) ?? []) {
    const run = tables.runs.get(id);
    if (run?.started === true && recordInForce(run).attempt === grant.attempt) return true;
  }
  return false;
}

function dropShadowed(tables: Tables, siblings: Set<string>): void {
  for (const id of [...siblings]) {
    const others = [...siblings].filter((other) => other !== id).map((other) => tables.runs.get(other) as MergedRun);
    if (!isShadowed(tables.runs.get(id) as MergedRun, others)) continue;
    tables.runs.delete(id);
    siblings.delete(id);
  }
}

function prune(tables: Tables, grantsBefore: number, runsBefore: number): void {
  for (const [key, grant] of tables.grants) if (grant.grantedAt < grantsBefore) tables.grants.delete(key);
  for (const log of tables.logs.values()) {
    const kept = log.records.findIndex((record) => record.recordedAt >= runsBefore);
    const removed = log.records.splice(0, kept < 0 ? log.records.length : kept);
    log.extent = raiseFloor(log.extent, removed.at(-1)?.sequence ?? 0);
  }
  for (const [id, run] of tables.runs) {
    const { state, dueAt, recordedAt, occurrenceId } = recordInForce(run);
    if (!FINAL_STATES.has(state) || isUnclosed(run) || dueAt >= runsBefore || recordedAt >= runsBefore) continue;
    tables.runs.delete(id);
    const siblings = tables.occurrences.get(occurrenceId);
    siblings?.delete(id);
    if (siblings?.size === 0) tables.occurrences.delete(occurrenceId);
  }
}

function logOf(tables: Tables, recorderId: MachineId): Log {
  let log = tables.logs.get(recorderId);
  if (log === undefined) {
    log = { extent: EMPTY_LOG, records: [] };
    tables.logs.set(recorderId, log);
  }
  return log;
}

function matches(run: Run, filter: RunFilter): boolean {
  const text = filter.text?.toLowerCase() ?? '';
  const searched = [run.taskId, run.reason?.code, run.reason?.text, run.result];
  return (
    (filter.taskId === undefined || run.taskId === filter.taskId) &&
    (filter.machineId === undefined || run.machineId === filter.machineId) &&
    (filter.occurrenceId === undefined || run.occurrenceId === filter.occurrenceId) &&
    (filter.states === undefined || filter.states.includes(run.state)) &&
    (filter.since === undefined || run.nominalAt >= filter.since) &&
    (filter.until === undefined || run.nominalAt < filter.until) &&
    (text === '' || searched.some((part) => part?.toLowerCase().includes(text)))
  );
}

function parseCursor(cursor: string): { dueAt: number; id: string } {
  const match = /^(\d+):([a-z2-7]{20})$/.exec(cursor);
  if (match === null) {
    throw new AppErrorException(appError('INVALID_INPUT', 'The cursor is malformed.', { field: 'cursor' }));
  }
  return { dueAt: Number(match[1]), id: match[2] as string };
}
