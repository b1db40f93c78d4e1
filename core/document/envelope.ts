/**
 * A value of the document with its origin: who wrote it, when, and which revision it is. Kept as one JSON text, so that
 * a value and its origin are never torn apart by a merge. What is read may come from a damaged disk or a later version,
 * so reading says what is wrong instead of failing.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { LIMITS } from '../config/constants.ts';
import { MACHINE_ID_PATTERN, type MachineId } from '../domain/ids.ts';
import { LATEST_INSTANT } from '../domain/instant.ts';
import type { FacetOrigin } from '../domain/task.ts';
import { FACET_SIGNATURE_LENGTH } from '../security/signed-facet.ts';
import { type Result, err, ok } from '../std/result.ts';
import { canonicalJson } from './canonical-json.ts';

export interface Envelope extends FacetOrigin {
  readonly value: unknown;
  /** Epoch milliseconds of the first revision; kept by all later ones. */
  readonly createdAt: number;
  /** The author's, base64url; see `security/signed-facet`. Absent only in what was not written by this program. */
  readonly signature?: string;
}

/** Room that the origin takes beside the value. */
const ORIGIN_BYTES = 384;

/** The text of an envelope: members `r` revision, `by` author, `at` changed, `c` created, `v` value (canonical), `s` signature. */
export function encodeEnvelope(envelope: Envelope): string {
  const { revision, author, changedAt, createdAt, value, signature } = envelope;
  const signed = signature === undefined ? '' : `,"s":"${signature}"`;
  return `{"r":${revision},"by":"${author}","at":${changedAt},"c":${createdAt},"v":${canonicalJson(value)}${signed}}`;
}

/** Reads an envelope; the error says in words what is wrong with the text. */
export function decodeEnvelope(text: string): Result<Envelope, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return err('it is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || !('v' in parsed)) return err('it holds no value');
  const { r, by, at, c, v, s } = parsed as Record<string, unknown>;
  if (!isCount(r) || r < 1) return err('its revision is not a number from 1');
  if (typeof by !== 'string' || !MACHINE_ID_PATTERN.test(by)) return err('its author is not a machine');
  if (!isCount(at) || at > LATEST_INSTANT) return err('its time is not an instant');
  if (!isCount(c) || c > LATEST_INSTANT) return err('its creation is not an instant');
  const origin = { revision: r, author: by as MachineId, changedAt: at, createdAt: c };
  if (s === undefined) return ok({ value: v, ...origin });
  if (typeof s !== 'string' || s.length !== FACET_SIGNATURE_LENGTH) return err('its signature is not one');
  return ok({ value: v, ...origin, signature: s });
}

/** True when the UTF-8 form of an envelope's text is longer than a facet may be, its origin aside. */
export function isOversized(text: string): boolean {
  const limit = LIMITS.facetBytes + ORIGIN_BYTES;
  if (text.length > limit) return true;
  return text.length * 3 > limit && utf8ToBytes(text).length > limit;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
