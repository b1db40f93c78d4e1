/**
 * Pages of logs are taken in slices, because every record's signature is verified: between two slices the machine attends
 * to everything that is not a message of others. Nothing else that others say is heard before the page is done, so their
 * words keep their order.
 *
 *   page ──► slice ──more records──► (the batch ends) ──`rest-of-page`──► slice … ──► done, or the first fault
 */
import { LIMITS } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';

type Page = PeerMessageOf<'log-page' | 'audit-page'>;

/** A page that is being taken. */
export interface PageIntake<P extends Page = Page> {
  readonly from: MachineId;
  readonly page: P;
  /** Where the log begins, as far as the sender is believed. */
  readonly floor: number;
  /** It was asked for. */
  readonly asked: boolean;
  /** Records of the page that were looked at, and those that were taken. */
  next: number;
  taken: number;
  /** The floor has been put in force, or is in force anyway. */
  floorKept: boolean;
}

/** What a slice was: records that follow on what is held, without a gap; and why it ended, where it ended early. */
export interface Slice<R> {
  readonly fresh: readonly R[];
  readonly fault: string | undefined;
}

/** The head of the log, once the floor is in force. */
export function headOf({ floor, taken }: PageIntake): number {
  return floor + taken;
}

/** True when nothing of the page is left. */
export function isWhole({ next, page }: PageIntake): boolean {
  return next >= page.records.length;
}

/**
 * Looks at the next records: so many, or so many characters of what they tell.
 * @param faultOf why a record is not to be believed; undefined when it is good
 */
export function takeSlice<R extends { readonly recorderId: MachineId; readonly sequence: number }>(
  intake: PageIntake,
  records: readonly R[],
  lengthOf: (record: R) => number,
  faultOf: (record: R) => string | undefined,
): Slice<R> {
  const fresh: R[] = [];
  const { recorderId } = intake.page;
  const end = intake.next + LIMITS.recordsPerSlice;
  let characters = 0;
  while (!isWhole(intake) && intake.next < end && characters < LIMITS.charactersPerSlice) {
    const record = records[intake.next] as R;
    intake.next += 1;
    if (record.recorderId !== recorderId || record.sequence <= headOf(intake)) continue;
    const isGap = record.sequence > headOf(intake) + 1;
    const fault = isGap ? gapFault(records, intake.next - 1) : faultOf(record);
    if (isGap || fault !== undefined) {
      intake.next = records.length;
      return { fresh, fault };
    }
    characters += lengthOf(record);
    intake.taken += 1;
    fresh.push(record);
  }
  return { fresh, fault: undefined };
}

/** A page that begins later than what is held is of one who holds more. No page leaves out any between two of its own. */
function gapFault(records: readonly { readonly sequence: number }[], index: number): string | undefined {
  const [before, here] = [records[index - 1]?.sequence, records[index]?.sequence];
  if (before === undefined || here === undefined || here <= before + 1) return undefined;
  return `the page leaves out what is before ${here}`;
}
