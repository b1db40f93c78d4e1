/** What the API says and takes of pairing: machines nearby, digits to compare, approval. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { roleSchema } from '../domain/machine.ts';
import { labelsSchema } from '../domain/placement.ts';
import { instantOutput, machineReference } from './api-values.ts';
import { ownNameInput } from './cluster-schemas.ts';

const clusterName = z.object({ id: z.string(), name: z.string() });

export const nearbyOutput = z.object({
  machines: z.array(
    z.object({
      id: z.string(),
      /** To be compared with what that machine shows of itself. */
      fingerprint: z.string(),
      /** As it calls itself; null when it did not answer. */
      name: z.string().nullable(),
      /** Null: it belongs to none. */
      cluster: clusterName.nullable(),
      /** People there can admit machines. */
      admits: z.boolean(),
      addresses: z.array(z.string()),
    }),
  ),
});

/** A machine that asks to join here. */
const askedPairing = z.object({
  id: z.string(),
  fingerprint: z.string(),
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  remoteAddress: z.string(),
  /** The other screen must show the same. */
  digits: z.string(),
  /** The person there says that it does. */
  confirmed: z.boolean(),
  approved: z.boolean(),
  askedAt: instantOutput,
  expiresAt: instantOutput,
});

/** What this machine asks for. */
const ownPairing = z.object({
  asked: z.string(),
  state: z.enum(['asking', 'waiting', 'joined', 'ended']),
  name: z.string().nullable(),
  cluster: clusterName.nullable(),
  digits: z.string().nullable(),
  confirmed: z.boolean(),
  expiresAt: instantOutput,
  /** Why it came to nothing. */
  failure: z.object({ code: z.string(), message: z.string(), advice: z.string() }).nullable(),
});
export type OwnPairing = z.output<typeof ownPairing>;

export const pairingListOutput = z.object({
  asked: z.array(askedPairing),
  own: ownPairing.nullable(),
  /** Where this machine can be asked by those that do not see it. */
  addresses: z.array(z.string()),
});
export type PairingList = z.output<typeof pairingListOutput>;

export const askInput = z.strictObject({
  /** A machine nearby by its name, id or fingerprint; the name of a cluster; or a multiaddr that ends in /p2p/ and an id. */
  to: z.string().trim().min(1).max(LIMITS.multiaddrLength),
  machineName: ownNameInput,
});
export const askedOutput = z.object({
  id: z.string(),
  name: z.string(),
  cluster: clusterName,
  digits: z.string(),
  expiresAt: instantOutput,
});
export const confirmInput = z.strictObject({ same: z.boolean() });
/** How many pairings were open. */
export const clearedOutput = z.object({ ended: z.int() });
export const pairingIdOutput = z.object({ id: z.string() });

/** A machine that asks, by its name, its id, the beginning of it, or its fingerprint. */
export const refuseInput = z.strictObject({ machine: machineReference });
export const approveInput = z.strictObject({
  machine: machineReference,
  /** What it may do. */
  roles: z.array(roleSchema).min(1).max(4).default(['editor', 'executor']),
  /** Instead of those that it gives itself. */
  labels: labelsSchema.optional(),
});
/** `approved`: it is let in once the person there has confirmed the digits. */
export const approvedOutput = z.object({ id: z.string(), name: z.string(), state: z.enum(['approved', 'admitted']) });
