/** `carillon runs`: lists runs of the whole cluster, newest first. */
import { type Command, Option } from 'commander';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import { RUN_STATES } from './choices.ts';
import type { RunState } from '../../core/domain/run.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { paintState } from './paint.ts';
import { shortRunId } from './short-id.ts';
import { formatTable } from './table.ts';
import { elapsed, readInstant, readInteger, relativeTime } from './times.ts';

interface Options {
  readonly task?: string;
  readonly state?: RunState[];
  readonly machine?: string;
  readonly since?: string;
  readonly until?: string;
  readonly search?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

const MOST_RUNS = 500;

export function runsCommand(host: CliHost): Command {
  const command = newCommand(
    'runs',
    'List runs, newest first',
    'carillon runs --state failed --since 24h\ncarillon runs --search "nas disk full"\ncarillon runs --task nightly-backup --json',
  )
    .option('--task <id>', 'only runs of this task')
    .addOption(new Option('--state <state...>', 'only runs in these states').choices(RUN_STATES))
    .option('--machine <machine>', 'only runs on this machine')
    .option('--since <instant>', 'due at or after: 2026-03-29T01:00:00Z, or 2h for two hours ago')
    .option('--until <instant>', 'due before')
    .option('--search <words>', 'each word in name, id or tags of the task, name of the machine, reason or result')
    .option('--limit <count>', `at most this many, up to ${MOST_RUNS} (default: 50)`)
    .option('--cursor <cursor>', 'read on where an earlier list ended (nextCursor)');
  return handle<Options>(command, host, async (session, options) => {
    const { task, state, machine, since, until, search, limit, cursor } = options;
    const now = host.now();
    const filter = {
      ...(task === undefined ? {} : { task }),
      ...(state === undefined ? {} : { states: [...new Set(state)] }),
      ...(machine === undefined ? {} : { machine }),
      ...(since === undefined ? {} : { since: readInstant(since, 'since', now) }),
      ...(until === undefined ? {} : { until: readInstant(until, 'until', now) }),
      ...(search === undefined ? {} : { text: search }),
      ...(limit === undefined ? {} : { limit: readInteger(limit, 'limit', 1, MOST_RUNS) }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const value = await (await session.connect()).runs.list(filter);
    const more = value.nextCursor === null ? '' : `\n${session.paint.dim(`more: --cursor ${value.nextCursor}`)}`;
    return { value, text: `${runTable(value.runs, session)}${more}` };
  });
}

/** A table of runs, for people. */
export function runTable(runs: readonly RunOutput[], { paint, host }: Session): string {
  if (runs.length === 0) return 'No runs.';
  const now = host.now();
  const rows = runs.map((run) => [
    shortRunId(run.id),
    run.taskId,
    String(run.attempt),
    run.duplicate ? `${paintState(paint, run.state)} ${paint.yellow('twice')}` : paintState(paint, run.state),
    run.machineName ?? run.machineId,
    relativeTime(run.nominalAt, now),
    elapsed(run.startedAt, run.finishedAt),
    run.exitCode === null ? '-' : String(run.exitCode),
    run.reason?.text ?? '',
  ]);
  const heads = ['RUN', 'TASK', 'TRY', 'STATE', 'MACHINE', 'DUE', 'TOOK', 'EXIT', 'REASON'];
  return formatTable(heads, rows, { paint, columns: host.columns });
}
