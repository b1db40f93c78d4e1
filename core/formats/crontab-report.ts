/** The result of a crontab import as rows of a table: what became of each job line, in the order of the file. */
import type { CrontabImport } from './crontab.ts';

export interface CrontabImportRow {
  readonly line: number;
  readonly outcome: 'imported' | 'problem';
  /** Empty unless imported. */
  readonly id: string;
  readonly schedule: string;
  readonly command: string;
  /** Notes, or what is wrong with advice. */
  readonly remark: string;
}

/** One row for each imported job and problem, by line. */
export function describeCrontabImport(result: CrontabImport): CrontabImportRow[] {
  const imported = result.jobs.map(({ line, definition, notes }): CrontabImportRow => {
    const [trigger] = definition.schedule.triggers;
    const cron = trigger?.kind === 'cron' ? `${trigger.expression} (${definition.schedule.timeZone})` : undefined;
    const schedule = cron ?? 'at machine start';
    const command = definition.action.type === 'shell' ? definition.action.script : '';
    return { line, outcome: 'imported', id: definition.id, schedule, command, remark: notes.join(' ') };
  });
  const problems = result.problems.map(({ line, message, advice }): CrontabImportRow => {
    return { line, outcome: 'problem', id: '', schedule: '', command: '', remark: `${message} ${advice}` };
  });
  return [...imported, ...problems].sort((left, right) => left.line - right.line);
}
