/** What the API says of the cluster, and what it asks for to make, join and open one. */
import { z } from 'zod';
import { LIMITS, TIMES } from '../config/constants.ts';
import { machineNameSchema, roleSchema } from '../domain/machine.ts';
import { labelsSchema } from '../domain/placement.ts';
import { instantOutput } from './api-values.ts';
import { machineOutput } from './machine-schemas.ts';

export const peerPhaseSchema = z.enum(['opening', 'no-cluster', 'settling', 'active', 'stopping']);

export const clusterOutput = z.object({ id: z.string(), name: z.string(), root: z.string(), createdAt: instantOutput });

export const warningOutput = z.object({ code: z.string(), text: z.string(), advice: z.string() });

export const clusterStatusOutput = z.object({
  /** The machine that answers. */
  self: z.object({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    startedAt: instantOutput,
    addresses: z.array(z.string()),
    dataFolder: z.string(),
    /** Its keys are wrapped by the keyring of the system; false: they lie in files that its user alone can read. */
    keysInKeyring: z.boolean(),
  }),
  phase: peerPhaseSchema,
  /** Null before a cluster is created or joined. */
  cluster: clusterOutput.nullable(),
  members: z.array(machineOutput),
  /** Equal digests mean equal documents. */
  document: z.object({ heads: z.array(z.string()), digest: z.string() }),
  counts: z.object({ machines: z.int(), machinesAlive: z.int(), tasks: z.int(), activeRuns: z.int() }),
  warnings: z.array(warningOutput),
});
export type ClusterStatus = z.output<typeof clusterStatusOutput>;

/** What this machine is to be called in the cluster; absent: as its agent was started. */
export const ownNameInput = machineNameSchema.optional();

export const createClusterInput = z.strictObject({
  name: z.string().trim().min(1).max(LIMITS.nameLength),
  machineName: ownNameInput,
});
export const createdClusterOutput = z.object({ id: z.string(), name: z.string() });

export const joinInput = z.strictObject({
  token: z.string().trim().min(1).max(LIMITS.joinMessageBytes),
  machineName: ownNameInput,
});

export const inviteInput = z.strictObject({
  /** What the new machine may do. */
  roles: z.array(roleSchema).min(1).max(4).default(['editor', 'executor']),
  expiresMs: z
    .int()
    .min(10_000)
    .max(7 * 24 * 60 * 60 * 1000)
    .default(TIMES.invitationMs),
  /** Given to the new machine besides its own. */
  labels: labelsSchema.optional(),
});
/** The token is told once, and kept nowhere. */
export const invitationOutput = z.object({ id: z.string(), token: z.string(), expiresAt: instantOutput });

export const invitationListOutput = z.object({
  invitations: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['open', 'used', 'cancelled']),
      roles: z.array(roleSchema),
      labels: z.record(z.string(), z.string()),
      createdAt: instantOutput,
      expiresAt: instantOutput,
      /** The machine that it admitted: its id, and its name where it is known. */
      usedBy: z.string().nullable(),
      usedByName: z.string().nullable(),
    }),
  ),
});
export const cancelInvitationInput = z.strictObject({
  id: z.string().regex(/^[0-9a-fA-F]{8,64}$/, 'an invitation is named by 8 digits and letters from a to f'),
});
