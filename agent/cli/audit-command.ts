/** `carillon audit`: what was due against what ran, from the logs of this machine alone. */
import type { Command } from 'commander';
import type { AuditOutput } from '../../core/api/audit-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand } from './command.ts';
import { formatTable } from './table.ts';
import { readDuration, readInstant } from './times.ts';

interface Options {
  readonly task?: string;
  readonly since?: string;
  readonly until?: string;
  readonly onTime?: string;
}

const DEFAULT_SINCE = '24h';
/** What a person has to look at: it was not run, run twice, or has no record at all. */
const BAD = new Set(['missed', 'doubled', 'withheld']);

export function auditCommand(host: CliHost): Command {
  const command = newCommand(
    'audit',
    'Match what was due to what ran (for who did what see audit-log); exit code 1 when something was missed, doubled or withheld',
    'carillon audit\ncarillon audit --task nightly-backup --since 7d --json',
  )
    .option('--task <id>', 'only this task')
    .option(
      '--since <instant>',
      `due at or after: 2026-03-29T01:00:00Z, or 7d for a week ago (default: ${DEFAULT_SINCE})`,
    )
    .option('--until <instant>', 'due up to (default: now)')
    .option('--on-time <duration>', 'later starts count as late, such as 5s (default: 1m)');
  return handle<Options>(command, host, async (session, options) => {
    const { task, since = DEFAULT_SINCE, until, onTime } = options;
    const now = host.now();
    const value = await (
      await session.connect()
    ).runs.audit({
      since: readInstant(since, 'since', now),
      ...(task === undefined ? {} : { task }),
      ...(until === undefined ? {} : { until: readInstant(until, 'until', now) }),
      ...(onTime === undefined ? {} : { onTimeMs: readDuration(onTime, 'on-time') }),
    });
    const bad = value.totals.missed + value.totals.doubled + value.totals.withheld;
    return { value, text: textOf(session, value), exitCode: bad === 0 ? 0 : 1 };
  });
}

function textOf({ paint, host }: Session, audit: AuditOutput): string {
  const due = Object.values(audit.totals).reduce((sum, count) => sum + count, 0);
  const period = `from ${audit.since} to ${audit.until}`;
  if (due === 0) return `Nothing came due by the present schedules ${period}.`;
  const counts = Object.entries(audit.totals)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`);
  const lines = [`${due} came due ${period}: ${counts.join(', ')}.`];
  if (audit.findings.length > 0) {
    const rows = audit.findings.map((finding) => [
      BAD.has(finding.verdict) ? paint.red(finding.verdict) : finding.verdict,
      finding.nominalAt,
      finding.taskId,
      finding.machineName ?? '-',
      finding.latenessMs === null ? '-' : `${(finding.latenessMs / 1000).toFixed(1)} s`,
      reasonOf(finding),
    ]);
    const head = ['VERDICT', 'DUE', 'TASK', 'MACHINE', 'LATE BY', 'REASON'];
    lines.push('', formatTable(head, rows, { paint, columns: host.columns }));
  }
  const stray = audit.tasks.reduce((sum, task) => sum + task.unexpected, 0);
  if (stray > 0) lines.push('', `${stray} scheduled runs are of instants that the present schedules do not name.`);
  if (audit.truncated)
    lines.push('', 'There is more than is listed: ask for one task (--task) or less time (--since).');
  return lines.join('\n');
}

/** What it follows, when it does, and why it is as it is. */
function reasonOf({ follows, reason }: AuditOutput['findings'][number]): string {
  const after = follows === null ? [] : [`after ${follows.taskId}`];
  return [...after, ...(reason === null ? [] : [`${reason.text} (${reason.code})`])].join(': ');
}
