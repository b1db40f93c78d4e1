/** The run logs: records of one recorder follow each other without a gap, from behind the floor to the head. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { MachineId } from '../../domain/ids.ts';
import type { RunRecord } from '../../domain/run.ts';
import { EMPTY_LOG, type LogExtent, raiseFloor, sortArrival } from '../../history/run-log.ts';
import { assert } from '../../std/assert.ts';
import type { NameTable } from './name-table.ts';
import { decodeRecord, encodeRecord } from './record-encoding.ts';
import { signatureBytes, signatureText } from './signature-column.ts';

export interface RecordPage {
  readonly records: RunRecord[];
  readonly more: boolean;
  readonly floor: number;
}

export class RunRecordRows {
  readonly #names: NameTable;
  readonly #insert: StatementSync;
  readonly #after: StatementSync;
  readonly #head: StatementSync;
  readonly #floor: StatementSync;
  readonly #setFloor: StatementSync;
  readonly #oldest: StatementSync;
  readonly #remove: StatementSync;
  readonly #recorders: StatementSync;
  readonly #all: StatementSync;
  /** Extents by recorder, as the open transaction sees them. */
  readonly #extents = new Map<number, LogExtent>();

  constructor(database: DatabaseSync, names: NameTable) {
    this.#names = names;
    this.#insert = database.prepare(
      'insert into run_records (recorder, sequence, recorded_at, body, signature) values (?, ?, ?, ?, ?)',
    );
    this.#after = database.prepare(
      'select body, signature from run_records where recorder = ? and sequence > ? order by sequence limit ?',
    );
    this.#head = database.prepare('select max(sequence) as head from run_records where recorder = ?');
    this.#floor = database.prepare('select floor from log_floors where recorder = ?');
    this.#setFloor = database.prepare(
      'insert into log_floors (recorder, floor) values (?, ?) on conflict do update set floor = excluded.floor',
    );
    this.#oldest = database.prepare(
      'select sequence, recorded_at from run_records where recorder = ? order by sequence limit ?',
    );
    this.#remove = database.prepare('delete from run_records where recorder = ? and sequence <= ?');
    // One index seek a recorder, instead of a walk over all records.
    this.#recorders = database.prepare(`
      with recursive found (recorder) as (
        select min(recorder) from run_records
        union all
        select (select min(recorder) from run_records where recorder > found.recorder)
          from found where found.recorder is not null
      )
      select recorder from found where recorder is not null union select recorder from log_floors`);
    this.#all = database.prepare('select body from run_records order by recorder, sequence');
  }

  /**
   * Stores records of one recorder; those that are stored already are left as they are.
   * @returns the new ones, in order. A gap is a broken invariant.
   */
  append(records: readonly RunRecord[]): readonly RunRecord[] {
    const recorderId = records[0]?.recorderId;
    if (recorderId === undefined) return [];
    assert(
      records.every((record) => record.recorderId === recorderId),
      'one write holds records of one recorder',
    );
    const recorder = this.#names.numberOf(recorderId);
    const extent = this.#extentOf(recorder);
    const arrival = sortArrival(extent, records);
    assert(arrival.kind === 'append', `the log of ${recorderId} continues without a gap after ${extent.head}`);
    for (const record of arrival.records) {
      const body = encodeRecord(record, this.#names);
      this.#insert.run(recorder, record.sequence, record.recordedAt, body, signatureBytes(record.signature));
    }
    const head = arrival.records.at(-1)?.sequence ?? extent.head;
    this.#extents.set(recorder, { floor: extent.floor, head });
    return arrival.records;
  }

  /** Records up to the floor count as pruned from now on; their rows go later, in steps. */
  raiseFloor(recorderId: MachineId, floor: number): void {
    const recorder = this.#names.numberOf(recorderId);
    this.#storeFloor(recorder, floor);
  }

  after(
    recorderId: MachineId,
    after: number,
    limit: number,
    fits: (record: RunRecord) => boolean = () => true,
  ): RecordPage {
    const recorder = this.#names.find(recorderId);
    if (recorder === undefined) return { records: [], more: false, floor: 0 };
    const { floor } = this.#extentOf(recorder);
    const records: RunRecord[] = [];
    for (const row of this.#after.iterate(recorder, Math.max(after, floor), limit + 1)) {
      const record = records.length === limit ? undefined : this.#recordOf(row);
      if (record === undefined || !fits(record)) return { records, more: true, floor };
      records.push(record);
    }
    return { records, more: false, floor };
  }

  /** Every recorder with what is held of its log. */
  extents(): Map<MachineId, LogExtent> {
    const extents = new Map<MachineId, LogExtent>();
    for (const row of this.#recorders.all()) {
      const recorder = Number(row['recorder']);
      extents.set(this.#names.textOf(recorder) as MachineId, this.#extentOf(recorder));
    }
    return extents;
  }

  /**
   * Removes rows at or before the floors, and from the beginning of each log what was recorded before the instant.
   * @returns how many rows went, at most `budget`
   */
  pruneStep(before: number, budget: number): number {
    let left = budget;
    for (const row of this.#recorders.all()) {
      if (left <= 0) break;
      const recorder = Number(row['recorder']);
      const { floor } = this.#extentOf(recorder);
      let removed = 0;
      let last = 0;
      for (const oldest of this.#oldest.iterate(recorder, left)) {
        const sequence = Number(oldest['sequence']);
        if (sequence > floor && Number(oldest['recorded_at']) >= before) break;
        removed += 1;
        last = sequence;
      }
      if (removed === 0) continue;
      this.#remove.run(recorder, last);
      this.#storeFloor(recorder, last);
      left -= removed;
    }
    return budget - left;
  }

  /** All records, for a projection that is built anew. */
  *all(): Generator<RunRecord> {
    for (const row of this.#all.iterate()) yield decodeRecord(String(row['body']), this.#names);
  }

  /** To be called after a rolled back transaction. */
  forget(): void {
    this.#extents.clear();
  }

  #recordOf(row: Record<string, SQLOutputValue>): RunRecord {
    const record = decodeRecord(String(row['body']), this.#names);
    const signature = signatureText(row['signature']);
    return signature === undefined ? record : { ...record, signature };
  }

  #storeFloor(recorder: number, floor: number): void {
    const extent = this.#extentOf(recorder);
    const raised = raiseFloor(extent, floor);
    if (raised === extent) return;
    this.#setFloor.run(recorder, raised.floor);
    this.#extents.set(recorder, raised);
  }

  #extentOf(recorder: number): LogExtent {
    const known = this.#extents.get(recorder);
    if (known !== undefined) return known;
    const floor = Number(this.#floor.get(recorder)?.['floor'] ?? EMPTY_LOG.floor);
    const head = Math.max(floor, Number(this.#head.get(recorder)?.['head'] ?? 0));
    const extent = { floor, head };
    this.#extents.set(recorder, extent);
    return extent;
  }
}
