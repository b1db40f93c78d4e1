/**
 * The numbering of logs: of runs, and of the audit. A log has one writer and no gaps: its records are numbered from 1, what was pruned is
 * everything up to the floor, and what is held is the stretch from there to the head.
 */

/** What logs hold: anything with a number. */
interface Numbered {
  readonly sequence: number;
}

/** Which part of one log is held. */
export interface LogExtent {
  /** The log begins after this number. */
  readonly floor: number;
  /** Newest number that is held or was pruned; at least the floor. */
  readonly head: number;
}

export const EMPTY_LOG: LogExtent = { floor: 0, head: 0 };

/** What to do with records that arrived for a log. */
export type LogArrival<Entry> =
  /** These are new and follow on what is held; none when all were known. */
  | { readonly kind: 'append'; readonly records: readonly Entry[] }
  /** Nothing can be stored: the first missing number is `missing`. */
  | { readonly kind: 'gap'; readonly missing: number };

/** The number of the next record of a log. */
export function nextSequence(extent: LogExtent): number {
  return extent.head + 1;
}

/**
 * Sorts out records of one log: known ones fall away, the rest must continue the log without a gap.
 * @param records of one recorder, in any order
 */
export function sortArrival<Entry extends Numbered>(extent: LogExtent, records: readonly Entry[]): LogArrival<Entry> {
  // Nearly always one record has come, and is the next.
  if (records.length === 1 && records[0]?.sequence === extent.head + 1) return { kind: 'append', records };
  const fresh = records
    .filter((record) => record.sequence > extent.head)
    .sort((left, right) => left.sequence - right.sequence);
  const appended: Entry[] = [];
  let head = extent.head;
  for (const record of fresh) {
    if (record.sequence === head) continue;
    if (record.sequence !== head + 1) return { kind: 'gap', missing: head + 1 };
    appended.push(record);
    head = record.sequence;
  }
  return { kind: 'append', records: appended };
}

/** The extent after the log was found to begin after `floor`: what was missing before it will never come. */
export function raiseFloor(extent: LogExtent, floor: number): LogExtent {
  if (floor <= extent.floor) return extent;
  return { floor, head: Math.max(extent.head, floor) };
}
