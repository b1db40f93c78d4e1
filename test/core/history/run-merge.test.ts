/** The merged history depends on what the logs say, never on the order in which they arrive. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FINAL_STATES, type RunRecord, type RunState } from '../../../core/domain/run.ts';
import { unstartedRunIdOf } from '../../../core/domain/ids.ts';
import { mergeRecord, mergeRecords, recordInForce, UNKNOWN_RUN } from '../../../core/history/run-merge.ts';
import { machine, NOON, record } from '../../fakes/run-records.ts';

const A = machine('a');
const B = machine('b');
const C = machine('c');

const stateOf = (...records: RunRecord[]): RunState => recordInForce(records.reduce(mergeRecord, UNKNOWN_RUN)).state;
const own = (sequence: number, state: RunState, recordedAt = NOON + sequence): RunRecord =>
  record({ sequence, state, recordedAt });
const seenBy = (recorderId: typeof A, state: RunState, recordedAt: number): RunRecord =>
  record({ recorderId, machineId: A, state, recordedAt });
const duplicatesOf = (records: RunRecord[]): string[] =>
  mergeRecords(records)
    .filter((run) => run.duplicate)
    .map((run) => `${run.attempt}/${run.machineId === A ? 'a' : 'b'}`)
    .sort();

describe('record in force', () => {
  it('is the newest of its own machine', () => {
    expect(stateOf(own(1, 'starting'), own(3, 'succeeded'), own(2, 'running'))).toBe('succeeded');
  });

  it('stays final, once its own machine closed it', () => {
    expect(stateOf(own(2, 'failed'), own(3, 'running'))).toBe('failed');
  });

  it('is that of another machine when the own one fell silent', () => {
    expect(stateOf(own(1, 'running'), seenBy(B, 'lost', NOON + 10))).toBe('lost');
  });

  it('is its own machine’s again when that machine came back', () => {
    expect(stateOf(own(1, 'running'), seenBy(B, 'lost', NOON + 10), own(2, 'running', NOON + 20))).toBe('running');
    expect(stateOf(own(1, 'running'), seenBy(B, 'lost', NOON + 10), own(2, 'succeeded', NOON + 5))).toBe('succeeded');
  });

  it('is lost again when it was given up a second time', () => {
    const back = [own(1, 'running'), seenBy(B, 'lost', NOON + 10), own(2, 'running', NOON + 20)];
    expect(stateOf(...back, seenBy(C, 'lost', NOON + 30))).toBe('lost');
  });
});

describe('notes of several machines on an attempt that nobody started', () => {
  const note = (by: typeof A, sequence: number, state: RunState, recordedAt: number): RunRecord =>
    record({
      id: unstartedRunIdOf(own(1, 'due').occurrenceId, 1),
      recorderId: by,
      machineId: by,
      sequence,
      state,
      recordedAt,
    });

  it('count by when they were written, not by how long the logs of their machines are', () => {
    const withheld = note(A, 900, 'withheld', NOON + 1);
    const queued = note(B, 3, 'queued', NOON + 2);
    expect(stateOf(withheld, queued)).toBe('queued');
    expect(stateOf(queued, withheld)).toBe('queued');
  });

  it('are outweighed by the one that closes it, whenever that was written', () => {
    expect(stateOf(note(A, 9, 'skipped', NOON), note(B, 3, 'queued', NOON + 2))).toBe('skipped');
  });
});

describe('duplicates', () => {
  const other = (fields: Partial<RunRecord>): RunRecord => record({ recorderId: B, machineId: B, ...fields });

  it('are both runs of an attempt that was started twice', () => {
    expect(duplicatesOf([own(1, 'succeeded'), other({ state: 'running' })])).toEqual([]);
    expect(duplicatesOf([own(1, 'running'), other({ state: 'starting' })])).toEqual(['1/a', '1/b']);
    expect(duplicatesOf([own(1, 'running'), other({ state: 'failed', startedAt: NOON })])).toEqual(['1/a', '1/b']);
  });

  it('are not runs that never started', () => {
    for (const state of ['skipped', 'withheld', 'refused', 'cancelled'] as const) {
      expect(duplicatesOf([own(1, 'running'), other({ state })])).toEqual([]);
    }
  });

  it('are not attempts that follow each other', () => {
    expect(duplicatesOf([own(1, 'failed'), other({ attempt: 2, state: 'running' })])).toEqual([]);
  });

  it('include a run that went on after it was given up and started elsewhere', () => {
    const given = [
      own(1, 'running'),
      seenBy(B, 'lost', NOON + 10),
      other({ attempt: 2, sequence: 2, state: 'running' }),
    ];
    expect(duplicatesOf(given)).toEqual([]);
    expect(duplicatesOf([...given, own(2, 'succeeded', NOON + 20)])).toEqual(['1/a']);
    expect(duplicatesOf([...given, own(2, 'lost', NOON + 20)])).toEqual([]);
    expect(duplicatesOf([...given, own(2, 'succeeded', NOON + 9)])).toEqual([]);
  });
});

describe('a run given up twice', () => {
  it('counts from the first time, whichever is heard of first', () => {
    const first = seenBy(B, 'lost', NOON + 10);
    const second = seenBy(C, 'lost', NOON + 20);
    const rest = [
      own(1, 'running'),
      own(2, 'succeeded', NOON + 15),
      record({ recorderId: B, attempt: 2, sequence: 2, state: 'running' }),
    ];
    expect(duplicatesOf([first, second, ...rest])).toEqual(['1/a']);
    expect(duplicatesOf([second, first, ...rest])).toEqual(['1/a']);
  });
});

describe('any order of arrival', () => {
  const states = fc.constantFrom<RunState>('due', 'withheld', 'starting', 'running', 'succeeded', 'failed', 'lost');
  const step = fc.record({
    recorder: fc.constantFrom(A, B, C),
    machineId: fc.constantFrom(A, B),
    attempt: fc.integer({ min: 1, max: 2 }),
    state: states,
    recordedAt: fc.integer({ min: NOON, max: NOON + 6 }),
  });
  const logs = fc.array(step, { maxLength: 14 }).map((steps) => {
    const sequences = new Map<string, number>();
    return steps.map(({ recorder, ...fields }) => {
      const sequence = (sequences.get(recorder) ?? 0) + 1;
      sequences.set(recorder, sequence);
      return record({ recorderId: recorder, sequence, ...fields });
    });
  });
  const shuffled = logs.chain((records) =>
    fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })),
  );

  it('gives the same history', () => {
    fc.assert(
      fc.property(shuffled, ([records, order]) => {
        expect(mergeRecords(order)).toEqual(mergeRecords(records));
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same history when records come twice', () => {
    fc.assert(
      fc.property(shuffled, ([records, order]) => {
        expect(mergeRecords([...order, ...records])).toEqual(mergeRecords(records));
      }),
      { numRuns: 200 },
    );
  });

  it('never reopens a run that its own machine closed', () => {
    fc.assert(
      fc.property(shuffled, ([records, order]) => {
        const closed = new Set(
          records
            .filter((each) => each.recorderId === each.machineId && FINAL_STATES.has(each.state))
            .map((each) => each.id),
        );
        for (const run of mergeRecords(order)) {
          if (closed.has(run.id)) expect(run.recorderId).toBe(run.machineId);
        }
      }),
      { numRuns: 200 },
    );
  });
});
