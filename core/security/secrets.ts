/**
 * How a secret is kept in the document: its value enciphered once (AES-256-GCM under a key that is used for nothing else),
 * and that key sealed to each machine that may open it (HPKE, RFC 9180). So a value of 64 KiB does not grow with the
 * cluster, and a machine that comes needs only the key.
 *
 * All of it is bound to the cluster, the name, the version and the scope: what is sealed for one secret opens no other,
 * an old version is no new one, and the scope can be changed only by who can open the secret.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { type ClusterId, type MachineId, machineIdSchema } from '../domain/ids.ts';
import { instantSchema } from '../domain/instant.ts';
import type { RosterEntry } from '../domain/machine.ts';
import { type SecretScope, fitsLabels, secretScopeSchema } from '../domain/secret.ts';
import type { Sealer } from '../ports/sealer.ts';
import { encodeValue } from '../protocol/codec.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

/** Characters of the beginning of a sealing key by which it is told from another one. */
const KEY_MARK_LENGTH = 11;
const BASE64URL = /^[A-Za-z0-9_-]*$/;
const count = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
/** Cipher, its nonce and its tag take 28 bytes beside the value. */
const BOX_LENGTH = Math.ceil(((LIMITS.secretBytes + 28) * 4) / 3);

/** A secret, as the document holds it. */
export const sealedSecretSchema = z.strictObject({
  /** Counts the values that were set. */
  generation: count,
  /** Counts how often it was enciphered: with each new value, and for those that are left when a machine has gone. */
  version: count,
  scope: secretScopeSchema,
  /** Who set the value, and when: epoch milliseconds. */
  setBy: machineIdSchema,
  setAt: instantSchema,
  /** The value, enciphered; base64url. */
  box: z.string().max(BOX_LENGTH).regex(BASE64URL),
  /** The key of the box, sealed to each machine that can open it. */
  sealed: z
    .record(
      machineIdSchema,
      z.strictObject({
        /** The beginning of the public key that it is sealed to. */
        to: z.string().length(KEY_MARK_LENGTH),
        enc: z.string().length(43).regex(BASE64URL),
        ciphertext: z.string().length(64).regex(BASE64URL),
      }),
    )
    .refine((sealed) => Object.keys(sealed).length <= LIMITS.machinesPerCluster, 'sealed to too many machines'),
  /** Machines that could open this value and cannot any more: they may know it. */
  exposed: z.array(machineIdSchema).max(LIMITS.machinesPerCluster),
});
export type SealedSecret = z.infer<typeof sealedSecretSchema>;

/** What stays of a secret that was deleted, so that a value which was sealed anew meanwhile does not bring it back. */
export const deletedSecretSchema = z.strictObject({ deleted: z.literal(true), generation: count, version: count });
export type DeletedSecret = z.infer<typeof deletedSecretSchema>;

/** A machine that a secret is sealed to. */
export interface Recipient {
  readonly id: MachineId;
  /** X25519 public key, base64url. */
  readonly key: string;
}

/** What is to be sealed; the value is in the clear here, and nowhere else but with who gave it. */
export interface SecretValue {
  readonly clusterId: ClusterId;
  readonly name: string;
  readonly value: Uint8Array;
  readonly about: Pick<SealedSecret, 'generation' | 'version' | 'scope' | 'setBy' | 'setAt' | 'exposed'>;
}

/** Of two states of a secret the one that counts comes first: the newer value, then the newer version of it. */
export function bySecretAge(
  a: Pick<SealedSecret, 'generation' | 'version'>,
  b: Pick<SealedSecret, 'generation' | 'version'>,
): number {
  return b.generation - a.generation || b.version - a.version;
}

/**
 * The machines that a secret of this scope belongs to, in order of their ids: every admin, so that admins can seal it to
 * machines that come, and the executors with the labels of the scope.
 */
