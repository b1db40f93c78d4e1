/**
 * How many records of a run log go into one message: as many as surely fit. A message that is too large is not sent at
 * all, and one that is asked for again and again would hold up the log behind it for ever.
 */
import { LIMITS } from '../config/constants.ts';
import type { RunRecord } from '../domain/run.ts';
import { assert } from '../std/assert.ts';

/** More than all fields but those that are counted here, with their names. */
const PLAIN_FIELDS_BYTES = 2048;
const MACHINE_ID_BYTES = 64;
/** UTF-8 of one unit of UTF-16, at the most. */
const BYTES_PER_CHARACTER = 3;
/** Left for what is around the records. */
const ENVELOPE_BYTES = 1024;
const PAGE_BYTES = LIMITS.controlMessageBytes - ENVELOPE_BYTES;

/** @returns the first of the records that fit in one message together: at least one, when there is one. */
export function firstPage(records: readonly RunRecord[]): readonly RunRecord[] {
  const fits = roomOfPage();
  const tooMany = records.findIndex((record) => !fits(record));
  return tooMany < 0 ? records : records.slice(0, tooMany);
}

/** Asked of one record after the other: whether it fits in one message with those before it. The first one does. */
export function roomOfPage(): (record: RunRecord) => boolean {
  let sizeBytes = 0;
  let count = 0;
  return (record) => {
    sizeBytes += greatestSizeBytes(record);
    count += 1;
    return count <= LIMITS.recordsPerMessage && sizeBytes <= PAGE_BYTES;
  };
}

/** An upper bound of the encoding's length. */
function greatestSizeBytes({ result, reason, next }: RunRecord): number {
  const characters = (result?.length ?? 0) + (reason?.text.length ?? 0);
  return PLAIN_FIELDS_BYTES + characters * BYTES_PER_CHARACTER + (next?.avoid.length ?? 0) * MACHINE_ID_BYTES;
}

const LARGEST_RECORD_BYTES =
  PLAIN_FIELDS_BYTES +
  (LIMITS.resultBytes + LIMITS.reasonLength) * BYTES_PER_CHARACTER +
  LIMITS.machinesPerCluster * MACHINE_ID_BYTES;
assert(LARGEST_RECORD_BYTES <= PAGE_BYTES, 'every record fits a message');
