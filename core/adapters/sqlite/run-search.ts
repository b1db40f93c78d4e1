/**
 * Searches the merged history on one read-only connection. Rows are found by walking one index newest first; all
 * filters but words are decided inside that index, so that only rows that are shown are touched. Words are the business of
 * `word-search`.
 *
 * Imports no schema, so that the worker that it runs in starts at once.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { STORAGE } from '../../config/storage.ts';
import type { OccurrenceId, RunId, TaskId } from '../../domain/ids.ts';
import type { Run, RunState } from '../../domain/run.ts';
import type { RunFilter, RunTotals } from '../../ports/run-queries.ts';
import { IS_LATE_SQL, LATE_MS } from './migrations/0008-late-runs.ts';
import { NameTable } from './name-table.ts';
import { decodeRecord } from './record-encoding.ts';
import type { RunPosition } from './run-cursor.ts';
import { type Candidate, newestFirst, WordSearch } from './word-search.ts';

export interface SearchPage {
  readonly runs: Run[];
  /** Set when there may be more. */
  readonly last: RunPosition | undefined;
}

/** What the names in a filter are in the tables. */
interface Numbers {
  readonly task: number | undefined;
  readonly machine: number | undefined;
}

/** Conditions of a query, and the values for their question marks. */
interface Conditions {
  readonly index: string;
  readonly texts: string[];
  readonly values: SQLInputValue[];
  readonly place?: { readonly text: string; readonly values: SQLInputValue[] };
}

const STATEMENTS = 64;
/** Instants beyond it, some thousand years ahead, bound nothing; the index of texts cannot hold them. */
const FAR_AHEAD = 2 ** 47;
const BODY = 'case observed_in_force when 1 then observed else own end as body, duplicate';

