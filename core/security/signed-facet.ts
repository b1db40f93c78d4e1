/**
 * The signature that a value of the document carries: its author vouches for the value, its revision and its times, at
 * this place of this cluster's document and nowhere else. The seal of a change (`sealed-change.ts`) says who handed a
 * change in; this signature stays with the value, so that an executor can check a task long after, on its own.
 *
 *   Ed25519 over  "carillon-facet-1" NUL  dag-cbor [cluster, map, key, revision, changedAt, createdAt, value]
 *
 * The value is its canonical JSON text: one text for one value, whatever numbers and texts are in it.
 */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ClusterId, MachineId } from '../domain/ids.ts';
import type { Signer, Verifier } from '../ports/signer.ts';
import { encodeValue } from '../protocol/codec.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

/** What is signed. */
export interface FacetStatement {
  readonly clusterId: ClusterId;
  /** The place: a root map of the document, and a key in it. */
  readonly map: string;
  readonly key: string;
  readonly revision: number;
  /** Epoch milliseconds by the author's clock. */
  readonly changedAt: number;
  readonly createdAt: number;
  /** Canonical JSON. */
  readonly valueText: string;
}

/** Characters of a signature in base64url: 64 bytes. */
export const FACET_SIGNATURE_LENGTH = 86;
const DOMAIN = utf8ToBytes('carillon-facet-1\0');

/** The bytes that are signed. */
export function facetText(statement: FacetStatement): Uint8Array {
  const { clusterId, map, key, revision, changedAt, createdAt, valueText } = statement;
  return concatBytes(DOMAIN, encodeValue([clusterId, map, key, revision, changedAt, createdAt, valueText]));
}

/** This machine's signature, base64url. */
export function signFacet(signer: Pick<Signer, 'sign'>, statement: FacetStatement): string {
  return toBase64Url(signer.sign(facetText(statement)));
}

/** True when `signature` (base64url) is `author`'s over the statement. Never throws. */
export function verifyFacet(
  verifier: Verifier,
  author: MachineId,
  statement: FacetStatement,
  signature: string,
): boolean {
  const bytes = fromBase64Url(signature);
  return bytes !== undefined && verifier.verify(author, facetText(statement), bytes);
}
