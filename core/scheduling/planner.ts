/**
 * The planner: the next nominal instant of every task, in one heap. It holds no timer and reads no clock: the caller
 * asks when something is due next, and takes what is due.
 *
 * Each task is in the heap once, with its next occurrence. Setting, removing and taking cost O(log n); the heap's order
 * (instant, then task id) is total, so that every machine takes the same occurrences in the same order. Building it for
 * 10,000 tasks is 10,000 calls of `set`, which the caller may spread over as many turns as it likes.
 */
import type { TaskId } from '../domain/ids.ts';
import { type CompiledSchedule, nextOccurrence } from './occurrence.ts';

/** A task that came due. */
export interface DueOccurrence {
  readonly taskId: TaskId;
  /** The instant that the schedule names, epoch milliseconds. */
  readonly nominalAt: number;
}

interface Entry {
  readonly taskId: TaskId;
  readonly compiled: CompiledSchedule;
  nominalAt: number;
  /** Where the entry is in the heap. */
  index: number;
}

export class Planner {
  readonly #heap: Entry[] = [];
  readonly #entries = new Map<TaskId, Entry>();

  /** How many tasks have an occurrence ahead. */
  get size(): number {
    return this.#heap.length;
  }

  /**
   * Plans a task anew, in place of what was planned for it.
   * @param after its occurrences strictly after this instant are planned
   */
  set(taskId: TaskId, compiled: CompiledSchedule, after: number): void {
    this.remove(taskId);
    const nominalAt = nextOccurrence(compiled, after);
    if (nominalAt === undefined) return;
    const entry: Entry = { taskId, compiled, nominalAt, index: this.#heap.length };
    this.#entries.set(taskId, entry);
    this.#heap.push(entry);
    this.#rise(entry);
  }

  /** Forgets a task; one that is not planned is no error. */
  remove(taskId: TaskId): void {
    const entry = this.#entries.get(taskId);
    if (entry === undefined) return;
    this.#entries.delete(taskId);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#place(last, entry.index);
    this.#rise(last);
    this.#sink(last);
  }

  /** The next nominal instant of all tasks, or undefined when nothing is planned. */
  nextAt(): number | undefined {
    return this.#heap[0]?.nominalAt;
  }

  /** The next nominal instant of one task, or undefined when none is planned. */
  nextOf(taskId: TaskId): number | undefined {
    return this.#entries.get(taskId)?.nominalAt;
  }

  /**
   * Takes what is due, oldest first, and plans the following occurrence of each task taken.
   * @param now everything up to this instant (included) is due
   * @param limit at most so many are taken; the rest is taken by the next call
   */
  takeDue(now: number, limit: number): DueOccurrence[] {
    const due: DueOccurrence[] = [];
    while (due.length < limit) {
      const entry = this.#heap[0];
      if (entry === undefined || entry.nominalAt > now) break;
      due.push({ taskId: entry.taskId, nominalAt: entry.nominalAt });
      const next = nextOccurrence(entry.compiled, entry.nominalAt);
      if (next === undefined) {
        this.remove(entry.taskId);
      } else {
        entry.nominalAt = next;
        this.#sink(entry);
      }
    }
    return due;
  }

  /** Moves an entry up, and what is in its way down, until it stands right. */
  #rise(entry: Entry): void {
    let { index } = entry;
    while (index > 0) {
      const parent = this.#heap[(index - 1) >> 1] as Entry;
      if (!isBefore(entry, parent)) break;
      const freed = parent.index;
      this.#place(parent, index);
      index = freed;
    }
    this.#place(entry, index);
  }

  /** The same downwards. */
  #sink(entry: Entry): void {
    const heap = this.#heap;
    let { index } = entry;
    for (let below = 2 * index + 1; below < heap.length; below = 2 * index + 1) {
      let child = heap[below] as Entry;
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, child)) child = right;
      if (!isBefore(child, entry)) break;
      const freed = child.index;
      this.#place(child, index);
      index = freed;
    }
    this.#place(entry, index);
  }

  #place(entry: Entry, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.nominalAt < other.nominalAt || (one.nominalAt === other.nominalAt && one.taskId < other.taskId);
}
