/** Who is alive: silence, suspicion, refutation, and our own lateness. */
import { beforeEach, describe, expect, test } from 'vitest';
import { TIMES } from '../../../core/config/constants.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import { ClockSkew } from '../../../core/membership/clock-skew.ts';
import { FailureDetector } from '../../../core/membership/failure-detector.ts';
import { Membership, type MembershipEffect } from '../../../core/membership/membership.ts';
import { machine } from '../../fakes/run-records.ts';

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(machine) as [MachineId, MachineId, MachineId, MachineId];

let membership: Membership;

beforeEach(() => {
  membership = new Membership();
  membership.setRoster(new Set([A, B, C, D]));
  for (const id of [A, B, C, D]) membership.connected(id, 0);
});

/** Time passes in the steps that the membership asks for, with a sign every 500 ms from all but the silent. */
function pass(fromMs: number, untilMs: number, silent: readonly MachineId[]): MembershipEffect[] {
  const effects: MembershipEffect[] = [];
  let nextSignMs = fromMs;
  for (let nowMs = fromMs; nowMs <= untilMs;) {
    if (nowMs >= nextSignMs) {
      for (const id of [A, B, C, D]) if (!silent.includes(id)) effects.push(...membership.sign(id, 1, nowMs));
      nextSignMs += TIMES.controlBeatMs;
    }
    effects.push(...membership.tick(nowMs));
    nowMs = Math.min(Math.max(membership.nextTickMs(nowMs), nowMs + 1), Math.max(nextSignMs, nowMs + 1));
  }
  return effects;
}

function kind(id: MachineId): string | undefined {
  return membership.get(id)?.status.kind;
}

describe('a silent machine', () => {
  test('is suspected, probed directly and through two others, and dead in less than four seconds', () => {
    pass(0, 10_000, []);
    const effects = pass(10_001, 11_800, [A]);
    expect(kind(A)).toBe('suspect');
    expect(effects).toContainEqual({ kind: 'probe', target: A });
    expect(effects.filter((effect) => effect.kind === 'probe-through')).toHaveLength(2);
    expect(membership.isAlive(A)).toBe(true);
    pass(11_801, 13_500, [A]);
    expect(kind(A)).toBe('dead');
    expect(membership.alive().map((member) => member.id)).toEqual([B, C, D]);
  });

  test('lives on when it answers in time, or another answers for it', () => {
    pass(0, 10_000, []);
    pass(10_001, 11_800, [A, B]);
    expect([kind(A), kind(B)]).toEqual(['suspect', 'suspect']);
    membership.sign(A, 1, 11_801);
    membership.vouched(B, 11_801);
    expect([kind(A), kind(B)]).toEqual(['alive', 'alive']);
  });

  test('is vouched for without a word on its incarnation: its own next heartbeat still counts', () => {
    pass(0, 10_000, []);
    pass(10_001, 11_800, [A]);
    const before = membership.get(A)?.incarnation;
    membership.vouched(A, 11_801);
    expect(membership.get(A)).toMatchObject({ incarnation: before, status: { kind: 'alive' } });
  });

  test('whose connection broke, and whose system says that nobody listens, is dead in less than a second', () => {
    pass(0, 10_000, []);
    membership.disconnected(A, true, 10_001);
    membership.refused(A);
    pass(10_002, 10_900, [A]);
    expect(kind(A)).toBe('dead');
  });

  test('whose connection broke has the time of any suspect as long as nothing refuses', () => {
    pass(0, 10_000, []);
    membership.disconnected(A, true, 10_001);
    pass(10_002, 10_900, [A]);
    expect(kind(A)).toBe('suspect');
    pass(10_902, 11_500, [A]);
    expect(kind(A)).toBe('dead');
  });

  test('is not hurried by a refusal while it is alive', () => {
    pass(0, 10_000, []);
    membership.refused(A);
    expect(kind(A)).toBe('alive');
  });
});

describe('a machine that left', () => {
  test('is not called back by late messages of that life, only by a later one or a connection', () => {
    membership.sign(A, 5, 100);
    membership.left(A, 5, 200);
    membership.sign(A, 5, 300);
    expect(kind(A)).toBe('left');
    membership.sign(A, 6, 400);
    expect(kind(A)).toBe('alive');
    membership.left(A, 6, 500);
    membership.connected(A, 600);
    expect(kind(A)).toBe('alive');
  });

  test('is not made to leave by a word of an earlier life', () => {
    membership.sign(A, 5, 100);
    membership.left(A, 4, 200);
    expect(kind(A)).toBe('alive');
  });
});

describe('when we ourselves were late', () => {
  test('a long pause of ours is nobody else’s silence', () => {
    pass(0, 10_000, []);
    membership.tick(20_000);
    expect([A, B, C, D].map(kind)).toEqual(Array(4).fill('alive'));
  });

  test('our time-outs stretch, and shrink again when we are punctual', () => {
    pass(0, 10_000, []);
    membership.tick(20_000);
    expect(membership.health.multiplier).toBeGreaterThan(1);
    pass(20_001, 60_000, []);
    expect(membership.health.multiplier).toBe(1);
  });
});

describe('the failure detector', () => {
  test('tolerates longer silence of an irregular peer than of a regular one', () => {
    const regular = new FailureDetector();
    const irregular = new FailureDetector();
    let atMs = 0;
    for (let count = 0; count < 64; count += 1) {
      regular.sign(count * 500);
      irregular.sign((atMs += count % 2 === 0 ? 100 : 900));
    }
    expect(irregular.silenceAt(8)).toBeGreaterThan(regular.silenceAt(8) + 500);
  });

  test('phi 8 lies 5.6 deviations above the mean', () => {
    const detector = new FailureDetector();
    for (let count = 0; count < 64; count += 1) detector.sign(count * 500);
    // The normal distribution's upper tail is 1e-8 at 5.612 deviations; the deviation is at its floor of 120 ms.
    expect(detector.silenceAt(8)).toBeCloseTo(500 + 5.612 * 120, -1);
  });
});

describe('clock skew', () => {
  test('is the largest difference of the last messages, as transit only makes a peer look behind', () => {
    const skew = new ClockSkew();
    expect(skew.skewMs).toBeUndefined();
    for (const delayMs of [80, 5, 300]) skew.sample(10_000 + 2000, 10_000 + delayMs);
    expect(skew.skewMs).toBe(1995);
  });
});
