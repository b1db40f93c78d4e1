/** `carillon audit-log`: who did what from which machine, and what was refused, on the whole cluster, newest first. */
import type { Command } from 'commander';
import type { AuditRecordOutput } from '../../core/api/audit-log-schemas.ts';
import type { AuditAction } from '../../core/domain/audit-record.ts';
import { AUDIT_ACTIONS } from './choices.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand, usageError } from './command.ts';
import { shortMachineId } from './short-id.ts';
import { formatTable } from './table.ts';
import { readInstant, readInteger, relativeTime } from './times.ts';

interface Options {
  readonly action?: string;
  readonly machine?: string;
  readonly since?: string;
  readonly until?: string;
  readonly text?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

const MOST_RECORDS = 500;

export function auditLogCommand(host: CliHost): Command {
  const command = newCommand(
    'audit-log',
    'Show who did what from which machine, and what was refused, newest first',
    'carillon audit-log --since 24h\ncarillon audit-log --action run-by-hand --machine web1 --json',
  )
    .option('--action <action>', 'only this kind, such as task-changed, run-by-hand or change-rejected')
    .option('--machine <machine>', 'only what this machine wrote down, or what was done or tried from it')
    .option('--since <instant>', 'at or after: 2026-03-29T01:00:00Z, or 2h for two hours ago')
    .option('--until <instant>', 'before')
    .option('--text <text>', 'with this in the subject or the detail')
    .option('--limit <count>', `at most this many, up to ${MOST_RECORDS} (default: 50)`)
    .option('--cursor <cursor>', 'read on where an earlier list ended (nextCursor)');
  return handle<Options>(command, host, async (session, options) => {
    const { action, machine, since, until, text, limit, cursor } = options;
    const now = host.now();
    const value = await (
      await session.connect()
    ).audit.list({
      ...(action === undefined ? {} : { action: readAction(action) }),
      ...(machine === undefined ? {} : { machine }),
      ...(since === undefined ? {} : { from: readInstant(since, 'since', now) }),
      ...(until === undefined ? {} : { to: readInstant(until, 'until', now) }),
      ...(text === undefined ? {} : { text }),
      ...(limit === undefined ? {} : { limit: readInteger(limit, 'limit', 1, MOST_RECORDS) }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const more = value.nextCursor === null ? '' : `\n${session.paint.dim(`more: --cursor ${value.nextCursor}`)}`;
    return { value, text: `${tableOf(value.records, session)}${more}` };
  });
}

function readAction(text: string): AuditAction {
  const action = AUDIT_ACTIONS.find((known) => known === text);
  if (action !== undefined) return action;
  const message = `"${text}" is no kind of record; there are ${AUDIT_ACTIONS.join(', ')}`;
  throw usageError(message, 'action');
}

function tableOf(records: readonly AuditRecordOutput[], { paint, host }: Session): string {
  if (records.length === 0) return 'Nothing is recorded.';
  const now = host.now();
  const rows = records.map((record) => [
    relativeTime(record.at, now),
    /refused|rejected/.test(record.action) ? paint.yellow(record.action) : record.action,
    record.byName ?? shortOf(record.byId),
    subjectOf(record),
    record.suppressed === 0 ? record.detail : `${record.detail} (and ${record.suppressed} more before)`,
    record.recorderName ?? shortOf(record.recorderId),
  ]);
  return formatTable(['WHEN', 'ACTION', 'BY', 'SUBJECT', 'DETAIL', 'RECORDED BY'], rows, {
    paint,
    columns: host.columns,
  });
}

/** The key of who did it is told beside it, and an address may end with it. */
function subjectOf({ subject, byId }: AuditRecordOutput): string {
  if (byId === null) return subject;
  return subject === byId ? shortOf(byId) : subject.replace(`/p2p/${byId}`, '');
}

/** Machines without a name are strangers; the whole id is in what --json prints. */
function shortOf(id: string | null): string {
  return id === null ? '-' : shortMachineId(id);
}
