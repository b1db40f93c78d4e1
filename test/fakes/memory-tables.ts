/** What a store in memory holds, and what each write does to it: plain data, of which a copy is easily made. */
import type { Grant } from '../../core/claims/claim.ts';
import type { ChangeVector, SealedChange } from '../../core/document/document-protocol.ts';
import { AUDIT } from '../../core/config/constants.ts';
import type { AuditRecord } from '../../core/domain/audit-record.ts';
import type { MachineId, OccurrenceId, TaskId } from '../../core/domain/ids.ts';
import { FINAL_STATES, isByClock, type RunRecord } from '../../core/domain/run.ts';
import {
  isShadowed,
  isUnclosed,
  type MergedRun,
  mergeRecord,
  recordInForce,
  UNKNOWN_RUN,
} from '../../core/history/run-merge.ts';
import { isKeptToken } from '../../core/history/kept-tokens.ts';
import { EMPTY_LOG, type LogExtent, raiseFloor, sortArrival } from '../../core/history/run-log.ts';
import type { StoreWrite } from '../../core/ports/state-store.ts';
import { assert } from '../../core/std/assert.ts';

interface Log<Entry> {
  extent: LogExtent;
  records: Entry[];
}

export interface Tables {
  meta: Map<string, string>;
  grants: Map<string, Grant>;
  grantsCompleteSince: number;
  snapshot: { bytes: Uint8Array; vector: ChangeVector } | undefined;
  changes: SealedChange[];
  changeKeys: Set<string>;
  logs: Map<MachineId, Log<RunRecord>>;
  audits: Map<MachineId, Log<AuditRecord>>;
  runs: Map<string, MergedRun>;
  /** The runs of each; a list, as nearly all have one. */
  occurrences: Map<OccurrenceId, string[]>;
  /** Some occurrence has, or had, several runs: where none has, a further record of a run need not look for others. */
  hasSiblings: boolean;
  accounted: Map<TaskId, number>;
  highestTokens: Map<TaskId, number>;
  /** No run that was ever stored was due before this, no grant given before that: older ones need not be looked for. */
  earliestDueAt: number;
  earliestGrantAt: number;
}

export function emptyTables(): Tables {
  return {
    meta: new Map(),
    grants: new Map(),
    grantsCompleteSince: 0,
    snapshot: undefined,
    changes: [],
    changeKeys: new Set(),
    logs: new Map(),
    audits: new Map(),
    runs: new Map(),
    occurrences: new Map(),
    hasSiblings: false,
    accounted: new Map(),
    highestTokens: new Map(),
    earliestDueAt: Infinity,
    earliestGrantAt: Infinity,
  };
}

/** As they are now: what is written from now on changes the one or the other alone. Entries never change, and are shared. */
export function copyOfTables(tables: Tables): Tables {
  return {
    ...tables,
    meta: new Map(tables.meta),
    grants: new Map(tables.grants),
    changes: [...tables.changes],
    changeKeys: new Set(tables.changeKeys),
    logs: copyOfLogs(tables.logs),
    audits: copyOfLogs(tables.audits),
    runs: new Map(tables.runs),
    occurrences: new Map([...tables.occurrences].map(([id, runs]) => [id, [...runs]])),
    accounted: new Map(tables.accounted),
    highestTokens: new Map(tables.highestTokens),
  };
}

function copyOfLogs<Entry>(logs: ReadonlyMap<MachineId, Log<Entry>>): Map<MachineId, Log<Entry>> {
  return new Map([...logs].map(([id, { extent, records }]) => [id, { extent, records: [...records] }]));
}