export function recipientsOf(scope: SecretScope, roster: Iterable<RosterEntry>): Recipient[] {
  const recipients: Recipient[] = [];
  for (const entry of roster) {
    if (entry.removed || entry.sealingKey === undefined) continue;
    const mayRun = entry.roles.includes('executor') && fitsLabels(scope, entry);
    if (mayRun || entry.roles.includes('admin')) recipients.push({ id: entry.id, key: entry.sealingKey });
  }
  return recipients.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Who should be able to open a secret and cannot, and who can and should not. */
export function mismatchOf(
  secret: SealedSecret,
  roster: Iterable<RosterEntry>,
): { readonly missing: Recipient[]; readonly surplus: MachineId[] } {
  const wanted = recipientsOf(secret.scope, roster);
  const ids = new Set(wanted.map(({ id }) => id));
  const missing = wanted.filter(({ id, key }) => !isSealedTo(secret, id, key));
  const surplus = (Object.keys(secret.sealed) as MachineId[]).filter((id) => !ids.has(id)).sort();
  return { missing, surplus };
}

/** True when the machine with this sealing key can open the secret. */
export function isSealedTo(secret: SealedSecret, machine: MachineId, key: string): boolean {
  return secret.sealed[machine]?.to === key.slice(0, KEY_MARK_LENGTH);
}

/** Enciphers a value and seals its key to each recipient; one whose key is none is left out. */
export async function sealSecret(
  sealer: Sealer,
  { clusterId, name, value, about }: SecretValue,
  recipients: readonly Recipient[],
): Promise<SealedSecret> {
  const { key, box } = await sealer.encipher(value, boundTo(clusterId, name, about));
  const bare: SealedSecret = { ...about, box: toBase64Url(box), sealed: {} };
  try {
    return await withRecipients(sealer, clusterId, name, bare, key, recipients);
  } finally {
    key.fill(0);
  }
}

/** The same secret, for more machines; undefined when this machine cannot open it. */
export async function shareSecret(
  sealer: Sealer,
  self: MachineId,
  secret: { readonly clusterId: ClusterId; readonly name: string; readonly sealed: SealedSecret },
  recipients: readonly Recipient[],
): Promise<SealedSecret | undefined> {
  const key = await openKey(sealer, self, secret);
  if (key === undefined) return undefined;
  try {
    return await withRecipients(sealer, secret.clusterId, secret.name, secret.sealed, key, recipients);
  } finally {
    key.fill(0);
  }
}

/** The value of a secret that is sealed to this machine; undefined when it cannot be opened. */
export async function openSecret(
  sealer: Sealer,
  self: MachineId,
  secret: { readonly clusterId: ClusterId; readonly name: string; readonly sealed: SealedSecret },
): Promise<Uint8Array | undefined> {
  const key = await openKey(sealer, self, secret);
  const box = fromBase64Url(secret.sealed.box);
  if (key === undefined || box === undefined) return undefined;
  try {
    return await sealer.decipher(key, box, boundTo(secret.clusterId, secret.name, secret.sealed));
  } finally {
    key.fill(0);
  }
}

async function openKey(
  sealer: Sealer,
  self: MachineId,
  { clusterId, name, sealed }: { clusterId: ClusterId; name: string; sealed: SealedSecret },
): Promise<Uint8Array | undefined> {
  const own = sealed.sealed[self];
  return own === undefined ? undefined : sealer.open(own, boundTo(clusterId, name, sealed, self));
}

async function withRecipients(
  sealer: Sealer,
  clusterId: ClusterId,
  name: string,
  secret: SealedSecret,
  key: Uint8Array,
  recipients: readonly Recipient[],
): Promise<SealedSecret> {
  const sealed = { ...secret.sealed };
  for (const recipient of recipients) {
    const bytes = await sealer.seal(recipient.key, key, boundTo(clusterId, name, secret, recipient.id));
    if (bytes !== undefined) sealed[recipient.id] = { to: recipient.key.slice(0, KEY_MARK_LENGTH), ...bytes };
  }
  return { ...secret, sealed };
}

/** dag-cbor [cluster, name, version, scope, machine]; the machine is '' for the value itself. */
function boundTo(
  clusterId: ClusterId,
  name: string,
  { version, scope }: Pick<SealedSecret, 'version' | 'scope'>,
  machine: MachineId | '' = '',
): Uint8Array {
  return encodeValue([clusterId, name, version, scope, machine]);
}
