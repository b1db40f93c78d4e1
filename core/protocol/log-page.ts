/**
 * How many records of a run log go into one message: as many as surely fit. A message that is too large is not sent at
 * all, and one that is asked for again and again would hold up the log behind it for ever.
 */
import { LIMITS } from '../config/constants.ts';
import { PARAMETERS } from '../config/parameters.ts';
import { lengthOfValues, type ParameterValues } from '../domain/parameter.ts';
import type { RunRecord } from '../domain/run.ts';
import { assert } from '../std/assert.ts';

/** More than all fields but those that are counted here, with their names. */
const PLAIN_FIELDS_BYTES = 2048;
const MACHINE_ID_BYTES = 64;
/** More than the name of a parameter, and what is around it. */
const PARAMETER_CHARACTERS = 48;
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

/** Characters that make a record large. */
export function charactersOf({ result, reason, cause }: RunRecord): number {
  const values = cause.kind === 'manual' ? charactersOfValues(cause.parameters) : 0;
  return (result?.length ?? 0) + (reason?.text.length ?? 0) + values;
}

/** An upper bound of the encoding's length. */
function greatestSizeBytes(record: RunRecord): number {
  const machines = record.next?.avoid.length ?? 0;
  return PLAIN_FIELDS_BYTES + charactersOf(record) * BYTES_PER_CHARACTER + machines * MACHINE_ID_BYTES;
}

function charactersOfValues(values: ParameterValues = {}): number {
  return lengthOfValues(values) + Object.keys(values).length * PARAMETER_CHARACTERS;
}

const LARGEST_RECORD_BYTES =
  PLAIN_FIELDS_BYTES +
  (LIMITS.resultBytes + LIMITS.reasonLength + PARAMETERS.valuesLength + PARAMETERS.perTask * PARAMETER_CHARACTERS) *
    BYTES_PER_CHARACTER +
  LIMITS.machinesPerCluster * MACHINE_ID_BYTES;
assert(LARGEST_RECORD_BYTES <= PAGE_BYTES, 'every record fits a message');
