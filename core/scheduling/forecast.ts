/**
 * What comes due in a stretch of time, of many tasks together, oldest first. A task that is due all the time does not
 * crowd the others out: of each only the first so many occurrences are listed, and all are counted.
 */
import type { TaskId } from '../domain/ids.ts';
import { type CompiledSchedule, countOccurrences } from './occurrence.ts';
import { type DueOccurrence, Planner } from './planner.ts';

export interface ForecastBounds {
  /** Epoch milliseconds, included. */
  readonly from: number;
  /** Epoch milliseconds, excluded. */
  readonly to: number;
  /** At most so many occurrences are listed in all, and of one task. */
  readonly limit: number;
  readonly perTask: number;
}

export class Forecast {
  readonly #bounds: ForecastBounds;
  readonly #planner = new Planner();
  readonly #counts = new Map<TaskId, number>();

  constructor(bounds: ForecastBounds) {
    this.#bounds = bounds;
  }

  /** How often each task comes due, of those that do. See `countOccurrences` for how exact that is. */
  get counts(): ReadonlyMap<TaskId, number> {
    return this.#counts;
  }

  /** Counts a task in. Takes time by the length of the stretch in months, not by the number of occurrences. */
  add(taskId: TaskId, compiled: CompiledSchedule): void {
    const { from, to } = this.#bounds;
    const count = countOccurrences(compiled, from - 1, to - 1);
    if (count === 0) return;
    this.#counts.set(taskId, count);
    this.#planner.set(taskId, compiled, from - 1);
  }

  /** The occurrences, to be taken once. `truncated`: some of the stretch are not among them. */
  take(): { occurrences: DueOccurrence[]; truncated: boolean } {
    const { to, limit, perTask } = this.#bounds;
    const occurrences: DueOccurrence[] = [];
    const listed = new Map<TaskId, number>();
    let truncated = false;
    for (;;) {
      const [next] = this.#planner.takeDue(to - 1, 1);
      if (next === undefined) return { occurrences, truncated };
      const already = listed.get(next.taskId) ?? 0;
      if (occurrences.length >= limit) return { occurrences, truncated: true };
      if (already >= perTask) {
        this.#planner.remove(next.taskId);
        truncated = true;
        continue;
      }
      listed.set(next.taskId, already + 1);
      occurrences.push(next);
    }
  }
}
