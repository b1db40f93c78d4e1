/** `carillon next`: when things come due: of a task, of a cron expression (needs no agent), or of all tasks. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { type Outcome, type Session, handle, newCommand, usageError, valueOrThrow } from './command.ts';
import { formatTable } from './table.ts';
import { exactTime, readInstant, readInteger, relativeTime } from './times.ts';

interface Options {
  readonly task?: string;
  readonly cron?: string;
  readonly tz?: string;
  readonly from?: string;
  readonly count?: string;
  readonly batch?: true;
}

const DEFAULT_COUNT = 10;
const MOST_OF_TASK = 100;

export function nextCommand(host: CliHost): Command {
  const command = newCommand(
    'next',
    'Show when tasks come due',
    'carillon next --task nightly-backup\ncarillon next --cron "30 2 * * *" --tz Europe/Berlin --count 3',
  )
    .option('--task <id>', 'of this task (default: of all tasks)')
    .option('--cron <expression>', 'of this cron expression; needs no agent')
    .option('--tz <zone>', 'IANA time zone of the expression, such as Europe/Berlin (default: UTC)')
    .option('--from <instant>', 'strictly after this instant, ISO 8601 (default: now)')
    .option('--count <count>', `how many (default: ${DEFAULT_COUNT})`)
    .option('--batch', 'answer questions from standard input, a JSON object {"cron","tz","from","count"} a line');
  return handle<Options>(command, host, async (session, options) => {
    refuseMixes(options);
    if (options.batch === true) return answerBatch(session);
    if (options.cron !== undefined) return ofCron(session, options);
    return options.task === undefined ? ofAllTasks(session, options) : ofTask(session, options, options.task);
  });
}

function refuseMixes({ task, cron, tz, from, count, batch }: Options): void {
  if (task !== undefined && cron !== undefined) throw usageError('--task and --cron exclude each other', 'cron');
  if (tz !== undefined && cron === undefined) throw usageError('--tz belongs to --cron', 'tz');
  const others = [task, cron, tz, from, count].some((value) => value !== undefined);
  if (batch === true && others) throw usageError('--batch takes everything from its lines', 'batch');
  if (from !== undefined && task === undefined && cron === undefined)
    throw usageError('--from belongs to --task or --cron', 'from');
}

async function answerBatch({ host }: Session): Promise<undefined> {
  const { runNextBatch } = await import('./next-offline.ts');
  await runNextBatch(
    host.input,
    (line) => host.writeOut(`${line}\n`),
    () => host.now(),
  );
  return undefined;
}

async function ofCron({ host }: Session, options: Options): Promise<Outcome> {
  const { nextFromFlags } = await import('./next-offline.ts');
  const value = valueOrThrow(nextFromFlags(options, host.now()));
  return { value, text: value.occurrences.join('\n') };
}

async function ofTask(session: Session, options: Options, id: string): Promise<Outcome> {
  const now = session.host.now();
  const count = options.count === undefined ? DEFAULT_COUNT : readInteger(options.count, 'count', 1, MOST_OF_TASK);
  const from = options.from === undefined ? {} : { from: readInstant(options.from, 'from', now) };
  const client = await session.connect();
  const { definition } = await client.tasks.get({ id });
  const { instants, text } = await client.schedule.preview({ schedule: definition.schedule, count, ...from });
  const lines = instants.map((instant) => exactTime(instant, now));
  const value = {
    taskId: definition.id,
    suspended: definition.about.suspended,
    timeZone: definition.schedule.timeZone,
    occurrences: instants,
  };
  return { value, text: [`${text}${definition.about.suspended ? ' (suspended)' : ''}`, ...lines].join('\n') };
}

async function ofAllTasks(session: Session, options: Options): Promise<Outcome> {
  const count = options.count === undefined ? DEFAULT_COUNT : readInteger(options.count, 'count', 1, 500);
  const { paint, host } = session;
  const now = host.now();
  const { tasks } = await (await session.connect()).tasks.list({ sort: 'next', suspended: false, limit: count });
  const due = tasks.filter((task) => task.nextDueAt !== null);
  const value = { occurrences: due.map((task) => ({ taskId: task.id, at: task.nextDueAt, owner: task.ownerName })) };
  if (due.length === 0) return { value, text: 'Nothing comes due by a schedule.' };
  const rows = due.map((task) => [
    relativeTime(task.nextDueAt, now),
    task.nextDueAt ?? '',
    task.id,
    task.ownerName ?? '-',
  ]);
  return { value, text: formatTable(['IN', 'AT', 'TASK', 'OWNER'], rows, { paint, columns: host.columns }) };
}
