/** Claims: the rules one by one, and that no order of events gives one attempt to two machines. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClaimRequest, Grant } from '../../../core/claims/claim.ts';
import { type ClaimKnowledge, judgeClaim, majorityOf } from '../../../core/claims/claim-rules.ts';
import { ClaimTable } from '../../../core/claims/claim-table.ts';
import { type MachineId, scheduledOccurrenceId } from '../../../core/domain/ids.ts';
import { machine, NOON, task } from '../../fakes/run-records.ts';

const [A, B] = [machine('a'), machine('b')];
const TASK = task('invoice');
const OTHER_TASK = task('report');
const OCCURRENCE = scheduledOccurrenceId(TASK, NOON, '');
const OTHER = scheduledOccurrenceId(TASK, NOON - 60_000, '');

function request(fields: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    taskId: TASK,
    occurrenceId: OCCURRENCE,
    attempt: 1,
    claimant: A,
    fencingToken: 10,
    guarantee: 'at-most-once',
    nominalAt: NOON,
    dueAt: NOON,
    ...fields,
  };
}

function grant(fields: Partial<Grant> = {}): Grant {
  return { ...request(), released: false, grantedAt: NOON, ...fields };
}

const NOTHING: ClaimKnowledge = {
  grant: undefined,
  holderGone: false,
  forgottenUntil: -Infinity,
  settledBy: undefined,
  highestToken: 0,
  other: undefined,
  overlap: 'skip',
  rememberedSince: 0,
};

describe('a claim', () => {
  const cases: readonly [why: string, claim: Partial<ClaimRequest>, known: Partial<ClaimKnowledge>, verdict: string][] =
    [
      ['is granted when nothing speaks against it', {}, {}, 'granted'],
      ['is refused while another holds the attempt', {}, { grant: grant({ claimant: B }), highestToken: 9 }, 'held'],
      ['is granted after the other gave it back', {}, { grant: grant({ claimant: B, released: true }) }, 'granted'],
      [
        'of at-most-once waits even for a holder that is gone',
        {},
        { grant: grant({ claimant: B }), holderGone: true },
        'held',
      ],
      [
        'of at-least-once does not wait for a holder that is gone',
        { guarantee: 'at-least-once' },
        { grant: grant({ claimant: B, fencingToken: 5 }), holderGone: true, highestToken: 5 },
        'granted',
      ],
      ['is granted again to its holder, with the same token', {}, { grant: grant(), highestToken: 10 }, 'granted'],
      [
        'is refused to its holder with a lower token',
        { fencingToken: 9 },
        { grant: grant(), highestToken: 10 },
        'stale-token',
      ],
      ['needs a higher token than any before', {}, { highestToken: 10 }, 'stale-token'],
      [
        'needs a higher token also after its own release',
        {},
        { grant: grant({ released: true }), highestToken: 10 },
        'stale-token',
      ],
      ['is refused when another machine has started the attempt', {}, { settledBy: B }, 'settled'],
      ['is refused when the claimant itself has started the attempt', {}, { settledBy: A }, 'settled'],
      [
        'is refused when the claimant itself has ended it, whatever it was granted',
        {},
        { settledBy: A, grant: grant({ fencingToken: 9 }), highestToken: 9 },
        'settled',
      ],
      ['is refused while another occurrence is active', {}, { other: { occurrenceId: OTHER, by: B } }, 'overlap'],
      [
        'is granted beside another when overlap is allowed',
        {},
        { other: { occurrenceId: OTHER, by: B }, overlap: 'allow' },
        'granted',
      ],
      ['older than the granter’s memory is refused', {}, { rememberedSince: NOON + 1 }, 'too-old'],
      ['of at-most-once is refused where something may be forgotten', {}, { forgottenUntil: NOON }, 'too-old'],
      ['of at-least-once is not', { guarantee: 'at-least-once' }, { forgottenUntil: NOON }, 'granted'],
    ];
  test.for(cases)('%s', ([, claim, known, expected]) => {
    const verdict = judgeClaim(request(claim), { ...NOTHING, ...known });
    expect(verdict.granted ? 'granted' : verdict.refusal.code).toBe(expected);
  });
});

test('every two majorities share a machine', () => {
  for (let size = 1; size <= 64; size += 1) expect(2 * majorityOf(size)).toBeGreaterThan(size);
});

describe('one attempt', () => {
  type Act =
    | { readonly kind: 'ask'; readonly claimant: number }
    | { readonly kind: 'deliver'; readonly message: number }
    | { readonly kind: 'drop'; readonly message: number }
    | { readonly kind: 'give-back'; readonly claimant: number }
    | { readonly kind: 'restart'; readonly granter: number };
  const index = fc.nat({ max: 4 });
  const act = fc.oneof(
    fc.record({ kind: fc.constant('ask' as const), claimant: index }),
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('deliver' as const), message: fc.nat({ max: 30 }) }) },
    fc.record({ kind: fc.constant('drop' as const), message: fc.nat({ max: 30 }) }),
    fc.record({ kind: fc.constant('give-back' as const), claimant: index }),
    fc.record({ kind: fc.constant('restart' as const), granter: index }),
  );

  test('is never won by two machines, whatever is lost, late, given back or restarted', () => {
    let won = 0;
    const property = fc.property(fc.integer({ min: 1, max: 5 }), fc.array(act, { maxLength: 120 }), (size, acts) => {
      const winners = play(size, acts);
      won += winners.size;
      expect(winners.size).toBeLessThanOrEqual(1);
    });
    fc.assert(property, { numRuns: 500 });
    expect(won).toBeGreaterThan(50);
  });

  /** Machines that ask, grant and give back by the rules; messages arrive in the order that chance will have. */
  function play(size: number, acts: readonly Act[]): Set<number> {
    const ids = Array.from({ length: size }, (_, at) => machine(`v${at}`));
    const stored = ids.map(() => new Map<string, Grant>());
    const tables = ids.map(() => new ClaimTable());
    const asking = new Map<number, { token: number; granted: Set<number> }>();
    const winners = new Set<number>();
    const wire: (() => void)[] = [];
    const put = (at: number, value: Grant): void => {
      tables[at]?.put(value, 0);
      stored[at]?.set('attempt', value);
    };
    const won = (claimant: number): void => {
      const ask = asking.get(claimant);
      if (ask === undefined || ask.granted.size < majorityOf(size)) return;
      winners.add(claimant);
      asking.delete(claimant);
    };
    const judge = (at: number, claim: ClaimRequest): boolean => {
      const table = tables[at] as ClaimTable;
      const known = { ...NOTHING, grant: table.grant(OCCURRENCE, 1), highestToken: table.highestToken(TASK) };
      const { granted } = judgeClaim(claim, known);
      if (granted) put(at, { ...claim, released: false, grantedAt: NOON });
      return granted;
    };
    const giveBack = (claimant: number): void => {
      const ask = asking.get(claimant);
      if (ask === undefined) return;
      asking.delete(claimant);
      const from = ids[claimant] as MachineId;
      for (const [at, table] of tables.entries()) {
        const deliver = (): void => {
          const held = table.grant(OCCURRENCE, 1);
          if (held?.claimant === from && held.fencingToken <= ask.token && tables[at] === table) {
            put(at, { ...held, fencingToken: ask.token, released: true });
          }
        };
        if (at === claimant) deliver();
        else wire.push(deliver);
      }
    };
    const askAll = (claimant: number): void => {
      if (winners.has(claimant) || asking.has(claimant)) return;
      const token = (tables[claimant]?.highestToken(TASK) ?? 0) + 1;
      const claim = request({ claimant: ids[claimant] as MachineId, fencingToken: token });
      if (!judge(claimant, claim)) return;
      const ask = { token, granted: new Set([claimant]) };
      asking.set(claimant, ask);
      won(claimant);
      for (let at = 0; at < size; at += 1) {
        if (at === claimant) continue;
        wire.push(() => {
          if (!judge(at, claim)) return;
          wire.push(() => {
            if (asking.get(claimant) !== ask) return;
            ask.granted.add(at);
            won(claimant);
          });
        });
      }
    };
    for (const each of acts) {
      if (each.kind === 'ask') askAll(each.claimant % size);
      else if (each.kind === 'give-back') giveBack(each.claimant % size);
      else if (each.kind === 'restart') {
        const at = each.granter % size;
        asking.delete(at);
        const table = new ClaimTable();
        for (const value of stored[at]?.values() ?? []) table.put(value, 0);
        tables[at] = table;
      } else {
        const [message] = wire.splice(each.message % Math.max(1, wire.length), 1);
        if (each.kind === 'deliver') message?.();
      }
    }
    return winners;
  }
});

