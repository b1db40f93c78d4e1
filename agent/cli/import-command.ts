/** `carillon import crontab FILE`: makes tasks of the jobs of a crontab, and tells what cannot be brought over. */
import { type Command, Option } from 'commander';
import type { CrontabImport } from '../../core/formats/crontab.ts';
import type { CliHost } from './cli-host.ts';
import { EXIT_CODES, type Session, handle, newCommand, newGroup } from './command.ts';
import { formatTable } from './table.ts';

interface Options {
  readonly dryRun?: true;
  readonly format?: 'auto' | 'user' | 'system';
  readonly tz?: string;
}

export function importCommand(host: CliHost): Command {
  const command = newCommand(
    'crontab <file>',
    'Make tasks of the jobs of a crontab ("-": standard input)',
    'crontab -l | carillon import crontab - --dry-run',
  )
    .option('--dry-run', 'show what would be imported, and change nothing')
    .addOption(
      new Option('--format <format>', 'whether lines name a user (default: auto)').choices(['auto', 'user', 'system']),
    )
    .option('--tz <zone>', 'time zone of jobs without CRON_TZ (default: that of this machine)');
  handle<Options>(command, host, async (session, options, file = '') => {
    const read = await readCrontab(session, options, file);
    const definitions = read.jobs.map((job) => job.definition);
    const dryRun = options.dryRun === true;
    const broken = read.problems.length > 0;
    if (!dryRun && !broken && definitions.length > 0) {
      const { applyInBatches } = await import('./task-apply-command.ts');
      await applyInBatches(await session.connect(), definitions, 'upsert');
    }
    const imported = !dryRun && !broken;
    return {
      value: { imported, ...read, ...(broken ? { error: read.problems[0] } : {}) },
      text: `${await reportText(read, session)}\n${summary(read, dryRun)}`,
      exitCode: broken ? EXIT_CODES.usage : 0,
    };
  });
  return newGroup('import', 'Bring over jobs of other schedulers').addCommand(command);
}

async function readCrontab({ host }: Session, options: Options, file: string): Promise<CrontabImport> {
  const [{ parseCrontab }, { readText }, { LIMITS }] = await Promise.all([
    import('../../core/formats/crontab.ts'),
    import('./task-files.ts'),
    import('../../core/config/constants.ts'),
  ]);
  const text = await readText(file, LIMITS.crontabBytes, host);
  const defaultTimeZone = options.tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return parseCrontab(text, { fileName: file, format: options.format ?? 'auto', defaultTimeZone });
}

async function reportText(read: CrontabImport, { paint, host }: Session): Promise<string> {
  const { describeCrontabImport } = await import('../../core/formats/crontab-report.ts');
  const rows = describeCrontabImport(read).map((row) => [
    String(row.line),
    row.outcome === 'problem' ? paint.red(row.outcome) : row.outcome,
    row.id,
    row.schedule,
    row.command,
    row.remark,
  ]);
  return formatTable(['LINE', 'OUTCOME', 'ID', 'SCHEDULE', 'COMMAND', 'REMARK'], rows, {
    paint,
    columns: host.columns,
  });
}

function summary(read: CrontabImport, dryRun: boolean): string {
  const count = `${read.jobs.length} job(s)`;
  if (read.problems.length > 0) return `Nothing was imported: correct ${read.problems.length} problem(s) first.`;
  return dryRun ? `${count} would be imported.` : `${count} imported.`;
}
