/**
 * Names and versions of the wire protocols. Protocol names change only when old and new cannot talk at all; within one
 * name the hello of each control stream says which versions a machine speaks, and the highest common one is used.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';

export const PROTOCOLS = {
  /** One long-lived stream between two members. */
  control: '/carillon/control/1',
  /** One request and one answer; the only protocol that strangers may open. */
  join: '/carillon/join/2',
  /** Gossip topic of the signed heartbeats. */
  heartbeatTopic: '/carillon/heartbeat/1',
} as const;

/** The newest version of the control protocol that this program speaks. */
export const PROTOCOL_VERSION = 1;
/** The oldest one that it still speaks. */
export const OLDEST_PROTOCOL_VERSION = 1;

/** The first message in each direction of a control stream. Unknown fields are ignored, for the sake of later versions. */
export const helloSchema = z.object({
  type: z.literal('hello'),
  version: z.int().min(1).max(65_535),
  oldestVersion: z.int().min(1).max(65_535),
  /** Where the sender listens. */
  addresses: z.array(z.string().max(LIMITS.multiaddrLength)).max(LIMITS.addressesPerMachine),
});
export type Hello = z.infer<typeof helloSchema>;

/** What this program says first. */
export function ownHello(addresses: readonly string[]): Hello {
  return {
    type: 'hello',
    version: PROTOCOL_VERSION,
    oldestVersion: OLDEST_PROTOCOL_VERSION,
    addresses: addresses.slice(0, LIMITS.addressesPerMachine),
  };
}

/** The version to use with a machine that said `theirs`; INVALID_INPUT when there is no common one. */
export function agreeOnVersion(theirs: Hello): Result<number> {
  const version = Math.min(PROTOCOL_VERSION, theirs.version);
  if (version >= OLDEST_PROTOCOL_VERSION && version >= theirs.oldestVersion) return ok(version);
  const message = `the other machine speaks versions ${theirs.oldestVersion} to ${theirs.version} of the protocol, this one ${OLDEST_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`;
  return err(appError('INVALID_INPUT', message, { advice: 'Update the older of the two machines.' }));
}
