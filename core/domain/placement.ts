/** Where a task may run, and on how many machines. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { machineIdSchema } from './ids.ts';

export const labelKeySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._/-]{0,62}$/, 'a label name has lower-case letters, digits, ".", "_", "-" or "/"');
export const labelsSchema = z
  .record(labelKeySchema, z.string().max(128))
  .refine((value) => Object.keys(value).length <= LIMITS.labelsPerMachine, 'too many labels');
export type Labels = z.infer<typeof labelsSchema>;

export const placementSchema = z.strictObject({
  /** `one`: one eligible machine; `all`: each of them; `n`: `count` different ones; `pin`: only `machine`. */
  mode: z.enum(['one', 'all', 'n', 'pin']).default('one'),
  /** For mode `n`. */
  count: z.int().min(1).max(LIMITS.machinesPerCluster).optional(),
  /** For mode `pin`. */
  machine: machineIdSchema.optional(),
  /** A machine must carry each of these labels with this value. */
  labels: labelsSchema.default({}),
  /** Values of Node's `process.platform`, such as `linux`; empty: any. */
  operatingSystems: z.array(z.string().max(32)).max(16).default([]),
  /** Values of Node's `process.arch`, such as `x64`; empty: any. */
  architectures: z.array(z.string().max(32)).max(16).default([]),
  minFreeMemoryBytes: z.int().min(0).optional(),
});
export type Placement = z.infer<typeof placementSchema>;
