/**
 * Counts runs for statistics, in the worker thread: a slice of an index at a time, so that the thread can answer other
 * questions in between. Runs that change while it counts are counted as they are when their slice is read.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { STORAGE } from '../../config/storage.ts';
import type { TaskId } from '../../domain/ids.ts';
import type { RunState } from '../../domain/run.ts';
import { type Quantiles, Samples } from '../../history/samples.ts';
import {
  MEASURED_STATES,
  type RunFigures,
  type StatisticsQuestion,
  StatisticsTally,
} from '../../history/statistics.ts';
import { NameTable } from './name-table.ts';

const MEASURED_STATES_SQL = [...MEASURED_STATES].map((state) => `'${state}'`).join(', ');

/** A count under way. */
export interface StatisticsCount {
  /** Counts one slice more. @returns the figures once all are counted. */
  step(): RunFigures | undefined;
}

export class RunStatistics {
  readonly #database: DatabaseSync;
  readonly #names: NameTable;
  readonly #usual: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#names = new NameTable(database);
    this.#usual = database.prepare(`
      select took_ms from (
        select took_ms, state from runs indexed by runs_by_task where task = ? order by due_at desc, id desc limit ?
      ) where took_ms is not null and state in (${MEASURED_STATES_SQL}) limit ?`);
  }

  count(question: StatisticsQuestion, slice: number = STORAGE.countedRunsPerSlice): StatisticsCount {
    const tally = new StatisticsTally<number>(question);
    const figures = (): RunFigures => tally.figures((number) => this.#names.textOf(number));
    const { taskId, machineId } = question;
    const task = taskId === undefined ? undefined : this.#names.find(taskId);
    const machine = machineId === undefined ? undefined : this.#names.find(machineId);
    const unknown = (taskId !== undefined && task === undefined) || (machineId !== undefined && machine === undefined);
    if (unknown) return { step: figures };
    const { text, values } = sliceQuery(question, task, machine);
    const wanted = this.#numbersOf(question.taskIds);
    const statement = this.#database.prepare(text);
    statement.setReturnArrays(true);
    let position: [number, string] = [question.since, ''];
    return {
      step: () => {
        const rows = statement.all(...values, ...position, slice) as unknown as SQLOutputValue[][];
        for (const row of rows) {
          const sample = sampleOf(row);
          if (wanted === undefined || wanted.has(sample.task)) tally.add(sample);
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < slice) return figures();
        position = [Number(last[0]), String(last[1])];
        return undefined;
      },
    };
  }

  /** Undefined for all tasks. Those that never ran have no number. */
  #numbersOf(tasks: readonly TaskId[] | undefined): ReadonlySet<number> | undefined {
    return tasks && new Set(tasks.flatMap((id) => this.#names.find(id) ?? []));
  }

  /** How long the newest runs of each task took that ended by themselves; nothing of tasks that have none. */
  usual(tasks: readonly TaskId[]): Record<TaskId, Quantiles> {
    const found: Record<TaskId, Quantiles> = {};
    for (const id of tasks) {
      const task = this.#names.find(id);
      if (task === undefined) continue;
      const samples = new Samples();
      for (const row of this.#usual.iterate(task, STORAGE.usualRunsLookedAt, STORAGE.usualRuns)) {
        samples.add(Number(row['took_ms']));
      }
      const quantiles = samples.quantiles();
      if (quantiles !== undefined) found[id] = quantiles;
    }
    return found;
  }
}

/** Nothing is due before its nominal instant, so `since` bounds the walk as well. */
function sliceQuery(
  { since, until }: StatisticsQuestion,
  task: number | undefined,
  machine: number | undefined,
): { text: string; values: SQLInputValue[] } {
  const index = task !== undefined ? 'runs_by_task' : machine !== undefined ? 'runs_by_machine' : 'runs_by_due';
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, value: SQLInputValue): void => {
    conditions.push(condition);
    values.push(value);
  };
  if (task !== undefined) add('task = ?', task);
  if (machine !== undefined) add('machine = ?', machine);
  add('nominal_at >= ?', since);
  add('nominal_at < ?', until);
  const text = `
    select due_at, id, nominal_at, task, machine, state, started_after_ms, took_ms from runs indexed by ${index}
    where ${conditions.join(' and ')} and (due_at, id) > (?, ?) order by due_at, id limit ?`;
  return { text, values };
}

function sampleOf(row: readonly SQLOutputValue[]): Parameters<StatisticsTally<number>['add']>[0] {
  const [dueAt, , nominalAt, task, machine, state, startedAfterMs, tookMs] = row;
  return {
    task: Number(task),
    machine: Number(machine),
    state: state as RunState,
    nominalAt: Number(nominalAt),
    dueAt: Number(dueAt),
    startedAfterMs: startedAfterMs === null ? undefined : Number(startedAfterMs),
    tookMs: tookMs === null ? undefined : Number(tookMs),
  };
}
