/** What every source of a machine's own policy does: it answers at once, whatever lies on the disk. */
import { describe, expect, it } from 'vitest';
import { type LocalPolicy, localPolicySchema } from '../../core/domain/local-policy.ts';
import type { LocalPolicySource } from '../../core/ports/local-policy-source.ts';
import { momentRefusal } from '../../core/scheduling/policy-moments.ts';

export interface PolicySourceHost {
  readonly source: LocalPolicySource;
  /** Its owner writes another policy. */
  write(policy: LocalPolicy): void;
  /** What lies there cannot be understood any more. */
  damage(): void;
}

export function describeLocalPolicySource(name: string, create: () => PolicySourceHost): void {
  describe(`${name} as a source of policy`, () => {
    it('allows everything before its owner has said anything', () => {
      const { policy, problem, zone } = create().source.read();
      expect(policy).toEqual({});
      expect(problem).toBeUndefined();
      expect(() => new Intl.DateTimeFormat('en', { timeZone: zone })).not.toThrow();
    });

    it('shows what its owner has written, each time it is asked', () => {
      const host = create();
      for (const policy of [{ slots: 2 }, { slots: 3 }, { forbiddenTags: ['heavy'], paused: true as const }, {}]) {
        host.write(policy);
        expect(host.source.read().policy).toEqual(policy);
        expect(localPolicySchema.safeParse(host.source.read().policy).success).toBe(true);
      }
    });

    it('says what is wrong with a policy that cannot be understood, and is closed until it is mended', () => {
      const host = create();
      host.write({ slots: 2 });
      host.damage();
      const reading = host.source.read();
      expect(reading.problem).toBeTruthy();
      expect(momentRefusal(reading, 0)?.code).toBe('POLICY_INVALID');
      host.write({ slots: 1 });
      expect(host.source.read()).toMatchObject({ policy: { slots: 1 } });
      expect(host.source.read().problem).toBeUndefined();
    });
  });
}