/** Throws when the records of a commit would leave a gap in a log; changes nothing. */
export function checkNumbers(tables: Tables, writes: readonly StoreWrite[]): void {
  let extents: Map<MachineId, LogExtent> | undefined;
  for (const write of writes) {
    if (write.kind !== 'records' && write.kind !== 'log-floor') continue;
    // As a rule a commit has one such write, of one record that follows on the log.
    if (extents === undefined && writes.length === 1 && isNext(tables, write)) return;
    const recorderId = write.kind === 'records' ? write.records[0]?.recorderId : write.recorderId;
    if (recorderId === undefined) continue;
    const before = extents?.get(recorderId) ?? tables.logs.get(recorderId)?.extent ?? EMPTY_LOG;
    const after = extentAfter(before, recorderId, write);
    if (writes.length > 1) (extents ??= new Map<MachineId, LogExtent>()).set(recorderId, after);
  }
}

/** One record, and the next of its log. */
function isNext({ logs }: Tables, write: Extract<StoreWrite, { kind: 'records' | 'log-floor' }>): boolean {
  if (write.kind === 'log-floor' || write.records.length !== 1) return false;
  const { recorderId, sequence } = write.records[0] as RunRecord;
  return logs.get(recorderId)?.extent.head === sequence - 1;
}

function extentAfter(
  extent: LogExtent,
  recorderId: MachineId,
  write: Extract<StoreWrite, { kind: 'records' | 'log-floor' }>,
): LogExtent {
  if (write.kind === 'log-floor') return raiseFloor(extent, write.floor);
  assert(
    write.records.every((record) => record.recorderId === recorderId),
    'one write holds records of one recorder',
  );
  const arrival = sortArrival(extent, write.records);
  assert(arrival.kind === 'append', `the log of ${recorderId} continues without a gap after ${extent.head}`);
  return { floor: extent.floor, head: arrival.records.at(-1)?.sequence ?? extent.head };
}