export class RunSearch {
  readonly #database: DatabaseSync;
  readonly #names: NameTable;
  readonly #byNumber: StatementSync;
  readonly #byId: StatementSync;
  readonly #totals: StatementSync;
  readonly #latest: StatementSync;
  readonly #words: WordSearch;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#names = new NameTable(database);
    this.#byNumber = database.prepare(`select ${BODY} from runs where number = ?`);
    this.#byId = database.prepare(`select ${BODY} from runs where id = ?`);
    this.#totals = database.prepare(`
      select task, state, count(*) as count from runs indexed by runs_by_due
      where due_at >= ? and nominal_at >= ? group by task, state`);
    this.#latest = database.prepare(`
      select due_at from runs indexed by runs_late where ${IS_LATE_SQL} and due_at >= ? and nominal_at < ?
      order by due_at desc limit 1`);
    this.#words = new WordSearch(database, this.#names);
  }

  /** @param searchLimit how many runs words are looked for in at most */
  page(filter: RunFilter, limit: number, after: RunPosition | undefined, searchLimit: number): SearchPage {
    return this.#transaction(() => {
      const task = filter.taskId === undefined ? undefined : this.#names.find(filter.taskId);
      const machine = filter.machineId === undefined ? undefined : this.#names.find(filter.machineId);
      const unknown =
        (filter.taskId !== undefined && task === undefined) ||
        (filter.machineId !== undefined && machine === undefined);
      if (unknown || filter.states?.length === 0) return { runs: [], last: undefined };
      const numbers = { task, machine };
      const words = this.#words.wordsOf(filter.words ?? [], task, machine);
      const start = this.#startOf(filter, after);
      if (words.length === 0) return this.#plainPage(filter, numbers, limit, start);
      const source = {
        since: filter.since,
        walk: (behind: RunPosition | undefined, most: number, only: Partial<Numbers> = {}) => {
          const another =
            (task !== undefined && only.task !== undefined && only.task !== task) ||
            (machine !== undefined && only.machine !== undefined && only.machine !== machine);
          return another ? [] : this.#candidates(filter, { ...numbers, ...only }, behind, most);
        },
        at: (place: Conditions['place'], behind: RunPosition | undefined) =>
          this.#candidates(filter, numbers, behind, STORAGE.runsPerIndexRow, place),
      };
      const found = this.#words.page(words, source, limit, start, searchLimit);
      return { runs: this.#runsOf(found.numbers), last: found.last };
    });
  }

  byId(id: RunId): Run | undefined {
    const row = this.#byId.get(id);
    return row === undefined ? undefined : this.#runOf(row);
  }

  totals(since: number): RunTotals[] {
    return this.#transaction(() =>
      this.#totals.all(since, since).map((row) => ({
        taskId: this.#names.textOf(Number(row['task'])) as TaskId,
        state: String(row['state']) as RunState,
        count: Number(row['count']),
      })),
    );
  }

  /** Where to begin: behind the page before, and not with what is too new for the filter. */
  #startOf({ until = FAR_AHEAD }: RunFilter, after: RunPosition | undefined): RunPosition | undefined {
    if (until >= FAR_AHEAD) return after;
    const late = this.#latest.get(until + LATE_MS, until)?.['due_at'];
    const start = { dueAt: late === undefined ? until + LATE_MS : Number(late) + 1, id: '' };
    return after === undefined || newestFirst(start, after) > 0 ? start : after;
  }

  #plainPage(filter: RunFilter, numbers: Numbers, limit: number, after: RunPosition | undefined): SearchPage {
    const found = this.#candidates(filter, numbers, after, limit + 1);
    const shown = found.slice(0, limit);
    return {
      runs: this.#runsOf(shown.map(({ number }) => number)),
      last: found.length > limit ? shown.at(-1) : undefined,
    };
  }

  #runsOf(numbers: readonly number[]): Run[] {
    return numbers.flatMap((number) => {
      const row = this.#byNumber.get(number);
      return row === undefined ? [] : this.#runOf(row);
    });
  }

  /** Newest first, at most `limit`. Several states are walked one by one in their index, and merged. */
  #candidates(
    filter: RunFilter,
    numbers: Numbers,
    after: RunPosition | undefined,
    limit: number,
    place?: Conditions['place'],
  ): Candidate[] {
    const conditions = conditionsOf(filter, numbers, after, place);
    const states = [...new Set(filter.states)];
    if (states.length === 0) return this.#walk(conditions, limit);
    if (place !== undefined || conditions.index !== 'runs_by_due') {
      conditions.texts.push(`state in (${states.map(() => '?').join(', ')})`);
      conditions.values.push(...states);
      return this.#walk(conditions, limit);
    }
    const merged: Candidate[] = [];
    for (const state of states) {
      const texts = ['state = ?', ...conditions.texts];
      merged.push(...this.#walk({ index: 'runs_by_state', texts, values: [state, ...conditions.values] }, limit));
    }
    return merged.sort(newestFirst).slice(0, limit);
  }

  #walk({ index, texts, values }: Conditions, limit: number): Candidate[] {
    const where = texts.length === 0 ? '' : `where ${texts.join(' and ')}`;
    const statement = this.#statement(
      `select number, due_at, id from runs indexed by ${index} ${where} order by due_at desc, id desc limit ?`,
    );
    const rows = statement.all(...values, limit);
    return rows.map((row) => ({ number: Number(row['number']), dueAt: Number(row['due_at']), id: String(row['id']) }));
  }

  #runOf(row: Record<string, unknown>): Run {
    return { ...decodeRecord(String(row['body']), this.#names), duplicate: row['duplicate'] === 1 };
  }

  #statement(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      if (this.#statements.size >= STATEMENTS) this.#statements.clear();
      statement = this.#database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /** One snapshot for all that is read within. */
  #transaction<T>(read: () => T): T {
    this.#database.exec('begin');
    try {
      return read();
    } finally {
      if (this.#database.isTransaction) this.#database.exec('commit');
    }
  }
}

/** The index whose first column narrows most, and what is asked of its other columns. */
function conditionsOf(
  filter: RunFilter,
  { task, machine }: Numbers,
  after: RunPosition | undefined,
  place: Conditions['place'],
): Conditions {
  const texts: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (text: string, ...given: SQLInputValue[]): void => {
    texts.push(text);
    values.push(...given);
  };
  if (filter.occurrenceId !== undefined) add('occurrence = ?', filter.occurrenceId satisfies OccurrenceId);
  if (task !== undefined) add('task = ?', task);
  if (machine !== undefined) add('machine = ?', machine);
  if (after !== undefined) add('(due_at, id) < (?, ?)', after.dueAt, after.id);
  // Nothing is due before its nominal instant, so this bounds the walk as well.
  if (filter.since !== undefined) add('due_at >= ? and nominal_at >= ?', filter.since, filter.since);
  if (filter.until !== undefined) add('nominal_at < ?', filter.until);
  if (place !== undefined) add(place.text, ...place.values);
  return { index: indexOf(filter, { task, machine }, place), texts, values };
}

function indexOf(filter: RunFilter, { task, machine }: Numbers, place: Conditions['place']): string {
  if (place !== undefined) return 'runs_by_due';
  if (filter.occurrenceId !== undefined) return 'runs_by_occurrence';
  if (task !== undefined) return 'runs_by_task';
  return machine === undefined ? 'runs_by_due' : 'runs_by_machine';
}
