/** What comes due, and where: the handler of `tasks.forecast`. */
import type { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import type { MachineId, TaskId } from '../domain/ids.ts';
import type { PeerView } from '../peer/peer-view.ts';
import { Forecast } from '../scheduling/forecast.ts';
import { compileSchedule } from '../scheduling/occurrence.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';
import type { ApiHost } from './api-host.ts';
import { isoOf } from './api-values.ts';
import type { ForecastOutput, forecastInput } from './forecast-schemas.ts';

const DEFAULT_LENGTH_MS = 86_400_000;
/** After so many tasks others have their turn. */
const TASKS_PER_SLICE = 500;

/** INVALID_INPUT when the stretch ends before it begins, LIMIT_EXCEEDED when it is too long. */
export async function forecastOf(
  view: PeerView,
  host: ApiHost,
  input: z.output<typeof forecastInput>,
): Promise<Result<ForecastOutput>> {
  const from = input.from ?? host.wallMs();
  const to = input.to ?? from + DEFAULT_LENGTH_MS;
  if (to <= from) return err(appError('INVALID_INPUT', 'the forecast ends before it begins', { field: 'to' }));
  if (to - from > LIMITS.forecastMs) {
    const days = LIMITS.forecastMs / DEFAULT_LENGTH_MS;
    return err(appError('LIMIT_EXCEEDED', `a forecast looks ${days} days ahead at most`, { field: 'to' }));
  }
  const forecast = new Forecast({ from, to, limit: input.limit, perTask: LIMITS.forecastPerTask });
  for (const [index, task] of view.tasks().entries()) {
    if (index % TASKS_PER_SLICE === TASKS_PER_SLICE - 1) await host.sleep(0);
    if (task.about.suspended || task.schedule.triggers.length === 0) continue;
    const compiled = compileSchedule(task.schedule, view.calendarBook);
    if (compiled.ok) forecast.add(task.id, compiled.value);
  }
  const { occurrences, truncated } = forecast.take();
  const nameOf = (id: TaskId): string => view.task(id)?.about.name ?? id;
  const runners = new Map<TaskId, MachineId[]>();
  for (const { taskId } of occurrences) if (!runners.has(taskId)) runners.set(taskId, [...view.targets(taskId)]);
  return ok({
    occurrences: occurrences.map(({ taskId, nominalAt }) => ({
      taskId,
      taskName: nameOf(taskId),
      at: isoOf(nominalAt),
      machineIds: runners.get(taskId) ?? [],
    })),
    truncated,
    perTask: [...forecast.counts]
      .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
      .map(([taskId, count]) => ({ taskId, taskName: nameOf(taskId), count })),
  });
}
