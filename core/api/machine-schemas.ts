/** What the API says of a machine, and what can be asked of it. */
import { z } from 'zod';
import { machineNameSchema, roleSchema } from '../domain/machine.ts';
import { labelKeySchema, labelsSchema } from '../domain/placement.ts';
import { LIMITS } from '../config/constants.ts';
import { instantOutput, machineReference } from './api-values.ts';

export const memberStateSchema = z.enum(['alive', 'suspect', 'dead', 'left', 'unknown']);

export const machineOutput = z.object({
  id: z.string(),
  name: z.string(),
  /** True for the machine that answers. */
  self: z.boolean(),
  state: memberStateSchema,
  stateReason: z.string(),
  lastSeenAt: instantOutput.nullable(),
  roles: z.array(roleSchema),
  labels: z.record(z.string(), z.string()),
  weight: z.number(),
  voter: z.boolean(),
  drained: z.boolean(),
  addedBy: z.string(),
  addedAt: instantOutput,
  facts: z
    .object({
      operatingSystem: z.string(),
      architecture: z.string(),
      version: z.string(),
      timeZoneDataVersion: z.string(),
      slots: z.int(),
    })
    .nullable(),
  load: z
    .object({
      slotsUsed: z.int(),
      freeMemoryBytes: z.int(),
      processorLoad: z.number(),
      notAccepting: z.string().nullable(),
    })
    .nullable(),
  /** Its clock less that of the machine that answers. */
  clockSkewMs: z.number().nullable(),
  ownedTasks: z.int(),
  /** Newest record of its run log that the answering machine holds, and the newest it has announced. */
  runLogSequence: z.int(),
  announcedLogSequence: z.int(),
  addresses: z.array(z.string()),
});
export type MachineOutput = z.output<typeof machineOutput>;

export const machineListOutput = z.object({ machines: z.array(machineOutput) });
export const machineInput = z.strictObject({ machine: machineReference });
export const machineIdOutput = z.object({ id: z.string() });
export const renameMachineInput = z.strictObject({ machine: machineReference, name: machineNameSchema });

export const labelMachineInput = z.strictObject({
  machine: machineReference,
  /** Labels to add or change. */
  set: labelsSchema.default({}),
  /** Names of labels to take away. */
  remove: z.array(labelKeySchema).max(LIMITS.labelsPerMachine).default([]),
  /** Take away all labels that `set` does not name. */
  replace: z.boolean().default(false),
});
export const labelMachineOutput = z.object({ id: z.string(), labels: z.record(z.string(), z.string()) });
