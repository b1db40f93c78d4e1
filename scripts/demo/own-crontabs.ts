/** What the crontabs of this computer would become: read by the real import, as a dry run. Nothing is changed. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describeCrontabImport } from '../../core/formats/crontab-report.ts';
import type { CrontabImport } from '../../core/formats/crontab.ts';
import type { Machine } from './machine.ts';
import type { Screen } from './screen.ts';

const SYSTEM_CRONTAB = '/etc/crontab';
const SYSTEM_FOLDER = '/etc/cron.d';
/** Cron itself reads no others there. */
const CRON_FILE_NAME = /^[A-Za-z0-9_-]+$/;
const MOST_FILES = 20;
const SHOWN_ROWS = 6;
/** The import answers with this when some lines are wrong, and tells which. */
const WITH_PROBLEMS = 2;
/** And with this when the file cannot be read. */
const REFUSED = 3;

/** A row for each job: file, what becomes of it, schedule, command. */
export type OwnCrontabRow = readonly string[];

/** Reads `/etc/crontab` and `/etc/cron.d`, where they are. A file that cannot be read is told in a row. */
export async function readOwnCrontabs(machine: Machine): Promise<OwnCrontabRow[]> {
  const rows: OwnCrontabRow[] = [];
  for (const path of ownCrontabs()) {
    const answer = await machine.carillon(['import', 'crontab', path, '--dry-run'], [0, REFUSED, WITH_PROBLEMS]);
    const read = answer as CrontabImport & { readonly error?: { readonly message: string } };
    if (read.jobs === undefined) rows.push([basename(path), '-', '', read.error?.message ?? 'cannot be read']);
    else {
      for (const row of describeCrontabImport(read)) {
        rows.push([basename(path), row.id === '' ? row.outcome : row.id, row.schedule, row.command || row.remark]);
      }
    }
  }
  return rows;
}

export function showOwnCrontabs(screen: Screen, rows: readonly OwnCrontabRow[]): void {
  if (rows.length === 0) {
    screen.step(
      screen.paint.dim('This computer has no crontab of its own in /etc; on one that has, it would be listed.'),
    );
    return;
  }
  screen.step(`What this computer's own cron jobs would become ${screen.paint.dim('(dry run, nothing changes)')}`);
  screen.table(['FILE', 'TASK', 'SCHEDULE', 'COMMAND'], rows.slice(0, SHOWN_ROWS));
  if (rows.length > SHOWN_ROWS) screen.step(screen.paint.dim(`and ${rows.length - SHOWN_ROWS} more`));
}

function ownCrontabs(): string[] {
  const folder = namesIn(SYSTEM_FOLDER).filter((name) => CRON_FILE_NAME.test(name));
  const whole = namesIn('/etc').includes(basename(SYSTEM_CRONTAB)) ? [SYSTEM_CRONTAB] : [];
  return [...whole, ...folder.sort().map((name) => join(SYSTEM_FOLDER, name))].slice(0, MOST_FILES);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    // No such folder on this system, or not ours to read: there is nothing to show.
    return [];
  }
}