describe('the table of grants', () => {
  test('remembers the highest token of a task after its grants are settled or pruned', () => {
    const table = new ClaimTable();
    table.put(grant({ fencingToken: 7 }), 0);
    table.settle(OCCURRENCE, 1);
    expect([table.size, table.highestToken(TASK)]).toEqual([0, 7]);
    table.put(grant({ occurrenceId: OTHER, fencingToken: 9, grantedAt: 5 }), 0);
    table.prune(6);
    expect([table.size, table.highestToken(TASK)]).toEqual([0, 9]);
  });

  test('counts a floor as seen of every task, and knows the highest token of all', () => {
    const table = new ClaimTable();
    table.put(grant({ fencingToken: 7 }), 0);
    expect([table.highestOfAll, table.highestToken(OTHER_TASK)]).toEqual([7, 0]);
    table.raiseFloor(20);
    table.raiseFloor(10);
    table.sawToken(OTHER_TASK, 21);
    expect([table.highestToken(TASK), table.highestToken(OTHER_TASK), table.highestOfAll]).toEqual([20, 21, 21]);
  });

  test('keeps each attempt apart, and a renewed grant in place of the old one', () => {
    const table = new ClaimTable();
    table.put(grant({ attempt: 1, fencingToken: 1 }), 0);
    table.put(grant({ attempt: 2, fencingToken: 2 }), 0);
    table.put(grant({ attempt: 1, fencingToken: 3 }), 0);
    table.settle(OCCURRENCE, 2);
    expect([table.size, table.grant(OCCURRENCE, 1)?.fencingToken, table.grant(OCCURRENCE, 2)]).toEqual([
      1,
      3,
      undefined,
    ]);
  });

  test('holds nothing against a task that a later claim on the same attempt no longer names', () => {
    const table = new ClaimTable();
    const named = task('backup');
    table.put(grant(), 0);
    table.put(grant({ taskId: named }), 0);
    expect(table.otherGrant(TASK, OTHER, () => true)).toBeUndefined();
    expect(table.otherGrant(named, OTHER, () => true)?.occurrenceId).toBe(OCCURRENCE);
    table.settle(OCCURRENCE, 1);
    expect([table.size, table.otherGrant(named, OTHER, () => true)]).toEqual([0, undefined]);
  });

  test('names another occurrence’s live grant that counts, and not a released one', () => {
    const table = new ClaimTable();
    const any = (): boolean => true;
    const third = scheduledOccurrenceId(TASK, NOON + 60_000, '');
    table.put(grant({ occurrenceId: OTHER }), 0);
    expect(table.otherGrant(TASK, OCCURRENCE, any)).toMatchObject({ occurrenceId: OTHER, claimant: A });
    expect(table.otherGrant(TASK, OCCURRENCE, () => false)).toBeUndefined();
    table.put(grant({ occurrenceId: third, grantedAt: 9 }), 5);
    expect(table.otherGrant(TASK, OCCURRENCE, ({ grantedAt }) => grantedAt === 9)?.occurrenceId).toBe(third);
    expect(table.otherGrant(TASK, OCCURRENCE, (_, sinceMs) => sinceMs === 5)?.occurrenceId).toBe(third);
    table.settle(third, 1);
    table.put(grant({ occurrenceId: OTHER, released: true }), 0);
    expect(table.otherGrant(TASK, OCCURRENCE, any)).toBeUndefined();
    expect(table.heldBy(A)).toEqual([]);
  });
});
