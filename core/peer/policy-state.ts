/** What of this machine's own policy is in force; changed by `policy-steps.ts`. */
import { OPEN_POLICY, type PolicyReading } from '../domain/local-policy.ts';
import type { MachineFacts } from '../domain/machine.ts';
import type { PolicyRefusal } from '../scheduling/policy-moments.ts';

export interface PolicyState {
  reading: PolicyReading;
  /** The policy and its problem as text, to tell whether they have changed; undefined before the first look. */
  text: string | undefined;
  refusal: PolicyRefusal | undefined;
  /** What this machine is, as its policy leaves it. */
  facts: MachineFacts;
}

export function newPolicyState({ facts }: { readonly facts: MachineFacts }): PolicyState {
  return { reading: OPEN_POLICY, text: undefined, refusal: undefined, facts };
}
