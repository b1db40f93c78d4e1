/**
 * Searches the merged history on one read-only connection. Rows are found by walking one index newest first; all
 * filters but the text are decided inside that index, so that only rows that are shown are touched. A text is looked
 * for in a bounded number of runs a page: the page may be short, and its cursor goes on behind the last run looked at.
 *
 * Imports no schema, so that the worker that it runs in starts at once.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { OccurrenceId, RunId, TaskId } from '../../domain/ids.ts';
import type { Run, RunState } from '../../domain/run.ts';
import type { RunFilter, RunTotals } from '../../ports/run-queries.ts';
import { NameTable } from './name-table.ts';
import { decodeRecord } from './record-encoding.ts';
import type { RunPosition } from './run-cursor.ts';

export interface SearchPage {
  readonly runs: Run[];
  /** Set when there may be more. */
  readonly last: RunPosition | undefined;
}

interface Candidate {
  readonly number: number;
  readonly dueAt: number;
  readonly id: string;
}

/** Conditions of a query, and the values for their question marks. */
interface Conditions {
  readonly index: string;
  readonly texts: string[];
  readonly values: SQLInputValue[];
}

const STATEMENTS = 64;
const BODY = 'case observed_in_force when 1 then observed else own end as body, duplicate';

export class RunSearch {
  readonly #database: DatabaseSync;
  readonly #names: NameTable;
  readonly #byNumber: StatementSync;
  readonly #byId: StatementSync;
  readonly #totals: StatementSync;
  readonly #taskNames: StatementSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#names = new NameTable(database);
    this.#byNumber = database.prepare(`select ${BODY}, task, search from runs where number = ?`);
    this.#byId = database.prepare(`select ${BODY} from runs where id = ?`);
    this.#totals = database.prepare(`
      select task, state, count(*) as count from runs indexed by runs_by_due
      where due_at >= ? and nominal_at >= ? group by task, state`);
    this.#taskNames = database.prepare('select number from names where instr(text, ?) > 0');
  }

  /** @param searchLimit how many runs a text is looked for in at most */
  page(filter: RunFilter, limit: number, after: RunPosition | undefined, searchLimit: number): SearchPage {
    return this.#transaction(() => {
      const taskNumber = filter.taskId === undefined ? undefined : this.#names.find(filter.taskId);
      const machineNumber = filter.machineId === undefined ? undefined : this.#names.find(filter.machineId);
      const unknown =
        (filter.taskId !== undefined && taskNumber === undefined) ||
        (filter.machineId !== undefined && machineNumber === undefined);
      if (unknown || filter.states?.length === 0) return { runs: [], last: undefined };
      const text = filter.text?.toLowerCase();
      if (text === undefined || text === '') return this.#plainPage(filter, taskNumber, machineNumber, limit, after);
      return this.#textPage(filter, taskNumber, machineNumber, limit, after, text, searchLimit);
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

  #plainPage(
    filter: RunFilter,
    task: number | undefined,
    machine: number | undefined,
    limit: number,
    after: RunPosition | undefined,
  ): SearchPage {
    const found = this.#candidates(filter, task, machine, after, limit + 1);
    const shown = found.slice(0, limit);
    const runs: Run[] = [];
    for (const candidate of shown) {
      const row = this.#byNumber.get(candidate.number);
      if (row !== undefined) runs.push(this.#runOf(row));
    }
    return { runs, last: found.length > limit ? shown.at(-1) : undefined };
  }

  #textPage(
    filter: RunFilter,
    task: number | undefined,
    machine: number | undefined,
    limit: number,
    after: RunPosition | undefined,
    text: string,
    searchLimit: number,
  ): SearchPage {
    const tasks = new Set(this.#taskNames.all(text).map((row) => Number(row['number'])));
    const runs: Run[] = [];
    let last = after;
    let looked = 0;
    for (const candidate of this.#candidates(filter, task, machine, after, searchLimit + 1)) {
      if (runs.length === limit || looked === searchLimit) return { runs, last };
      looked += 1;
      last = candidate;
      const row = this.#byNumber.get(candidate.number);
      if (row === undefined) continue;
      const search = row['search'];
      if (tasks.has(Number(row['task'])) || (typeof search === 'string' && search.includes(text))) {
        runs.push(this.#runOf(row));
      }
    }
    return { runs, last: undefined };
  }

  /** Newest first, at most `limit`. Several states are walked one by one, each in its index, and merged. */
  #candidates(
    filter: RunFilter,
    task: number | undefined,
    machine: number | undefined,
    after: RunPosition | undefined,
    limit: number,
  ): Candidate[] {
    const conditions = conditionsOf(filter, task, machine, after);
    const states = [...new Set(filter.states)];
    if (states.length === 0) return this.#walk(conditions, limit);
    if (conditions.index !== 'runs_by_due') {
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
  task: number | undefined,
  machine: number | undefined,
  after: RunPosition | undefined,
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
  const index =
    filter.occurrenceId !== undefined
      ? 'runs_by_occurrence'
      : task !== undefined
        ? 'runs_by_task'
        : machine !== undefined
          ? 'runs_by_machine'
          : 'runs_by_due';
  return { index, texts, values };
}

function newestFirst(left: Candidate, right: Candidate): number {
  return right.dueAt - left.dueAt || (left.id < right.id ? 1 : -1);
}
