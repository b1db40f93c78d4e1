/** The set of voters: its name, and what it cannot be sure of. */
import { expect, test } from 'vitest';
import { type RosterEntry, rosterEntrySchema } from '../../../core/domain/machine.ts';
import { TIMES } from '../../../core/config/constants.ts';
import { electorateOf, formerVote } from '../../../core/peer/electorate-steps.ts';
import { machine, NOON } from '../../fakes/run-records.ts';

function entry(name: string, fields: Partial<RosterEntry> = {}): RosterEntry {
  const id = machine(name);
  return rosterEntrySchema.parse({ id, name, roles: ['executor'], addedBy: id, addedAt: NOON, ...fields });
}

test('has the same name for the same voters in any order, and another one for another set or time', () => {
  const roster = [entry('a'), entry('b', { voterSince: NOON }), entry('c', { voter: false })];
  const { id, voters } = electorateOf(roster);
  expect(electorateOf([...roster].reverse()).id).toBe(id);
  expect(voters).toEqual(new Set([machine('a'), machine('b')].sort()));
  expect(electorateOf([entry('a'), entry('b', { voterSince: NOON + 1 })]).id).not.toBe(id);
  expect(electorateOf([entry('a'), entry('b', { voterSince: NOON, removed: true })]).id).not.toBe(id);
});

test('cannot be sure of what came due before the last change but one', () => {
  expect(electorateOf([entry('a'), entry('b', { voterSince: NOON })]).unsureUntil).toBe(-Infinity);
  const grown = [entry('a'), entry('b', { voterSince: NOON }), entry('c', { voterSince: NOON + 60_000 })];
  expect(electorateOf(grown).unsureUntil).toBe(NOON + TIMES.clockSkewWarningMs);
});

test('grants no token up to the highest of those by which its voters came, also when they have left', () => {
  expect(electorateOf([entry('a')]).tokenFloor).toBe(0);
  const left = entry('c', { voterSince: NOON, voterToken: 9, removed: true });
  expect(electorateOf([entry('a'), entry('b', { voterSince: NOON, voterToken: 7 }), left]).tokenFloor).toBe(9);
});

test('what a machine is let in with again says since when, and above which token, the others count', () => {
  expect(formerVote(undefined)).toEqual({});
  expect(formerVote(entry('a'))).toEqual({});
  const before = entry('b', { voterSince: NOON, voterToken: 7, removed: true });
  expect(formerVote(before)).toEqual({ voterSince: NOON, voterToken: 7 });
});
