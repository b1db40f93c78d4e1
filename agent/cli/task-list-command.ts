/** `carillon task list`: lists tasks, with who runs them and when they come due next. */
import { type Command, Option } from 'commander';
import type { TaskSummary } from '../../core/api/task-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { formatTable } from './table.ts';
import { readInteger, relativeTime } from './times.ts';

interface Options {
  readonly text?: string;
  readonly tag?: string;
  readonly owner?: string;
  readonly suspended?: true;
  readonly sort?: 'id' | 'name' | 'next';
  readonly limit?: string;
}

const MOST_TASKS = 20_000;
const PAGE = 500;

export function taskListCommand(host: CliHost): Command {
  const command = newCommand('list', 'List tasks', 'carillon task list --text backup --sort next')
    .option('--text <text>', 'only tasks with this in id, name, description or a tag')
    .option('--tag <tag>', 'only tasks with this tag')
    .option('--owner <machine>', 'only tasks that this machine owns')
    .option('--suspended', 'only suspended tasks')
    .addOption(new Option('--sort <order>', 'order of the list').choices(['id', 'name', 'next']))
    .option('--limit <count>', 'list at most this many (default: all)');
  return handle<Options>(command, host, async (session, options) => {
    const most = options.limit === undefined ? MOST_TASKS : readInteger(options.limit, 'limit', 1, MOST_TASKS);
    const client = await session.connect();
    const { text, tag, owner, suspended, sort } = options;
    const filter = {
      ...(text === undefined ? {} : { text }),
      ...(tag === undefined ? {} : { tag }),
      ...(owner === undefined ? {} : { owner }),
      ...(suspended === undefined ? {} : { suspended }),
      ...(sort === undefined ? {} : { sort }),
    };
    const tasks: TaskSummary[] = [];
    let offset: number | null = 0;
    let total = 0;
    while (offset !== null && tasks.length < most) {
      const page = await client.tasks.list({ ...filter, offset, limit: Math.min(PAGE, most - tasks.length) });
      tasks.push(...page.tasks);
      ({ total, nextOffset: offset } = page);
    }
    return { value: { tasks, total, nextOffset: offset }, text: taskTable(tasks, total, session) };
  });
}

function taskTable(tasks: readonly TaskSummary[], total: number, { paint, host }: Session): string {
  if (tasks.length === 0) return 'No tasks. Create some with `carillon task apply FILE`.';
  const now = host.now();
  const rows = tasks.map((task) => [
    task.id,
    task.name,
    task.suspended ? paint.yellow('suspended') : task.conflicts.length > 0 ? paint.red('conflict') : 'active',
    task.scheduleText,
    relativeTime(task.nextDueAt, now),
    task.ownerName ?? task.ownerId ?? '-',
  ]);
  const heads = ['ID', 'NAME', 'STATE', 'SCHEDULE', 'NEXT', 'OWNER'];
  const table = formatTable(heads, rows, { paint, columns: host.columns });
  return tasks.length < total ? `${table}\n${paint.dim(`${tasks.length} of ${total}`)}` : table;
}
