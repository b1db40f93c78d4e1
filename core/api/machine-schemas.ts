/** What the API says of a machine, and what can be asked of it. */
import { z } from 'zod';
import { ROLES, machineNameSchema, roleSchema } from '../domain/machine.ts';
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
  /** Which machine admitted it (the first one itself), and when. */
  addedBy: z.string(),
  addedByName: z.string().nullable(),
  addedAt: instantOutput,
  /** The root key of the cluster vouches for it: it is an admin without the word of another one. */
  certified: z.boolean(),
  /** Its key in short, to be compared by eye. */
  fingerprint: z.string(),
  facts: z
    .object({
      operatingSystem: z.string(),
      architecture: z.string(),
      version: z.string(),
      timeZoneDataVersion: z.string(),
      slots: z.int(),
      /** What its own policy rules out, as it tells the others; null when that is nothing. Lists that are null set no bounds. */
      policy: z
        .object({
          actionTypes: z.array(z.string()).nullable(),
          forbiddenTags: z.array(z.string()).nullable(),
          /** As whom tasks may ask to run; null: as nobody. */
          users: z.array(z.string()).nullable(),
          folders: z.array(z.string()).nullable(),
        })
        .nullable(),
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

export const setRolesInput = z.strictObject({
  machine: machineReference,
  /** All that it is to have; whatever is not named is taken away. */
  roles: z.array(roleSchema).min(1).max(ROLES.length),
});
export const setRolesOutput = z.object({ id: z.string(), roles: z.array(roleSchema) });

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
