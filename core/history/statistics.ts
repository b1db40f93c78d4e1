/**
 * Figures over runs: how often they succeed, how long they take, how late they start, when there is most to do. Runs are
 * added one by one, so that they can come from a database in slices; only counts and times are kept of them.
 *
 * What counts: a run *failed* when it ended as failed, timed-out or lost; the success rate is the succeeded among those
 * and the failed. Durations are of runs that ended by themselves (succeeded, failed, timed-out): what was cancelled or
 * lost says nothing of how long the task takes. Lateness is of all that started, against their due instant.
 */
import type { MachineId, TaskId } from '../domain/ids.ts';
import { NOTE_STATES, RUN_STATES, type RunState } from '../domain/run.ts';
import { type Quantiles, Samples } from './samples.ts';

export const TASK_ORDERS = ['failing', 'slowest', 'latest', 'busiest'] as const;
export type TaskOrder = (typeof TASK_ORDERS)[number];

/** States whose duration is told. */
export const MEASURED_STATES: ReadonlySet<RunState> = new Set(['succeeded', 'failed', 'timed-out']);
export const FAILED_STATES: ReadonlySet<RunState> = new Set(['failed', 'timed-out', 'lost']);

/** Instants are epoch milliseconds. */
export interface StatisticsQuestion {
  /** Nominal instants from `since` (inclusive) to `until` (exclusive). */
  readonly since: number;
  readonly until: number;
  readonly taskId?: TaskId;
  readonly machineId?: MachineId;
  /** Only runs of these, when it is given. */
  readonly taskIds?: readonly TaskId[];
  /** Where each bucket begins, ascending; the first at `since` or before. */
  readonly bucketStarts: readonly number[];
  /** What to add to an instant for local time, from which instant on; ascending, the first at `since` or before. */
  readonly offsets: readonly { readonly from: number; readonly offsetMs: number }[];
  readonly order: TaskOrder;
  /** Most tasks that are told. */
  readonly taskLimit: number;
}

/** What is looked at of a run; ids are text, or numbers that stand for it. */
export interface RunSample<Key> {
  readonly task: Key;
  readonly machine: Key;
  readonly state: RunState;
  readonly nominalAt: number;
  readonly dueAt: number;
  /** Start minus due instant; undefined when it did not start. */
  readonly startedAfterMs: number | undefined;
  /** From start to end; undefined when it did not both start and end. */
  readonly tookMs: number | undefined;
}

export interface BucketFigures {
  readonly from: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly other: number;
  readonly durations: Quantiles | undefined;
}

export interface MachineFigures {
  readonly id: MachineId;
  readonly runs: number;
  readonly failed: number;
  /** Durations of all its runs together, cancelled ones too, lost ones not. */
  readonly busyMs: number;
}

export interface TaskFigures {
  readonly id: TaskId;
  readonly runs: number;
  readonly failed: number;
  /** 0 to 1; undefined when no run succeeded or failed. */
  readonly successRate: number | undefined;
  readonly durations: Quantiles | undefined;
  readonly lateness: Quantiles | undefined;
}

export interface RunFigures {
  readonly totals: Readonly<Record<RunState, number>>;
  readonly successRate: number | undefined;
  readonly durations: Quantiles | undefined;
  readonly lateness: Quantiles | undefined;
  readonly buckets: readonly BucketFigures[];
  /** Runs by the local hour in which they started: 7 days from Monday, 24 hours each. */
  readonly busyHours: readonly (readonly number[])[];
  /** By runs, most first. */
  readonly machines: readonly MachineFigures[];
  /** In the order that was asked for. */
  readonly tasks: readonly TaskFigures[];
  /** How many tasks had runs, told or not. */
  readonly taskCount: number;
}

const HOUR_MS = 3_600_000;
const HOURS_PER_WEEK = 168;
/** 1 January 1970 was a Thursday. */
const HOURS_BEFORE_EPOCH_SINCE_MONDAY = 72;

class Counts {
  succeeded = 0;
  failed = 0;
  other = 0;
  /** All but the notes on attempts that nobody started. */
  runs = 0;
  busyMs = 0;
  readonly durations = new Samples();
  readonly lateness = new Samples();

  add(state: RunState, tookMs: number | undefined): void {
    if (state === 'succeeded') this.succeeded += 1;
    else if (FAILED_STATES.has(state)) this.failed += 1;
    else this.other += 1;
    if (!NOTE_STATES.has(state)) this.runs += 1;
    // When a lost run ended is known to nobody.
    if (tookMs === undefined || state === 'lost') return;
    this.busyMs += Math.max(0, tookMs);
    if (MEASURED_STATES.has(state)) this.durations.add(tookMs);
  }

  get successRate(): number | undefined {
    const judged = this.succeeded + this.failed;
    return judged === 0 ? undefined : this.succeeded / judged;
  }
}

