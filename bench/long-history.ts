/** A long history of finished runs in a store of its own, and what its readers are asked, for benches. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRunQueries } from '../core/adapters/sqlite/run-queries.ts';
import { openStateStore } from '../core/adapters/sqlite/state-store.ts';
import { hashId, type MachineId, runIdOf, scheduledOccurrenceId, type TaskId } from '../core/domain/ids.ts';
import type { RunRecord } from '../core/domain/run.ts';
import type { RunQueries } from '../core/ports/run-queries.ts';

export const HISTORY_TASKS = 1000;
export const HISTORY_START = Date.UTC(2026, 0, 1);
/** One run after another. */
export const HISTORY_STEP_MS = 5000;
const MACHINES = 8;
const BATCH = 1000;
const logger = { log: () => undefined };

export const historyMachines = Array.from(
  { length: MACHINES },
  (_, index) =>
    `12D3Koo${`${hashId('m', String(index))}${hashId('n', String(index))}`.replaceAll('l', 'L')}abcde` as MachineId,
);

/** Fills a store in a temporary folder, hands its reader over, and removes the folder. */
export async function withLongHistory<T>(
  runs: number,
  use: (queries: RunQueries, databaseBytes: number, dataFolder: string) => Promise<T>,
): Promise<T> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'carillon-bench-'));
  try {
    const opened = openStateStore({ dataFolder, logger, now: Date.now });
    if (!opened.ok) throw new Error(opened.error.message);
    for (let first = 0; first < runs; first += BATCH) {
      const logs = historyMachines.map((): RunRecord[] => []);
      for (let index = first; index < Math.min(runs, first + BATCH); index += 1) {
        logs[index % MACHINES]?.push(recordAt(index));
      }
      const outcome = opened.value.commit(logs.map((records) => ({ kind: 'records', records })));
      if (!outcome.ok) throw new Error(outcome.message);
    }
    const queries = openRunQueries({ dataFolder, logger });
    try {
      return await use(queries, statSync(join(dataFolder, 'carillon.db')).size, dataFolder);
    } finally {
      await queries.close();
      opened.value.close();
    }
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

/** Every 50th run failed with a reason, every 10th has a result, and one in 100,000 speaks of a needle. */
function recordAt(index: number): RunRecord {
  const machineId = historyMachines[index % MACHINES] as MachineId;
  const taskId = `task-${(index * 13) % HISTORY_TASKS}` as TaskId;
  const nominalAt = HISTORY_START + index * HISTORY_STEP_MS;
  const occurrenceId = scheduledOccurrenceId(taskId, nominalAt, '');
  const startedAt = nominalAt + (index % 97);
  const failed = index % 50 === 0;
  const needle = index % 100_000 === 50_000;
  return {
    recorderId: machineId,
    sequence: Math.floor(index / MACHINES) + 1,
    recordedAt: startedAt + 900,
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
    claimedAt: nominalAt,
    startedAt,
    finishedAt: startedAt + ((index * 7919) % 60_000),
    fencingToken: index,
    exitCode: failed ? 1 : 0,
    outputBytes: 1234,
    outputDroppedBytes: 0,
    ...(failed ? { reason: { code: 'EXIT', text: needle ? 'lost a needle' : 'the process ended with 1' } } : {}),
    ...(index % 10 === 1 ? { result: `{"rows":${index * 31},"file":"part-${index}.csv"}` } : {}),
  };
}

/** Three significant digits carry a time; the median of several, in milliseconds. */
export async function medianMsOf(times: number, work: () => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const beganMs = performance.now();
    await work();
    samples.push(performance.now() - beganMs);
  }
  return samples.sort((left, right) => left - right)[Math.floor(times / 2)] ?? 0;
}
