/** How fast a member may speak, and what becomes of one that speaks faster. */
import { describe, expect, it } from 'vitest';
import { LIMITS, TIMES } from '../../../core/config/constants.ts';
import { EXCESS, MESSAGE_RATES, MessageRates, TokenBucket } from '../../../core/protocol/message-rates.ts';

describe('a bucket', () => {
  it('gives what it holds at once, and then as much as comes back', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 });
    const taken = (nowMs: number): number =>
      Array.from({ length: 20 }, () => bucket.takes(nowMs)).filter(Boolean).length;
    expect(taken(0)).toBe(5);
    expect(taken(100)).toBe(1);
    expect(taken(1_000_000)).toBe(5);
  });

  it('gives nothing when less is there than is asked for', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 5 });
    expect([bucket.takes(0, 6), bucket.takes(0, 5), bucket.takes(0)]).toEqual([false, true, false]);
  });
});

describe('the rates of a member', () => {
  it.each(Object.keys(MESSAGE_RATES) as (keyof typeof MESSAGE_RATES)[])(
    'end a flood of %s, and no other kind before',
    (kind) => {
      const rates = new MessageRates();
      const verdicts = Array.from({ length: MESSAGE_RATES[kind].burst + EXCESS.burst + 1 }, () => rates.judge(kind, 0));
      expect(verdicts.filter((verdict) => verdict === 'within')).toHaveLength(MESSAGE_RATES[kind].burst);
      expect(verdicts.at(-2)).toBe('dropped');
      expect(verdicts.at(-1)).toBe('too-much');
      expect(rates.judge(kind === 'beat' ? 'probe' : 'beat', 0)).toBe('within');
    },
  );

  it('bear an honest member: a beat of minutes at once, and a claim on every task that a cluster can have', () => {
    expect(MESSAGE_RATES.beat.burst * TIMES.controlBeatMs).toBeGreaterThanOrEqual(5 * 60_000);
    expect(MESSAGE_RATES.beat.perSecond * TIMES.controlBeatMs).toBeGreaterThan(2 * 1000);
    expect(MESSAGE_RATES['claim-request'].burst).toBeGreaterThanOrEqual(LIMITS.tasksPerCluster);
  });
});
