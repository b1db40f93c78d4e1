/**
 * How fast are runs stored and found? Durable commits one by one and in batches, and pages of a long history by each
 * main filter, beside a floor measured in the same minute: the same number of bytes by bare prepared statements.
 * `full` takes a million runs instead of a hundred thousand.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openRunQueries } from '../core/adapters/sqlite/run-queries.ts';
import { openStateStore, type SqliteStateStore } from '../core/adapters/sqlite/state-store.ts';
import { hashId, type MachineId, runIdOf, scheduledOccurrenceId, type TaskId } from '../core/domain/ids.ts';
import type { RunRecord } from '../core/domain/run.ts';
import type { RunFilter } from '../core/ports/run-queries.ts';
import type { BenchOptions } from './bench-options.ts';

const TASKS = 200;
const MACHINES = 8;
const START = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const PAGES = 60;

const machines = Array.from(
  { length: MACHINES },
  (_, index) =>
    `12D3Koo${`${hashId('m', String(index))}${hashId('n', String(index))}`.replaceAll('l', 'L')}abcde` as MachineId,
);

/** Runs the measurement in a temporary folder, which is removed. */
export async function run(options: BenchOptions): Promise<object> {
  const runs = options.full ? 1_000_000 : 100_000;
  const dataFolder = mkdtempSync(join(tmpdir(), 'carillon-bench-'));
  try {
    const opened = openStateStore({ dataFolder, logger: { log: () => undefined }, now: Date.now });
    if (!opened.ok) throw new Error(opened.error.message);
    const store = opened.value;
    const sequences = new Map<MachineId, number>();
    const single = insertSingly(store, sequences, Math.min(3000, runs / 10));
    const batched = insertBatched(store, sequences, Math.min(3000, runs / 10), runs);
    const pages = await timePages(dataFolder, runs);
    store.close();
    const loadStart = performance.now();
    const again = openStateStore({ dataFolder, logger: { log: () => undefined }, now: Date.now });
    const openMs = performance.now() - loadStart;
    if (again.ok) again.value.close();
    const floor = measureFloor(dataFolder, Math.min(3000, runs / 10));
    return {
      runs,
      recordsPerRun: 1,
      databaseBytes: statSync(join(dataFolder, 'carillon.db')).size,
      openMs: round(openMs),
      insertsPerSecond: { ownTransaction: round(single), batchOf100: round(batched) },
      floor: { insertsPerSecond: floor },
      ratio: {
        ownTransaction: round(single / floor.ownTransaction, 3),
        batchOf100: round(batched / floor.batchOf100, 3),
      },
      pages,
    };
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

function recordAt(index: number, sequences: Map<MachineId, number>): RunRecord {
  const machineId = machines[(index * 7) % MACHINES] as MachineId;
  const taskId = `task-${(index * 13) % TASKS}` as TaskId;
  const nominalAt = START + index * SECOND;
  const occurrenceId = scheduledOccurrenceId(taskId, nominalAt, '');
  const sequence = (sequences.get(machineId) ?? 0) + 1;
  sequences.set(machineId, sequence);
  const failed = index % 50 === 0;
  return {
    recorderId: machineId,
    sequence,
    recordedAt: nominalAt + 900,
    id: runIdOf(occurrenceId, 1, machineId),
    taskId,
    occurrenceId,
    slot: '',
    attempt: 1,
    machineId,
    state: failed ? 'failed' : 'succeeded',
    cause: { kind: 'schedule' },
    nominalAt,
    dueAt: nominalAt,
    claimedAt: nominalAt + 2,
    startedAt: nominalAt + 10,
    finishedAt: nominalAt + 900,
    fencingToken: index,
    exitCode: failed ? 1 : 0,
    outputBytes: 1234,
    outputDroppedBytes: 0,
    ...(failed ? { reason: { code: 'EXIT', text: 'the process ended with 1' } } : {}),
  };
}

function insertSingly(store: SqliteStateStore, sequences: Map<MachineId, number>, count: number): number {
  const records = Array.from({ length: count }, (_, index) => recordAt(index, sequences));
  const start = performance.now();
  for (const record of records) store.commit([{ kind: 'records', records: [record] }]);
  return (count * SECOND) / (performance.now() - start);
}

/** A batch is a page of each machine's log, a hundred records in all. */
function insertBatched(store: SqliteStateStore, sequences: Map<MachineId, number>, from: number, to: number): number {
  let spentMs = 0;
  for (let first = from; first < to; first += 100) {
    const byMachine = new Map<MachineId, RunRecord[]>();
    for (let index = first; index < Math.min(first + 100, to); index += 1) {
      const record = recordAt(index, sequences);
      const list = byMachine.get(record.recorderId);
      if (list === undefined) byMachine.set(record.recorderId, [record]);
      else list.push(record);
    }
    const start = performance.now();
    const outcome = store.commit([...byMachine.values()].map((records) => ({ kind: 'records', records })));
    spentMs += performance.now() - start;
    if (!outcome.ok) throw new Error(outcome.message);
  }
  return ((to - from) * SECOND) / spentMs;
}

async function timePages(dataFolder: string, runs: number): Promise<object> {
  const queries = openRunQueries({ dataFolder, logger: { log: () => undefined } });
  const [taskId, machineId] = ['task-13' as TaskId, machines[3] as MachineId];
  const middle = START + (runs / 2) * SECOND;
  const filters: Record<string, RunFilter> = {
    newest: {},
    task: { taskId },
    machine: { machineId },
    failed: { states: ['failed', 'timed-out', 'lost'] },
    taskMachineFailed: { taskId, machineId, states: ['failed'] },
    machineFailed: { machineId, states: ['failed'] },
    untilMiddle: { until: middle },
    hourInMiddle: { since: middle, until: middle + 3600 * SECOND },
    textEverywhere: { words: [{ text: 'ended' }, { text: 'with' }] },
    textNowhere: { words: [{ text: 'no-such-text' }] },
  };
  const times: Record<string, object> = {};
  await queries.totals(0);
  for (const [name, filter] of Object.entries(filters)) {
    const samples: number[] = [];
    let cursor: string | undefined;
    for (let count = 0; count < PAGES; count += 1) {
      const start = performance.now();
      const page = await queries.page(filter, 100, cursor);
      samples.push(performance.now() - start);
      cursor = page.nextCursor;
    }
    samples.sort((left, right) => left - right);
    times[name] = { p50Ms: round(samples[PAGES / 2] ?? 0, 2), p99Ms: round(samples.at(-1) ?? 0, 2) };
  }
  const start = performance.now();
  await queries.totals(0);
  times['totals'] = { ms: round(performance.now() - start, 1) };
  await queries.close();
  return times;
}

/** One table, no index but the key, the same journal mode and as many bytes a row. */
function measureFloor(dataFolder: string, count: number): { ownTransaction: number; batchOf100: number } {
  const database = new DatabaseSync(join(dataFolder, 'floor.db'));
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; create table floor (id integer primary key, body)',
  );
  const insert = database.prepare('insert into floor (body) values (?)');
  const body = JSON.stringify(recordAt(0, new Map()));
  let start = performance.now();
  for (let index = 0; index < count; index += 1) insert.run(body);
  const ownTransaction = (count * SECOND) / (performance.now() - start);
  start = performance.now();
  for (let batch = 0; batch < count; batch += 100) {
    database.exec('begin immediate');
    for (let index = 0; index < 100; index += 1) insert.run(body);
    database.exec('commit');
  }
  const batchOf100 = (count * SECOND) / (performance.now() - start);
  database.close();
  return { ownTransaction: round(ownTransaction), batchOf100: round(batchOf100) };
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}
