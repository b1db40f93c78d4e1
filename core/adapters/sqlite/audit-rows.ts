/** The audit logs: records of one machine follow each other without a gap, from behind the floor to the head. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { AuditRecord } from '../../domain/audit-record.ts';
import type { MachineId } from '../../domain/ids.ts';
import { EMPTY_LOG, type LogExtent, raiseFloor, sortArrival } from '../../history/run-log.ts';
import { assert } from '../../std/assert.ts';
import type { NameTable } from './name-table.ts';
import { signatureBytes, signatureText } from './signature-column.ts';

export interface StoredAuditPage {
  readonly records: AuditRecord[];
  readonly more: boolean;
  readonly floor: number;
}

/** What `auditRecordOf` needs of each row. */
export const AUDIT_COLUMNS = 'recorder, sequence, at, action, "by", subject, detail, suppressed, signature';

export class AuditRows {
  readonly #names: NameTable;
  readonly #insert: StatementSync;
  readonly #after: StatementSync;
  readonly #head: StatementSync;
  readonly #floors: StatementSync;
  readonly #setFloor: StatementSync;
  readonly #recorders: StatementSync;
  readonly #oldest: StatementSync;
  readonly #remove: StatementSync;
  /** By recorder, as the open transaction sees them. */
  #extents: Map<number, LogExtent> | undefined;

  constructor(database: DatabaseSync, names: NameTable) {
    this.#names = names;
    this.#insert = database.prepare(`insert into audit_records (${AUDIT_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#after = database.prepare(
      `select ${AUDIT_COLUMNS} from audit_records where recorder = ? and sequence > ? order by sequence limit ?`,
    );
    this.#head = database.prepare('select max(sequence) as head from audit_records where recorder = ?');
    this.#floors = database.prepare('select recorder, floor from audit_floors');
    this.#setFloor = database.prepare('insert or replace into audit_floors (recorder, floor) values (?, ?)');
    this.#recorders = database.prepare('select distinct recorder from audit_records');
    this.#oldest = database.prepare(
      'select sequence, at from audit_records where recorder = ? order by sequence limit ?',
    );
    this.#remove = database.prepare('delete from audit_records where recorder = ? and sequence <= ?');
  }

  /** Stores records of one log; those that are stored already are left as they are. A gap is a broken invariant. */
  append(records: readonly AuditRecord[]): void {
    const recorderId = records[0]?.recorderId;
    if (recorderId === undefined) return;
    const recorder = this.#names.numberOf(recorderId);
    const extent = this.#extentOf(recorder);
    const arrival = sortArrival(extent, records);
    assert(arrival.kind === 'append', `the audit log of ${recorderId} continues without a gap after ${extent.head}`);
    for (const { sequence, at, action, by, subject, detail, suppressed, signature } of arrival.records) {
      const byNumber = by === undefined ? null : this.#names.numberOf(by);
      const sign = signatureBytes(signature);
      this.#insert.run(recorder, sequence, at, action, byNumber, subject, detail, suppressed ?? null, sign);
    }
    this.#known().set(recorder, { floor: extent.floor, head: arrival.records.at(-1)?.sequence ?? extent.head });
  }

  raiseFloor(recorderId: MachineId, floor: number): void {
    this.#storeFloor(this.#names.numberOf(recorderId), floor);
  }

  after(recorderId: MachineId, after: number, limit: number): StoredAuditPage {
    const recorder = this.#names.find(recorderId);
    if (recorder === undefined) return { records: [], more: false, floor: 0 };
    const { floor } = this.#extentOf(recorder);
    const rows = this.#after.all(recorder, Math.max(after, floor), limit + 1);
    const records = rows.slice(0, limit).map((row) => auditRecordOf(row, this.#names));
    return { records, more: rows.length > limit, floor };
  }

  /** Every machine with what is held of its log. */
  extents(): Map<MachineId, LogExtent> {
    return new Map([...this.#known()].map(([recorder, extent]) => [this.#names.textOf(recorder) as MachineId, extent]));
  }

  /**
   * Removes rows at or before the floors, what was written before the instant, and the oldest of logs with too many.
   * @returns how many rows went, at most `budget`
   */
  pruneStep(before: number, keptPerLog: number, budget: number): number {
    let left = budget;
    for (const [recorder, { floor, head }] of [...this.#known()]) {
      if (left <= 0) break;
      let last = 0;
      let removed = 0;
      for (const row of this.#oldest.iterate(recorder, left)) {
        const sequence = Number(row['sequence']);
        if (sequence > floor && sequence > head - keptPerLog && Number(row['at']) >= before) break;
        last = sequence;
        removed += 1;
      }
      if (removed === 0) continue;
      this.#remove.run(recorder, last);
      this.#storeFloor(recorder, last);
      left -= removed;
    }
    return budget - left;
  }

  /** To be called after a rolled back transaction. */
  forget(): void {
    this.#extents = undefined;
  }

  #storeFloor(recorder: number, floor: number): void {
    const extent = this.#extentOf(recorder);
    const raised = raiseFloor(extent, floor);
    if (raised === extent) return;
    this.#setFloor.run(recorder, raised.floor);
    this.#known().set(recorder, raised);
  }

  #extentOf(recorder: number): LogExtent {
    return this.#known().get(recorder) ?? EMPTY_LOG;
  }

  #known(): Map<number, LogExtent> {
    if (this.#extents !== undefined) return this.#extents;
    const extents = new Map<number, LogExtent>();
    for (const row of this.#floors.all()) {
      extents.set(Number(row['recorder']), { floor: Number(row['floor']), head: Number(row['floor']) });
    }
    for (const row of this.#recorders.all()) {
      const recorder = Number(row['recorder']);
      const floor = extents.get(recorder)?.floor ?? 0;
      extents.set(recorder, { floor, head: Math.max(floor, Number(this.#head.get(recorder)?.['head'] ?? 0)) });
    }
    this.#extents = extents;
    return extents;
  }
}

/** The record of a row with `AUDIT_COLUMNS`. */
export function auditRecordOf(row: Record<string, SQLOutputValue>, names: Pick<NameTable, 'textOf'>): AuditRecord {
  const [by, suppressed, signature] = [row['by'], row['suppressed'], signatureText(row['signature'])];
  return {
    recorderId: names.textOf(Number(row['recorder'])) as MachineId,
    sequence: Number(row['sequence']),
    at: Number(row['at']),
    action: String(row['action']) as AuditRecord['action'],
    ...(typeof by === 'number' ? { by: names.textOf(by) as MachineId } : {}),
    subject: String(row['subject']),
    detail: String(row['detail']),
    ...(typeof suppressed === 'number' ? { suppressed } : {}),
    ...(signature === undefined ? {} : { signature }),
  };
}
