/** How a task is run: what happens when runs overlap, were missed, fail, take too long, or are lost. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';

export const overlapSchema = z.enum([
  /** The new occurrence is skipped while an older run is active. */
  'skip',
  /** At most one occurrence waits for the active run to end. */
  'queue-one',
  /** Every occurrence waits its turn, up to the limit. */
  'queue-all',
  /** The active run is cancelled, then the new one starts. */
  'replace',
  /** Runs may overlap. */
  'allow',
]);
export type Overlap = z.infer<typeof overlapSchema>;

export const catchUpSchema = z.strictObject({
  /** What to do with occurrences that came due while nobody could run them. */
  mode: z.enum(['skip', 'latest', 'all']).default('skip'),
  /** Older than this is too old to be made up for. */
  windowMs: z
    .int()
    .min(0)
    .max(LIMITS.catchUpWindowMs)
    .default(24 * 60 * 60 * 1000),
});
export type CatchUp = z.infer<typeof catchUpSchema>;

export const retrySchema = z.strictObject({
  /** All attempts, the first included. */
  maxAttempts: z.int().min(1).max(LIMITS.attempts).default(1),
  initialMs: z.int().min(0).max(LIMITS.retryDelayMs).default(10_000),
  factor: z.number().min(1).max(10).default(2),
  maxMs: z.int().min(0).max(LIMITS.retryDelayMs).default(600_000),
});
export type Retry = z.infer<typeof retrySchema>;

export const guaranteeSchema = z.enum(['at-least-once', 'at-most-once']);
export type Guarantee = z.infer<typeof guaranteeSchema>;

export const policySchema = z.strictObject({
  guarantee: guaranteeSchema.default('at-least-once'),
  overlap: overlapSchema.default('skip'),
  catchUp: catchUpSchema.prefault({}),
  retry: retrySchema.prefault({}),
  /** The whole process tree gets TERM after this long; absent: no limit. */
  timeoutMs: z.int().min(1000).max(LIMITS.runTimeoutMs).optional(),
  /** KILL follows TERM after this long. */
  killGraceMs: z.int().min(0).max(LIMITS.killGraceMs).default(10_000),
  /** Higher starts first when slots are scarce. */
  priority: z.int().min(-100).max(100).default(0),
  /** When the machine that ran it is gone: `report` it as lost, or `rerun` after `rerunAfterMs`. Absent: by guarantee. */
  onLost: z.enum(['report', 'rerun']).optional(),
  rerunAfterMs: z.int().min(0).max(LIMITS.retryDelayMs).default(60_000),
  /** Output beyond this is counted and dropped. */
  outputLimitBytes: z
    .int()
    .min(1024)
    .max(LIMITS.outputBytes)
    .default(16 * 1024 * 1024),
});
export type Policy = z.infer<typeof policySchema>;

/** What becomes of a run whose machine is gone. At-most-once never runs again by itself. */
export function onLostOf(policy: Policy): 'report' | 'rerun' {
  if (policy.guarantee === 'at-most-once') return 'report';
  return policy.onLost ?? 'rerun';
}
