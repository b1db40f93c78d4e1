/**
 * The signature of a record of the audit log, by the machine that wrote it: nobody can put words into another's log.
 *
 *   Ed25519 over  "carillon-audit-1" NUL  dag-cbor of the record without its signature
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { AuditRecord } from '../domain/audit-record.ts';
import type { Signer, Verifier } from '../ports/signer.ts';
import { encodeSigned } from '../protocol/codec.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

const DOMAIN = utf8ToBytes('carillon-audit-1\0');

/** The record with this machine's signature. The recorder must be the signer. */
export function signAudit(signer: Pick<Signer, 'sign'>, record: AuditRecord): AuditRecord {
  return { ...record, signature: toBase64Url(signer.sign(auditText(record))) };
}

/** True when its recorder signed it. Never throws. */
export function isSignedAudit(verifier: Verifier, record: AuditRecord): boolean {
  const signature = record.signature === undefined ? undefined : fromBase64Url(record.signature);
  return signature !== undefined && verifier.verify(record.recorderId, auditText(record), signature);
}

function auditText(record: AuditRecord): Uint8Array {
  return encodeSigned(DOMAIN, record, 'signature');
}
