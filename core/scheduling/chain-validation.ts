/** Whether what tasks follow makes sense: each task that is named exists, and none follows itself in the end. */
import type { TaskId } from '../domain/ids.ts';
import type { Schedule } from '../domain/schedule.ts';
import { type AppError, appError } from '../std/app-error.ts';
import { findCycle, upstreamsOf } from './followers.ts';

/** What of a task decides whom it follows. */
export interface Chained {
  readonly id: TaskId;
  readonly schedule: Schedule;
}

/**
 * Checks tasks as they would be, together.
 * @param scheduleOf the schedule of any other task that exists; undefined where there is none
 * @returns the first fault: TASK_NOT_FOUND or TASK_CYCLE with the field of the trigger, and whose it is; undefined when all is well
 */
export function findChainFault(
  definitions: readonly Chained[],
  scheduleOf: (id: TaskId) => Schedule | undefined,
): { readonly index: number; readonly error: AppError } | undefined {
  const fresh = new Map(definitions.map(({ id, schedule }) => [id, schedule]));
  const known = (id: TaskId): Schedule | undefined => fresh.get(id) ?? scheduleOf(id);
  const upstreams = (id: TaskId): Iterable<TaskId> => {
    const schedule = known(id);
    return schedule === undefined ? [] : upstreamsOf(schedule);
  };
  for (const [index, { id, schedule }] of definitions.entries()) {
    const followed = upstreamsOf(schedule);
    if (followed.size === 0) continue;
    for (const upstream of followed) {
      if (known(upstream) !== undefined) continue;
      const message = `It follows "${upstream}", and there is no such task.`;
      return { index, error: appError('TASK_NOT_FOUND', message, { field: fieldOf(schedule, upstream) }) };
    }
    const cycle = findCycle(id, upstreams);
    if (cycle === undefined) continue;
    const message = `It would follow itself: ${cycle.map((task) => `"${task}"`).join(' after ')}.`;
    return { index, error: appError('TASK_CYCLE', message, { field: fieldOf(schedule, cycle[1]) }) };
  }
  return undefined;
}

function fieldOf({ triggers }: Schedule, upstream: TaskId | undefined): string {
  const index = triggers.findIndex((trigger) => trigger.kind === 'after' && trigger.task === upstream);
  return `schedule.triggers.${index}.task`;
}
