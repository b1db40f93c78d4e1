/**
 * Who may write what in the document. Pure rules: what holds in a change's causal past comes in, a verdict goes out, the
 * same on every machine.
 */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ClusterId, MachineId } from '../domain/ids.ts';
import type { Verifier } from '../ports/signer.ts';
import { encodeValue } from '../protocol/codec.ts';
import { fromBase64Url } from './base64url.ts';

const CERTIFICATE_DOMAIN = utf8ToBytes('carillon-admin-1\0');

/** What the root key signs to make a machine an admin: "carillon-admin-1" NUL dag-cbor [cluster, machine]. */
export function certificateText(clusterId: ClusterId, machine: MachineId): Uint8Array {
  return concatBytes(CERTIFICATE_DOMAIN, encodeValue([clusterId, machine]));
}

/** True when `certificate` (base64url) is the root key's word that `machine` is an admin of the cluster. Never throws. */
export function verifyCertificate(
  verifier: Verifier,
  root: MachineId,
  clusterId: ClusterId,
  machine: MachineId,
  certificate: string,
): boolean {
  const signature = fromBase64Url(certificate);
  return signature !== undefined && verifier.verify(root, certificateText(clusterId, machine), signature);
}
