/** `carillon task history ID`: who changed a task, when, and from what to what. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';
import { cut, formatTable } from './table.ts';
import { readInteger, relativeTime } from './times.ts';

export function taskHistoryCommand(host: CliHost): Command {
  const command = newCommand(
    'history <id>',
    'Show who changed a task, when and how',
    'carillon task history nightly-backup',
  ).option('--limit <count>', 'newest changes only (default: 50)');
  return handle<{ limit?: string }>(command, host, async (session, options, id = '') => {
    const limit = options.limit === undefined ? 50 : readInteger(options.limit, 'limit', 1, 500);
    const value = await (await session.connect()).tasks.history({ id, limit });
    const now = host.now();
    const { paint } = session;
    const rows = value.revisions.map((revision) => [
      relativeTime(revision.changedAt, now),
      revision.facet,
      String(revision.revision),
      revision.authorName ?? revision.author,
      revision.void ? paint.red('void') : revision.signed ? 'yes' : paint.red('no'),
      `${cut(revision.before ?? '-', 40)} → ${cut(revision.after ?? '-', 40)}`,
    ]);
    const heads = ['WHEN', 'PART', 'REVISION', 'ON', 'SIGNED', 'CHANGE'];
    return {
      value,
      text: rows.length === 0 ? 'No changes.' : formatTable(heads, rows, { paint, columns: host.columns }),
    };
  });
}
