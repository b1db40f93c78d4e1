/** Numbering of run logs, and when to forget. */
import { describe, expect, it } from 'vitest';
import { TIMES } from '../../../core/config/constants.ts';
import { STORAGE } from '../../../core/config/storage.ts';
import { excessRuns, retentionCutoffs } from '../../../core/history/retention.ts';
import { EMPTY_LOG, nextSequence, raiseFloor, sortArrival } from '../../../core/history/run-log.ts';
import { NOON, record } from '../../fakes/run-records.ts';

const numbered = (...sequences: number[]): ReturnType<typeof record>[] =>
  sequences.map((sequence) => record({ sequence }));
const numbersOf = (arrival: ReturnType<typeof sortArrival>): number[] | number =>
  arrival.kind === 'gap' ? arrival.missing : arrival.records.map((each) => each.sequence);

describe('run log', () => {
  it('begins with 1 and counts on', () => {
    expect(nextSequence(EMPTY_LOG)).toBe(1);
    expect(nextSequence({ floor: 3, head: 9 })).toBe(10);
  });

  it('takes what is new, in order, once', () => {
    expect(numbersOf(sortArrival({ floor: 0, head: 2 }, numbered(4, 1, 3, 2, 3)))).toEqual([3, 4]);
    expect(numbersOf(sortArrival({ floor: 0, head: 2 }, numbered(1, 2)))).toEqual([]);
  });

  it('names the first number that is missing', () => {
    expect(numbersOf(sortArrival({ floor: 0, head: 2 }, numbered(3, 5)))).toBe(4);
    expect(numbersOf(sortArrival(EMPTY_LOG, numbered(2)))).toBe(1);
  });

  it('moves its floor up only, and its head with it', () => {
    expect(raiseFloor({ floor: 2, head: 9 }, 1)).toEqual({ floor: 2, head: 9 });
    expect(raiseFloor({ floor: 2, head: 9 }, 5)).toEqual({ floor: 5, head: 9 });
    expect(raiseFloor({ floor: 2, head: 9 }, 20)).toEqual({ floor: 20, head: 20 });
  });
});

describe('retention', () => {
  it('forgets by age, and never before the epoch', () => {
    const cutoffs = retentionCutoffs(NOON);
    expect(cutoffs).toEqual({ grantsBefore: NOON - TIMES.grantRetentionMs, runsBefore: NOON - TIMES.runRetentionMs });
    expect(retentionCutoffs(5)).toEqual({ grantsBefore: 0, runsBefore: 0 });
  });

  it('counts the oldest as too many once the limit is passed by a hundredth', () => {
    expect(excessRuns(STORAGE.runs, STORAGE.runs)).toBe(0);
    expect(excessRuns(1010, 1000)).toBe(0);
    expect(excessRuns(1011, 1000)).toBe(11);
  });
});
