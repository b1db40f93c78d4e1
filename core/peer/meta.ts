/** Small values that the peer keeps across restarts, by name. What cannot be read is as if it were not there. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { clusterIdSchema, machineIdSchema, type MachineId } from '../domain/ids.ts';
import { roleSchema } from '../domain/machine.ts';
import { labelsSchema } from '../domain/placement.ts';
import { keptOutboxSchema, Outbox } from '../notifications/outbox.ts';
import type { Invitation } from './admission-state.ts';
import type { PeerState } from './state.ts';

export const META = {
  actor: 'actor',
  incarnation: 'incarnation',
  addresses: 'addresses',
  joined: 'joined',
  invitations: 'invitations',
  recovered: 'recovered',
  rootSeed: 'root-seed',
  bootId: 'boot-id',
  /** Followed by the name of a channel: what waits for it. */
  notices: 'notices/',
} as const;

const COUNT_MAX = 2 ** 52;
const addressesSchema = z.record(machineIdSchema, z.array(z.string().max(LIMITS.multiaddrLength)).max(16));
const joinedSchema = z.strictObject({ id: clusterIdSchema, name: z.string(), sponsors: z.array(machineIdSchema) });
const invitationsSchema = z.array(
  z.strictObject({
    secretHash: z.string().regex(/^[0-9a-f]{64}$/),
    roles: z.array(roleSchema),
    labels: labelsSchema.default({}),
    createdAt: z.int().default(0),
    expiresAt: z.int(),
    usedBy: machineIdSchema.optional(),
    cancelled: z.boolean().default(false),
  }),
);

export function loadMeta(state: PeerState, meta: ReadonlyMap<string, string>): void {
  state.incarnation = countOf(meta.get(META.incarnation));
  const addresses = parsed(addressesSchema, meta.get(META.addresses));
  for (const [machine, list] of Object.entries(addresses ?? {})) state.addressBook.set(machine as MachineId, list);
  const joined = parsed(joinedSchema, meta.get(META.joined));
  if (joined !== undefined) {
    state.joined = { id: joined.id, name: joined.name };
    for (const sponsor of joined.sponsors) state.sponsors.add(sponsor);
    state.keptMembership = meta.get(META.joined);
  }
  state.admission.rootSeed = meta.get(META.rootSeed);
  state.chain.lastBootId = meta.get(META.bootId);
  loadNotices(state, meta);
  for (const { usedBy, ...rest } of parsed(invitationsSchema, meta.get(META.invitations)) ?? []) {
    const invitation: Invitation = { ...rest, usedBy };
    state.invitations.set(invitation.secretHash, invitation);
  }
}

function loadNotices(state: PeerState, meta: ReadonlyMap<string, string>): void {
  for (const [key, value] of meta) {
    if (!key.startsWith(META.notices)) continue;
    const kept = parsed(keptOutboxSchema, value);
    if (kept !== undefined) state.notices.outboxes.set(key.slice(META.notices.length), new Outbox(kept));
  }
}

/** A number that can be raised for as long as there are machines; 0 for anything else. */
function countOf(text: string | undefined): number {
  const count = Number(text ?? 0);
  return Number.isSafeInteger(count) && count >= 0 && count < COUNT_MAX ? count : 0;
}

function parsed<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