export class StatisticsTally<Key> {
  readonly #question: StatisticsQuestion;
  readonly #totals = Object.fromEntries(RUN_STATES.map((state) => [state, 0])) as Record<RunState, number>;
  readonly #all = new Counts();
  readonly #buckets: readonly Counts[];
  readonly #busyHours = new Array<number>(HOURS_PER_WEEK).fill(0);
  readonly #machines = new Map<Key, Counts>();
  readonly #tasks = new Map<Key, Counts>();

  constructor(question: StatisticsQuestion) {
    this.#question = question;
    this.#buckets = question.bucketStarts.map(() => new Counts());
  }

  /** Counts a run; the caller sees to it that it is one that was asked for. */
  add({ task, machine, state, nominalAt, dueAt, startedAfterMs, tookMs }: RunSample<Key>): void {
    const { bucketStarts, offsets } = this.#question;
    this.#totals[state] += 1;
    this.#all.add(state, tookMs);
    this.#buckets[lastAtOrBefore(bucketStarts, nominalAt, itself)]?.add(state, tookMs);
    const ofTask = countsOf(this.#tasks, task);
    ofTask.add(state, tookMs);
    if (!NOTE_STATES.has(state)) countsOf(this.#machines, machine).add(state, tookMs);
    if (startedAfterMs === undefined) return;
    this.#all.lateness.add(startedAfterMs);
    ofTask.lateness.add(startedAfterMs);
    const startedAt = dueAt + startedAfterMs;
    const offsetMs = offsets[lastAtOrBefore(offsets, startedAt, fromOf)]?.offsetMs ?? 0;
    const hour = Math.floor((startedAt + offsetMs) / HOUR_MS) + HOURS_BEFORE_EPOCH_SINCE_MONDAY;
    const slot = ((hour % HOURS_PER_WEEK) + HOURS_PER_WEEK) % HOURS_PER_WEEK;
    this.#busyHours[slot] = (this.#busyHours[slot] ?? 0) + 1;
  }

  /** @param textOf the id that a key stands for. */
  figures(textOf: (key: Key) => string): RunFigures {
    const { bucketStarts, order, taskLimit } = this.#question;
    const machines = [...this.#machines].map(([key, { runs, failed, busyMs }]) => {
      return { id: textOf(key) as MachineId, runs, failed, busyMs };
    });
    const tasks = [...this.#tasks].map(([key, { runs, failed, successRate, durations, lateness }]) => {
      const id = textOf(key) as TaskId;
      return { id, runs, failed, successRate, durations: durations.quantiles(), lateness: lateness.quantiles() };
    });
    return {
      totals: this.#totals,
      successRate: this.#all.successRate,
      durations: this.#all.durations.quantiles(),
      lateness: this.#all.lateness.quantiles(),
      buckets: this.#buckets.map(({ succeeded, failed, other, durations }, index) => {
        return { from: bucketStarts[index] ?? 0, succeeded, failed, other, durations: durations.quantiles() };
      }),
      busyHours: Array.from({ length: 7 }, (_, day) => this.#busyHours.slice(day * 24, day * 24 + 24)),
      machines: machines.sort((left, right) => right.runs - left.runs || byId(left, right)),
      tasks: tasks.sort(COMPARERS[order]).slice(0, taskLimit),
      taskCount: tasks.length,
    };
  }
}

const COMPARERS: Readonly<Record<TaskOrder, (left: TaskFigures, right: TaskFigures) => number>> = {
  failing: (left, right) =>
    right.failed - left.failed || (left.successRate ?? 1) - (right.successRate ?? 1) || byId(left, right),
  slowest: (left, right) =>
    (right.durations?.p95Ms ?? -1) - (left.durations?.p95Ms ?? -1) ||
    (right.durations?.maxMs ?? -1) - (left.durations?.maxMs ?? -1) ||
    byId(left, right),
  latest: (left, right) =>
    (right.lateness?.p95Ms ?? -1) - (left.lateness?.p95Ms ?? -1) ||
    (right.lateness?.maxMs ?? -1) - (left.lateness?.maxMs ?? -1) ||
    byId(left, right),
  busiest: (left, right) => right.runs - left.runs || byId(left, right),
};

function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}

function countsOf<Key>(counts: Map<Key, Counts>, key: Key): Counts {
  let found = counts.get(key);
  if (found === undefined) {
    found = new Counts();
    counts.set(key, found);
  }
  return found;
}

const itself = (instant: number): number => instant;
const fromOf = (offset: { readonly from: number }): number => offset.from;

/** Index of the last entry at an instant or before; the first when all are later. */
function lastAtOrBefore<T>(entries: readonly T[], instant: number, at: (entry: T) => number): number {
  let low = 0;
  let high = entries.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (at(entries[middle] as T) <= instant) low = middle;
    else high = middle;
  }
  return low;
}
