/**
 * Invitations: what a machine needs to join a cluster, as one line of text that people copy. It holds the inviter's key
 * (inside its id), so that the joiner knows whom it talks to, and a one-time secret, so that the inviter knows who was
 * invited. A checksum tells a half-copied token from a wrong one.
 *
 *   carillon1 base64url( dag-cbor { v, cluster, name, inviter, addresses, secret, expiresAt } · SHA-256[0..4] )
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { clusterIdSchema, machineIdSchema, type ClusterId, type MachineId } from '../domain/ids.ts';
import { instantSchema } from '../domain/instant.ts';
import { decodeValue, encodeValue } from '../protocol/codec.ts';
import { WIRE } from '../protocol/limits.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { publicKeyOf } from './identity.ts';

export interface Invitation {
  readonly clusterId: ClusterId;
  readonly clusterName: string;
  readonly inviter: MachineId;
  /** Multiaddrs of the inviter. */
  readonly addresses: readonly string[];
  /** 32 unpredictable bytes, good for one admission. */
  readonly secret: Uint8Array;
  /** Epoch milliseconds by the inviter's clock. */
  readonly expiresAt: number;
}

export const INVITATION_PREFIX = 'carillon1';
export const INVITATION_SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;

const invitationSchema = z.strictObject({
  v: z.literal(1),
  cluster: clusterIdSchema,
  name: z.string().max(LIMITS.nameLength),
  inviter: machineIdSchema,
  addresses: z.array(z.string().max(LIMITS.multiaddrLength)).max(LIMITS.addressesPerMachine),
  secret: z.instanceof(Uint8Array).refine((value) => value.length === INVITATION_SECRET_BYTES, 'a secret has 32 bytes'),
  expiresAt: instantSchema,
});

/** The invitation as text. */
export function encodeInvitation(invitation: Invitation): string {
  const body = encodeValue({
    v: 1,
    cluster: invitation.clusterId,
    name: invitation.clusterName,
    inviter: invitation.inviter,
    addresses: invitation.addresses.slice(0, LIMITS.addressesPerMachine),
    secret: invitation.secret,
    expiresAt: invitation.expiresAt,
  });
  return INVITATION_PREFIX + toBase64Url(concatBytes(body, checksumOf(body)));
}

/**
 * Reads an invitation; white space around and inside it (line breaks of a terminal) does not matter. TOKEN_INVALID when it
 * is not a whole and well-formed token. Whether it has expired is for the inviter to say, by its own clock.
 */
export function parseInvitation(text: string): Result<Invitation> {
  if (text.length > WIRE.invitationCharacters) return invalid('it is too long');
  const token = text.replace(/\s+/g, '');
  if (!token.startsWith(INVITATION_PREFIX)) return invalid(`it does not start with "${INVITATION_PREFIX}"`);
  const bytes = fromBase64Url(token.slice(INVITATION_PREFIX.length));
  if (bytes === undefined || bytes.length <= CHECKSUM_BYTES) return invalid('a part of it is missing or changed');
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  const checksum = checksumOf(body);
  if (checksum.some((byte, index) => byte !== bytes[body.length + index])) {
    return invalid('a part of it is missing or changed');
  }
  const decoded = decodeValue(body, invitationSchema, WIRE.invitationCharacters);
  if (!decoded.ok) return invalid(`it ${decoded.error}`);
  const { cluster, name, inviter, addresses, secret, expiresAt } = decoded.value;
  if (publicKeyOf(inviter) === undefined) return invalid('it names no valid inviter');
  return ok({ clusterId: cluster, clusterName: name, inviter, addresses, secret, expiresAt });
}

function checksumOf(body: Uint8Array): Uint8Array {
  return sha256(body).slice(0, CHECKSUM_BYTES);
}

function invalid(reason: string): Result<never> {
  return err(appError('TOKEN_INVALID', `This is not a usable invitation: ${reason}.`));
}
