/** `carillon stats`: how runs of a stretch of time went, in all, by task and by machine. */
import type { Command } from 'commander';
import type { StatisticsOutput } from '../../core/api/statistics-schemas.ts';
import { LIMITS } from '../../core/config/constants.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { formatTable } from './table.ts';
import { readInstant, readInteger } from './times.ts';

interface Options {
  readonly since?: string;
  readonly until?: string;
  readonly task?: string;
  readonly machine?: string;
  readonly tag?: string;
  readonly limit?: string;
}

const DEFAULT_SINCE = '7d';
const DEFAULT_LIMIT = 20;

export function statsCommand(host: CliHost): Command {
  const command = newCommand(
    'stats',
    'Show how runs went: in all, by task (most failed first) and by machine',
    'carillon stats\ncarillon stats --since 24h --machine nas\ncarillon stats --task nightly-backup --since 30d --json',
  )
    .option(
      '--since <instant>',
      `due at or after: 2026-03-29T01:00:00Z, or 24h for a day ago (default: ${DEFAULT_SINCE})`,
    )
    .option('--until <instant>', 'due before (default: now)')
    .option('--task <id>', 'only this task')
    .option('--machine <name>', 'only runs on this machine; a name or an id')
    .option('--tag <tag>', 'only tasks that carry this tag now')
    .option('--limit <count>', `at most so many tasks (default: ${DEFAULT_LIMIT})`);
  return handle<Options>(command, host, async (session, { since = DEFAULT_SINCE, until, limit, ...filters }) => {
    const now = host.now();
    const value = await (
      await session.connect()
    ).statistics.show({
      ...filtersOf(filters),
      since: readInstant(since, 'since', now),
      ...(until === undefined ? {} : { until: readInstant(until, 'until', now) }),
      limit: limit === undefined ? DEFAULT_LIMIT : readInteger(limit, 'limit', 1, LIMITS.statisticsTasks),
    });
    return { value, text: textOf(session, value) };
  });
}

function filtersOf({ task, machine, tag }: Omit<Options, 'since' | 'until' | 'limit'>) {
  return {
    ...(task === undefined ? {} : { task }),
    ...(machine === undefined ? {} : { machine }),
    ...(tag === undefined ? {} : { tag }),
  };
}

function textOf({ paint, host }: Session, statistics: StatisticsOutput): string {
  const { since, until, totals, successRate, durations, lateness, tasks, machines, taskCount } = statistics;
  const period = `from ${since} to ${until}`;
  const runs = Object.values(totals).reduce((sum, count) => sum + count, 0);
  if (runs === 0) return `There are no runs ${period}.`;
  const counts = Object.entries(totals)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const look = { paint, columns: host.columns };
  const failures = (count: number): string => (count === 0 ? '0' : paint.red(String(count)));
  const byTask = tasks.map((task) => [
    task.id,
    String(task.runs),
    failures(task.failed),
    percent(task.successRate),
    duration(task.medianMs),
    duration(task.p95Ms),
    duration(task.lateness.p95Ms),
  ]);
  const byMachine = machines.map(({ id, name, runs: count, failed, busyMs }) => [
    name ?? id,
    String(count),
    failures(failed),
    duration(busyMs),
  ]);
  return [
    `${runs} runs ${period}: ${counts.join(', ')}.`,
    `Success: ${percent(successRate)}. ${spread('Duration', durations)} ${spread('Late by', lateness)}`,
    '',
    formatTable(['TASK', 'RUNS', 'FAILED', 'SUCCESS', 'MEDIAN', 'P95', 'LATE P95'], byTask, look),
    ...(taskCount > tasks.length ? [`${taskCount - tasks.length} more tasks had runs; see --limit.`] : []),
    '',
    formatTable(['MACHINE', 'RUNS', 'FAILED', 'BUSY'], byMachine, look),
  ].join('\n');
}

function spread(name: string, { medianMs, p95Ms, maxMs }: StatisticsOutput['durations']): string {
  return `${name}: median ${duration(medianMs)}, p95 ${duration(p95Ms)}, longest ${duration(maxMs)}.`;
}

function percent(rate: number | null): string {
  return rate === null ? '-' : `${(rate * 100).toFixed(1)} %`;
}

/** Such as `120 ms`, `4.2 s`, `3.5 min` or `2.0 h`. */
function duration(lengthMs: number | null): string {
  if (lengthMs === null) return '-';
  if (lengthMs < 1000) return `${lengthMs} ms`;
  if (lengthMs < 120_000) return `${(lengthMs / 1000).toFixed(1)} s`;
  return lengthMs < 7_200_000 ? `${(lengthMs / 60_000).toFixed(1)} min` : `${(lengthMs / 3_600_000).toFixed(1)} h`;
}
