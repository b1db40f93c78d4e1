/**
 * How long does a page of a search in a long history take, and how long does the event loop stand still for one slice of
 * indexing after an upgrade? The floor of a page is the same number of runs by one bare SELECT over an index, by SQLite
 * in this process. `full` takes a million runs instead of a hundred thousand.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RunWordsBacklog } from '../core/adapters/sqlite/run-words-backlog.ts';
import { WORDS_INDEXED_TO } from '../core/adapters/sqlite/run-words.ts';
import { DATABASE_FILE } from '../core/adapters/sqlite/state-store.ts';
import type { TaskId } from '../core/domain/ids.ts';
import type { RunFilter, RunQueries } from '../core/ports/run-queries.ts';
import type { BenchOptions } from './bench-options.ts';
import { HISTORY_START, HISTORY_STEP_MS, historyMachines, withLongHistory } from './long-history.ts';

const PAGE = 100;
const PAGES = 30;

export async function run({ full }: BenchOptions): Promise<object> {
  const runs = full ? 1_000_000 : 100_000;
  return withLongHistory(runs, async (queries, databaseBytes, dataFolder) => {
    const database = new DatabaseSync(join(dataFolder, DATABASE_FILE));
    const floorMs = timeFloor(database);
    const pages: Record<string, object> = {};
    for (const [name, filter] of Object.entries(filtersOf(runs))) {
      const { p50Ms, maxMs, found } = await timePages(queries, filter);
      pages[name] = { p50Ms, maxMs, found, ratio: p50Ms / floorMs };
    }
    const indexing = indexAnew(database);
    database.close();
    return { runs, databaseBytes, floor: { pageMs: floorMs }, pages, indexing };
  });
}

function filtersOf(runs: number): Record<string, RunFilter> {
  const [machineId] = historyMachines;
  const machineIds = machineId === undefined ? [] : [machineId];
  const middle = HISTORY_START + (runs / 2) * HISTORY_STEP_MS;
  return {
    newest: {},
    failed: { states: ['failed', 'timed-out', 'lost'] },
    taskAndFailed: { taskId: 'task-50' as TaskId, states: ['failed'] },
    hourInMiddle: { since: middle, until: middle + 3_600_000 },
    rareText: { words: [{ text: 'needle' }] },
    commonText: { words: [{ text: 'process' }] },
    textOfResult: { words: [{ text: '.csv' }] },
    twoTexts: { words: [{ text: 'process' }, { text: 'ended' }] },
    noSuchText: { words: [{ text: 'no-such-text' }] },
    // All its three characters are common; they never follow each other so.
    almostText: { words: [{ text: 'processended' }] },
    textThatIsTooShort: { words: [{ text: 'zz' }] },
    textBeforeMiddle: { words: [{ text: 'process' }], until: middle },
    textThatFilterRulesOut: { words: [{ text: '.csv' }], states: ['failed'] },
    nameOfTask: { words: [{ text: 'nightly', taskIds: ['task-7' as TaskId] }] },
    nameOfManyTasks: { words: [{ text: 'task-1' }] },
    nameOfMachineAndText: { words: [{ text: 'nas', machineIds }, { text: 'process' }] },
  };
}

/** Pages one after another from the newest on, and again when there are no more. */
async function timePages(
  queries: RunQueries,
  filter: RunFilter,
): Promise<{ p50Ms: number; maxMs: number; found: number }> {
  const samples: number[] = [];
  let cursor: string | undefined;
  let found = 0;
  for (let count = 0; count < PAGES; count += 1) {
    const beganMs = performance.now();
    const page = await queries.page(filter, PAGE, cursor);
    samples.push(performance.now() - beganMs);
    found += page.runs.length;
    cursor = page.nextCursor;
  }
  samples.sort((left, right) => left - right);
  return { p50Ms: samples[PAGES / 2] ?? 0, maxMs: samples.at(-1) ?? 0, found };
}

function timeFloor(database: DatabaseSync): number {
  const statement = database.prepare(`
    select own from runs indexed by runs_by_due where (due_at, id) < (?, ?) order by due_at desc, id desc limit ${PAGE}`);
  const newest = Number(database.prepare('select max(due_at) as due_at from runs').get()?.['due_at']);
  const samples = Array.from({ length: PAGES }, (_, page) => {
    const beganMs = performance.now();
    statement.all(newest - page * PAGE * HISTORY_STEP_MS, '');
    return performance.now() - beganMs;
  });
  return samples.sort((left, right) => left - right)[PAGES / 2] ?? 0;
}

/** Empties the index and fills it as after an upgrade. */
function indexAnew(database: DatabaseSync): object {
  database.exec('delete from run_words');
  database.prepare('insert into facts (key, value) values (?, ?)').run(WORDS_INDEXED_TO, '0:');
  const backlog = new RunWordsBacklog(database, { logger: { log: () => undefined }, onDamage: () => undefined });
  const samples: number[] = [];
  while (backlog.pending) {
    const beganMs = performance.now();
    backlog.step();
    samples.push(performance.now() - beganMs);
  }
  samples.sort((left, right) => left - right);
  return {
    slices: samples.length,
    busyMs: samples.reduce((sum, ms) => sum + ms, 0),
    sliceP50Ms: samples[Math.floor(samples.length / 2)] ?? 0,
    sliceMaxMs: samples.at(-1) ?? 0,
  };
}