export function applyWrite(tables: Tables, write: StoreWrite): void {
  switch (write.kind) {
    case 'grant':
      tables.grants.set(grantKey(write.grant), write.grant);
      tables.earliestGrantAt = Math.min(tables.earliestGrantAt, write.grant.grantedAt);
      return;
    case 'records':
      return appendRecords(tables, write.records);
    case 'log-floor': {
      const log = logOf(tables.logs, write.recorderId);
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
    case 'audit':
      return appendAudit(tables, write.records);
    case 'audit-floor': {
      const log = logOf(tables.audits, write.recorderId);
      log.extent = raiseFloor(log.extent, write.floor);
      log.records = log.records.filter((record) => record.sequence > log.extent.floor);
      return;
    }
    case 'prune':
      pruneAudit(tables, write.auditBefore ?? 0);
      return prune(tables, write.grantsBefore, write.runsBefore);
  }
}

function appendRecords(tables: Tables, records: readonly RunRecord[]): void {
  const recorderId = records[0]?.recorderId;
  if (recorderId === undefined) return;
  const log = logOf(tables.logs, recorderId);
  const arrival = sortArrival(log.extent, records);
  assert(arrival.kind === 'append', 'numbers were checked before');
  log.extent = { floor: log.extent.floor, head: arrival.records.at(-1)?.sequence ?? log.extent.head };
  for (const record of arrival.records) {
    log.records.push(record);
    const known = tables.runs.get(record.id) ?? UNKNOWN_RUN;
    const run = mergeRecord(known, record);
    if (run !== known) tables.runs.set(record.id, run);
    if (known === UNKNOWN_RUN) keepToken(tables, record);
    if (known === UNKNOWN_RUN || tables.hasSiblings) noteSibling(tables, record);
    tables.earliestDueAt = Math.min(tables.earliestDueAt, record.dueAt);
    if (!isByClock(record.cause)) continue;
    if (record.nominalAt > (tables.accounted.get(record.taskId) ?? 0)) {
      tables.accounted.set(record.taskId, record.nominalAt);
    }
  }
}

function keepToken({ highestTokens }: Tables, { taskId, fencingToken }: RunRecord): void {
  if (isKeptToken(fencingToken) && fencingToken > (highestTokens.get(taskId) ?? 0)) {
    highestTokens.set(taskId, fencingToken);
  }
}

function appendAudit(tables: Tables, records: readonly AuditRecord[]): void {
  const recorderId = records[0]?.recorderId;
  if (recorderId === undefined) return;
  const log = logOf(tables.audits, recorderId);
  const arrival = sortArrival(log.extent, records);
  assert(arrival.kind === 'append', 'an audit log has no gaps');
  log.records.push(...arrival.records);
  log.extent = { floor: log.extent.floor, head: arrival.records.at(-1)?.sequence ?? log.extent.head };
}

function pruneAudit(tables: Tables, before: number): void {
  for (const log of tables.audits.values()) {
    const oldest = log.extent.head - AUDIT.recordsPerMachine;
    const kept = log.records.findIndex((record) => record.at >= before && record.sequence > oldest);
    const removed = log.records.splice(0, kept < 0 ? log.records.length : kept);
    log.extent = raiseFloor(log.extent, removed.at(-1)?.sequence ?? 0);
  }
}

/** A run answers for the grant. */
export function isSettled(tables: Tables, grant: Grant): boolean {
  for (const id of tables.occurrences.get(grant.occurrenceId) ?? []) {
    const run = tables.runs.get(id);
    if (run?.started === true && recordInForce(run).attempt === grant.attempt) return true;
  }
  return false;
}

function noteSibling(tables: Tables, { id, occurrenceId }: RunRecord): void {
  const siblings = tables.occurrences.get(occurrenceId);
  if (siblings === undefined) {
    tables.occurrences.set(occurrenceId, [id]);
    return;
  }
  if (!siblings.includes(id)) siblings.push(id);
  // The usual case: nobody else ran it.
  if (siblings.length === 1) return;
  tables.hasSiblings = true;
  dropShadowed(tables, siblings);
}

function dropShadowed(tables: Tables, siblings: string[]): void {
  for (const id of [...siblings]) {
    const others = siblings.filter((other) => other !== id).map((other) => tables.runs.get(other) as MergedRun);
    if (!isShadowed(tables.runs.get(id) as MergedRun, others)) continue;
    tables.runs.delete(id);
    siblings.splice(siblings.indexOf(id), 1);
  }
}

function prune(tables: Tables, grantsBefore: number, runsBefore: number): void {
  if (tables.earliestGrantAt < grantsBefore) {
    for (const [key, grant] of tables.grants) if (grant.grantedAt < grantsBefore) tables.grants.delete(key);
  }
  for (const log of tables.logs.values()) {
    const kept = log.records.findIndex((record) => record.recordedAt >= runsBefore);
    const removed = log.records.splice(0, kept < 0 ? log.records.length : kept);
    log.extent = raiseFloor(log.extent, removed.at(-1)?.sequence ?? 0);
  }
  if (tables.earliestDueAt >= runsBefore) return;
  for (const [id, run] of tables.runs) {
    const { state, dueAt, recordedAt, occurrenceId } = recordInForce(run);
    if (!FINAL_STATES.has(state) || isUnclosed(run) || dueAt >= runsBefore || recordedAt >= runsBefore) continue;
    tables.runs.delete(id);
    const siblings = tables.occurrences.get(occurrenceId);
    siblings?.splice(siblings.indexOf(id), 1);
    if (siblings?.length === 0) tables.occurrences.delete(occurrenceId);
  }
}

/** One for each attempt; an occurrence has no slash in its id, and as a rule one attempt. */
export function grantKey({ occurrenceId, attempt }: Grant): string {
  return attempt === 1 ? occurrenceId : `${occurrenceId}/${attempt}`;
}

function logOf<Entry>(logs: Map<MachineId, Log<Entry>>, recorderId: MachineId): Log<Entry> {
  let log = logs.get(recorderId);
  if (log === undefined) {
    log = { extent: EMPTY_LOG, records: [] };
    logs.set(recorderId, log);
  }
  return log;
}
