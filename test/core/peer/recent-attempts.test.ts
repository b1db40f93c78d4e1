/** How attempts stand: the same for every order of records, and bounded. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OccurrenceId } from '../../../core/domain/ids.ts';
import { type Attempt, RecentAttempts, type Standing } from '../../../core/peer/recent-attempts.ts';
import { machine, NOON } from '../../fakes/run-records.ts';

const [A, B] = [machine('a'), machine('b')];
const occurrence = (name: string): OccurrenceId => name as OccurrenceId;

function attempt(fields: Partial<Attempt> = {}): Attempt {
  return { occurrenceId: occurrence('o'), attempt: 1, machineId: A, dueAt: NOON, recordedAt: NOON, ...fields };
}

describe('an attempt', () => {
  test('that somebody skipped and somebody else started goes on', () => {
    const attempts = new RecentAttempts();
    attempts.note(attempt({ recordedAt: NOON + 5 }), 'noted');
    expect(attempts.isClosed(occurrence('o'))).toBe(true);
    expect(attempts.note(attempt(), 'started')).toBe('current');
    expect(attempts.isClosed(occurrence('o'))).toBe(false);
  });

  test('that was given up goes on only by a later word of its machine', () => {
    const attempts = new RecentAttempts();
    attempts.note(attempt({ recordedAt: NOON + 100 }), 'lost');
    expect(attempts.note(attempt({ recordedAt: NOON + 50 }), 'started')).toBe('outranked');
    expect(attempts.note(attempt({ recordedAt: NOON + 101 }), 'started')).toBe('current');
    expect(attempts.isClosed(occurrence('o'))).toBe(false);
  });

  test('that its machine ended stays ended, whoever gives it up later', () => {
    const attempts = new RecentAttempts();
    attempts.note(attempt(), 'ended');
    expect(attempts.note(attempt({ recordedAt: NOON + 9000 }), 'passed-on')).toBe('outranked');
    expect(attempts.settledBy(occurrence('o'), 2)).toBe(A);
  });

  test('run by two machines is over when one of them ended it for good', () => {
    for (const order of [0, 1]) {
      const attempts = new RecentAttempts();
      const words = [
        () => attempts.note(attempt({ machineId: A, recordedAt: NOON + 1 }), 'ended'),
        () => attempts.note(attempt({ machineId: B, recordedAt: NOON + 2 }), 'continued'),
      ];
      words[order]?.();
      words[1 - order]?.();
      expect(attempts.isClosed(occurrence('o'))).toBe(true);
    }
  });

  test('stands the same whatever the order of the records', () => {
    const standing = fc.constantFrom<Standing>('noted', 'started', 'lost', 'passed-on', 'ended', 'continued');
    const words = fc.uniqueArray(fc.record({ standing, attempt: fc.integer({ min: 1, max: 3 }), at: fc.nat(50) }), {
      selector: ({ at }) => at,
      maxLength: 8,
    });
    const twoOrders = words.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    const property = fc.property(twoOrders, ([list, other]) => {
      const results = [list, other].map((order) => {
        const attempts = new RecentAttempts();
        for (const word of order) attempts.note(attempt({ attempt: word.attempt, recordedAt: word.at }), word.standing);
        return [1, 2, 3, 4].map((number) => attempts.settledBy(occurrence('o'), number));
      });
      expect(results[0]).toEqual(results[1]);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

test('the oldest are forgotten first, and up to which due instant is known', () => {
  const attempts = new RecentAttempts(3);
  expect(attempts.forgottenUntil).toBe(-Infinity);
  for (let index = 0; index < 10; index += 1) {
    attempts.note(attempt({ occurrenceId: occurrence(`o${index}`), dueAt: NOON + index }), 'ended');
  }
  expect(attempts.size).toBe(3);
  expect(attempts.forgottenUntil).toBe(NOON + 6);
  expect(attempts.settledBy(occurrence('o9'), 1)).toBe(A);
  expect(attempts.settledBy(occurrence('o2'), 1)).toBeUndefined();
});
