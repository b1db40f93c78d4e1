/** Reading the audit logs of all machines as one, newest first, for the worker thread. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { AuditRecord } from '../../domain/audit-record.ts';
import type { AuditFilter } from '../../ports/run-queries.ts';
import { AppErrorException, appError } from '../../std/app-error.ts';
import { AUDIT_COLUMNS, auditRecordOf } from './audit-rows.ts';
import { NameTable } from './name-table.ts';

/** After which record a page begins. */
export interface AuditPosition {
  readonly at: number;
  /** Number of the recorder in this database. */
  readonly recorder: number;
  readonly sequence: number;
}

export interface AuditSearchPage {
  readonly records: AuditRecord[];
  /** Where the next page begins; undefined on the last one. */
  readonly last: AuditPosition | undefined;
}

export class AuditSearch {
  readonly #database: DatabaseSync;
  readonly #names: NameTable;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#names = new NameTable(database);
  }

  /** At most `limit` records that fit the filter. A text is looked for in all that the rest of the filter leaves. */
  page(filter: AuditFilter, limit: number, after: AuditPosition | undefined): AuditSearchPage {
    const { where, values } = this.#conditions(filter, after);
    const statement = this.#database.prepare(
      `select ${AUDIT_COLUMNS} from audit_records ${where} order by at desc, recorder desc, sequence desc`,
    );
    const text = filter.text?.toLowerCase() ?? '';
    const records: AuditRecord[] = [];
    let last: AuditPosition | undefined;
    for (const row of statement.iterate(...values)) {
      if (text !== '' && !`${String(row['subject'])}\n${String(row['detail'])}`.toLowerCase().includes(text)) continue;
      if (records.length === limit) return { records, last };
      records.push(auditRecordOf(row, this.#names));
      last = { at: Number(row['at']), recorder: Number(row['recorder']), sequence: Number(row['sequence']) };
    }
    return { records, last: undefined };
  }

  #conditions(filter: AuditFilter, after: AuditPosition | undefined): { where: string; values: SQLInputValue[] } {
    const conditions: string[] = [];
    const values: SQLInputValue[] = [];
    const add = (condition: string, ...given: SQLInputValue[]): void => {
      conditions.push(condition);
      values.push(...given);
    };
    if (filter.action !== undefined) add('action = ?', filter.action);
    if (filter.machineId !== undefined) {
      const machine = this.#names.find(filter.machineId) ?? -1;
      add('(recorder = ? or "by" = ?)', machine, machine);
    }
    if (filter.since !== undefined) add('at >= ?', filter.since);
    if (filter.until !== undefined) add('at < ?', filter.until);
    if (after !== undefined) add('(at, recorder, sequence) < (?, ?, ?)', after.at, after.recorder, after.sequence);
    return { where: conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`, values };
  }
}

/** The position as people pass it on. */
export function formatAuditCursor({ at, recorder, sequence }: AuditPosition): string {
  return `${at}.${recorder}.${sequence}`;
}

/** Throws INVALID_INPUT when it is none. */
export function parseAuditCursor(cursor: string): AuditPosition {
  const match = /^(\d{1,15})\.(\d{1,9})\.(\d{1,16})$/.exec(cursor);
  if (match === null) {
    throw new AppErrorException(appError('INVALID_INPUT', 'The cursor is malformed.', { field: 'cursor' }));
  }
  const [at, recorder, sequence] = match.slice(1).map(Number) as [number, number, number];
  return { at, recorder, sequence };
}
