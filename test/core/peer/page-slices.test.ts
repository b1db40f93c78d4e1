/** Long pages are taken in slices: so many records are verified before others have their turn, and none is lost or moved. */
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import { eventWeight } from '../../../core/peer/event-weight.ts';
import { type PageIntake, headOf, isWhole, takeSlice } from '../../../core/peer/page-intake.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import { machine, record } from '../../fakes/run-records.ts';

const recorderId = machine('a');

function pageOf(sequences: readonly number[], fields: Partial<RunRecord> = {}): PageIntake & { records: RunRecord[] } {
  const records = sequences.map((sequence) => record({ recorderId, sequence, ...fields }));
  const page = { type: 'log-page', recorderId, floor: 0, records, more: false } as const;
  const from: MachineId = recorderId;
  return { from, page, floor: 0, asked: true, next: 0, taken: 0, floorKept: true, records };
}

/** Takes the whole page; the sequences of each slice, how many records were verified in it, and the fault at the end. */
function takeAll(intake: PageIntake & { records: RunRecord[] }, bad?: number) {
  const slices: number[][] = [];
  const verified: number[] = [];
  let fault: string | undefined;
  while (!isWhole(intake)) {
    let count = 0;
    const slice = takeSlice(
      intake,
      intake.records,
      ({ result }) => result?.length ?? 0,
      ({ sequence }) => {
        count += 1;
        return sequence === bad ? 'forged' : undefined;
      },
    );
    slices.push(slice.fresh.map(({ sequence }) => sequence));
    verified.push(count);
    fault ??= slice.fault;
  }
  return { slices, verified, fault };
}

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe('a page', () => {
  test('of as many records as a message holds is verified slice by slice, in order', () => {
    const { slices, verified, fault } = takeAll(pageOf(upTo(LIMITS.recordsPerMessage)));
    expect(slices.flat()).toEqual(upTo(LIMITS.recordsPerMessage));
    expect(Math.max(...verified)).toBe(LIMITS.recordsPerSlice);
    expect(verified).toHaveLength(LIMITS.recordsPerMessage / LIMITS.recordsPerSlice);
    expect(fault).toBeUndefined();
  });

  test('of large records has slices of fewer', () => {
    const result = 'x'.repeat(LIMITS.resultBytes);
    const { slices, verified } = takeAll(pageOf(upTo(20), { result }));
    expect(slices.flat()).toEqual(upTo(20));
    expect(Math.max(...verified)).toBe(LIMITS.charactersPerSlice / LIMITS.resultBytes);
  });

  test('ends at the first record that nobody can believe, in whichever slice, and nothing after it is looked at', () => {
    const intake = pageOf(upTo(60));
    const { slices, verified, fault } = takeAll(intake, 40);
    expect(slices.flat()).toEqual(upTo(39));
    expect(verified.reduce((sum, each) => sum + each, 0)).toBe(40);
    expect([fault, headOf(intake)]).toEqual(['forged', 39]);
  });

  test('ends at a gap, and passes over what is held', () => {
    const intake = { ...pageOf([...upTo(30), 40, 41]), floor: 10 };
    expect(takeAll(intake).slices.flat()).toEqual(upTo(30, 11));
  });
});

test('a slice weighs a whole batch: others have their turn after it', () => {
  expect(eventWeight({ type: 'rest-of-page' })).toBeGreaterThanOrEqual(LIMITS.batchWeight);
  const { page, from } = pageOf(upTo(LIMITS.recordsPerMessage));
  expect(eventWeight({ type: 'message', from, message: page })).toBeGreaterThanOrEqual(LIMITS.batchWeight);
});
