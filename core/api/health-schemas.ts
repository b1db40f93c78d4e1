/** What the API says of the health of the agent that answers. */
import { z } from 'zod';
import { peerPhaseSchema } from './cluster-schemas.ts';

export const liveOutput = z.object({
  ok: z.boolean(),
  version: z.string(),
  phase: peerPhaseSchema,
  machineId: z.string(),
});

export const checkOutput = z.object({
  name: z.string(),
  ok: z.boolean(),
  /** What was found. */
  detail: z.string(),
  /** What to do about it; empty when all is well. */
  advice: z.string(),
});
export type Check = z.output<typeof checkOutput>;
export const checksOutput = z.object({ ok: z.boolean(), checks: z.array(checkOutput) });
