/**
 * How long do statistics over a long history take, how long does the event loop of the one who asks stand still, and how
 * long does a page of runs wait meanwhile? The floor is the same walk over the index by SQLite alone, without us.
 * `full` takes a million runs instead of a hundred thousand.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { TaskId } from '../core/domain/ids.ts';
import type { StatisticsQuestion } from '../core/history/statistics.ts';
import type { RunQueries } from '../core/ports/run-queries.ts';
import type { BenchOptions } from './bench-options.ts';
import { HISTORY_START, HISTORY_STEP_MS, historyMachines, medianMsOf, withLongHistory } from './long-history.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TIMES = 5;

export async function run({ full }: BenchOptions): Promise<object> {
  const runs = full ? 1_000_000 : 100_000;
  return withLongHistory(runs, async (queries, databaseBytes) => {
    const until = HISTORY_START + runs * HISTORY_STEP_MS;
    const ask = (since: number, fields: Partial<StatisticsQuestion> = {}): Promise<unknown> =>
      queries.statistics({ ...questionOf(since, until), ...fields });
    await queries.totals(until);
    const floorMs = await medianMsOf(TIMES, () => queries.totals(0));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const allMs = await medianMsOf(TIMES, () => ask(HISTORY_START));
    const dayMs = await medianMsOf(TIMES, () => ask(until - DAY));
    const taskMs = await medianMsOf(TIMES, () => ask(HISTORY_START, { taskId: 'task-13' as TaskId }));
    const [machineId] = historyMachines;
    const machineMs = await medianMsOf(TIMES, () => ask(HISTORY_START, machineId === undefined ? {} : { machineId }));
    const tasks = Array.from({ length: 200 }, (_, index) => `task-${index}` as TaskId);
    const usual200Ms = await medianMsOf(TIMES, () => queries.usual(tasks));
    const pageMs = await longestPage(queries, () => ask(HISTORY_START));
    delay.disable();
    return {
      runs,
      databaseBytes,
      statistics: { allMs, dayMs, taskMs, machineMs },
      usual200Ms,
      floor: { groupAllMs: floorMs },
      ratio: { all: allMs / floorMs },
      eventLoopMaxMs: delay.max / 1e6,
      pageDuringStatisticsMaxMs: pageMs,
    };
  });
}

function questionOf(since: number, until: number): StatisticsQuestion {
  const days = Math.ceil((until - since) / DAY);
  const bucketStarts = Array.from({ length: days }, (_, index) => since + index * DAY);
  return { since, until, bucketStarts, offsets: [{ from: since, offsetMs: HOUR }], order: 'failing', taskLimit: 200 };
}

/** The slowest of the pages that are asked for one after another while statistics are counted, in milliseconds. */
async function longestPage(queries: RunQueries, ask: () => Promise<unknown>): Promise<number> {
  let counting = true;
  let longestMs = 0;
  const counted = ask().then(() => (counting = false));
  while (counting) {
    const beganMs = performance.now();
    await queries.page({}, 100, undefined);
    longestMs = Math.max(longestMs, performance.now() - beganMs);
  }
  await counted;
  return longestMs;
}
