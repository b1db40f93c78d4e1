/**
 * The signature of a run record: its recorder vouches for all of it, so that a record may come from any machine and
 * nobody can say in another's name that something ran.
 *
 *   Ed25519 over  "carillon-record-1" NUL  dag-cbor of the record without its signature
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { ACTIVE_STATES, type RunRecord, type RunState } from '../domain/run.ts';
import type { Signer, Verifier } from '../ports/signer.ts';
import { encodeSigned } from '../protocol/codec.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

const DOMAIN = utf8ToBytes('carillon-record-1\0');

/** The record with this machine's signature. The recorder must be the signer, else nobody will believe it. */
export function signRecord(signer: Pick<Signer, 'sign'>, record: RunRecord): RunRecord {
  return { ...record, signature: toBase64Url(signer.sign(recordText(record))) };
}

/**
 * The last records whose signature was found good, each at a place that follows from its number. Records never change,
 * and the verdict depends on nothing else, so that one which comes from several machines as the same object is checked
 * once, as a rule: another record may take its place before.
 */
const believed = new Array<RunRecord | undefined>(64).fill(undefined);

/** States that only the machine of the run can know of. */
const OWN_STATES: ReadonlySet<RunState> = new Set([...ACTIVE_STATES, 'succeeded', 'failed', 'timed-out', 'cancelled']);

/**
 * Why the record is not to be believed, in words: its recorder did not sign it, or says of another machine's run what
 * that machine alone can say. Undefined when it is good. Depends on nothing but the record. Never throws.
 */
export function recordFault(verifier: Verifier, record: RunRecord): string | undefined {
  const place = record.sequence % believed.length;
  if (believed[place] === record) return undefined;
  if (record.signature === undefined) return 'it is not signed';
  if (OWN_STATES.has(record.state) && record.recorderId !== record.machineId) {
    return `its recorder says "${record.state}" of a run of another machine`;
  }
  const signature = fromBase64Url(record.signature);
  const signed = signature !== undefined && verifier.verify(record.recorderId, recordText(record), signature);
  if (!signed) return 'it is not signed by its recorder';
  believed[place] = record;
  return undefined;
}

function recordText(record: RunRecord): Uint8Array {
  return encodeSigned(DOMAIN, record, 'signature');
}
