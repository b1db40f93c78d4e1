/** A machine: its entry in the roster (what is agreed), and what it says of itself (heartbeats). */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { machineIdSchema } from './ids.ts';
import { instantSchema } from './instant.ts';
import { labelsSchema } from './placement.ts';

export const ROLES = ['admin', 'editor', 'executor', 'viewer'] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

export const machineNameSchema = z.string().trim().min(1).max(LIMITS.nameLength);

/** A trusted machine, as the document holds it. */
export const rosterEntrySchema = z.strictObject({
  id: machineIdSchema,
  name: machineNameSchema,
  labels: labelsSchema.default({}),
  roles: z.array(roleSchema).min(1).max(ROLES.length),
  /** Points on the ring, and so the share of tasks, in proportion. 1 is the norm. */
  weight: z.number().min(0.1).max(10).default(1),
  /** Its grant counts for at-most-once. */
  voter: z.boolean().default(true),
  /** When it became a voter, epoch milliseconds; absent for the machine that founded the cluster. */
  voterSince: instantSchema.optional(),
  /**
   * The fencing token of the claim by which it became a voter: no lower than any that the voters before had seen, of any
   * task. Who votes from then on grants higher ones only.
   */
  voterToken: z.int().min(0).optional(),
  /** A drained machine finishes what runs and takes nothing new. */
  drained: z.boolean().default(false),
  /** A removed machine is trusted no more. */
  removed: z.boolean().default(false),
  /**
   * Set when the machine is removed, and kept ever after: per Automerge actor of this machine the newest change that
   * still counts. What it wrote beyond is void.
   */
  lastChanges: z.record(z.string().regex(/^[0-9a-f]{32}$/), z.int().min(0)).optional(),
  /**
   * Set when the machine is removed: the newest record of its run log that was held where that was done. Notes beyond it
   * count for nothing.
   */
  lastRecord: z.int().min(0).optional(),
  /** The root key's signature that makes this machine an admin without the word of another one; base64url. */
  certificate: z.string().length(86).optional(),
  /** X25519 public key to which secrets for this machine are sealed; base64url. */
  sealingKey: z.string().length(43).optional(),
  addedBy: machineIdSchema,
  /** Epoch milliseconds. */
  addedAt: instantSchema,
  /** Multiaddrs by which it was last known, a hint for dialling. */
  addresses: z.array(z.string().max(LIMITS.multiaddrLength)).max(LIMITS.addressesPerMachine).default([]),
});
export type RosterEntry = z.infer<typeof rosterEntrySchema>;

/** What a machine is, as it says of itself. Only its own policy changes it while it runs. */
export const machineFactsSchema = z.strictObject({
  operatingSystem: z.string().max(32),
  architecture: z.string().max(32),
  version: z.string().max(64),
  timeZoneDataVersion: z.string().max(32),
  slots: z.int().min(0).max(LIMITS.slots),
  /** What its own policy rules out, for all to know. */
  policy: z
    .strictObject({
      /** Absent: all types. */
      actionTypes: z.array(z.string().max(32)).max(16).optional(),
      forbiddenTags: z.array(z.string().max(64)).max(LIMITS.policyTags).optional(),
      /** As whom tasks may ask to run. Absent: nobody. */
      users: z.array(z.string().max(64)).max(LIMITS.policyUsers).optional(),
      /** Absent: all. */
      folders: z.array(z.string().max(LIMITS.policyFolderLength)).max(LIMITS.policyFolders).optional(),
    })
    .optional(),
});
export type MachineFacts = z.infer<typeof machineFactsSchema>;

/** How busy a machine is right now. */
export const machineLoadSchema = z.strictObject({
  /** Runs that are being executed. */
  slotsUsed: z.int().min(0).max(LIMITS.slots),
  freeMemoryBytes: z.int().min(0),
  /** 0 (idle) to 1 (all processors busy). */
  processorLoad: z.number().min(0).max(1),
  /** Set when the machine takes no runs at the moment, such as `STORAGE_FULL`. */
  notAccepting: z.string().max(64).optional(),
});
export type MachineLoad = z.infer<typeof machineLoadSchema>;
