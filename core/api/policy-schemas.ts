/** What the API says of this machine's own policy. */
import { z } from 'zod';
import { localPolicySchema } from '../domain/local-policy.ts';

export const putPolicyInput = z.strictObject({ policy: localPolicySchema });
export const policyOutput = z.object({
  /** The file in which it lies. */
  path: z.string(),
  policy: localPolicySchema,
  /** Why the file cannot be used; then the machine takes no runs. */
  problem: z.string().nullable(),
  /** Which rule keeps the machine from taking runs at this moment. */
  refusal: z.object({ code: z.string(), rule: z.string(), text: z.string() }).nullable(),
  /** What the rules look at; null when it is unknown, or no rule asks. */
  onMains: z.boolean().nullable(),
  idleMs: z.number().nullable(),
  timeZone: z.string(),
});
export type PolicyOutput = z.output<typeof policyOutput>;
