/**
 * Messages as bytes: dag-cbor (one encoding for each value), refused unless they fit a schema and the limits. Nothing that
 * comes from outside makes a decoder throw, hang or build more than `WIRE` and the size limits allow.
 */
import { decode, encode } from '@ipld/dag-cbor';
import type { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { assert } from '../std/assert.ts';
import { err, ok, type Result } from '../std/result.ts';
import { WIRE } from './limits.ts';
import { shapeFault } from './message-shape.ts';
import {
  heartbeatSchema,
  joinAnswerSchema,
  joinRequestSchema,
  peerMessageSchema,
  type Heartbeat,
  type JoinAnswer,
  type JoinRequest,
  type PeerMessage,
} from './messages.ts';
import { encodePlain, lendPlain } from './plain-encoding.ts';
import { helloSchema, type Hello } from './versions.ts';

/** Why bytes were refused, in words, for the log. */
export type DecodeFault = string;
export type Decoded<T> = Result<T, DecodeFault>;

export const encodePeerMessage = (message: PeerMessage): Uint8Array => encodeValue(message);
export const encodeHello = (hello: Hello): Uint8Array => encodeValue(hello);
export const encodeHeartbeat = (heartbeat: Heartbeat): Uint8Array => encodeValue(heartbeat);
export const encodeJoinRequest = (request: JoinRequest): Uint8Array => encodeValue(request);
export const encodeJoinAnswer = (answer: JoinAnswer): Uint8Array => encodeValue(answer);

export const decodePeerMessage = (bytes: Uint8Array): Decoded<PeerMessage> =>
  decodeValue(bytes, peerMessageSchema, LIMITS.controlMessageBytes);
export const decodeHello = (bytes: Uint8Array): Decoded<Hello> => decodeValue(bytes, helloSchema, WIRE.helloBytes);
export const decodeHeartbeat = (bytes: Uint8Array): Decoded<Heartbeat> =>
  decodeValue(bytes, heartbeatSchema, LIMITS.gossipMessageBytes);
export const decodeJoinRequest = (bytes: Uint8Array): Decoded<JoinRequest> =>
  decodeValue(bytes, joinRequestSchema, LIMITS.joinMessageBytes);
export const decodeJoinAnswer = (bytes: Uint8Array): Decoded<JoinAnswer> =>
  decodeValue(bytes, joinAnswerSchema, LIMITS.joinMessageBytes);

/**
 * Encodes plain data as dag-cbor. Fields that are undefined are left out. Numbers must be finite and whole ones within
 * ±2^53: anything else is a bug of the caller and breaks an assertion.
 */
export function encodeValue(value: unknown): Uint8Array {
  return encodePlain(value) ?? encode(withoutUndefined(value, 0));
}

/**
 * What is signed of a value: a domain, then the value's encoding without one of its fields, which is the signature.
 * @returns bytes that hold until the next value is encoded
 */
export function encodeSigned<T extends object>(domain: Uint8Array, value: T, without: keyof T & string): Uint8Array {
  const plain = lendPlain(value, domain, without);
  if (plain !== undefined) return plain;
  const rest = encode(withoutUndefined({ ...value, [without]: undefined }, 0));
  const signed = new Uint8Array(domain.length + rest.length);
  signed.set(domain);
  signed.set(rest, domain.length);
  return signed;
}

/** Decodes one dag-cbor value of at most `maxBytes` and parses it; the reason when either is not possible. */
export function decodeValue<S extends z.ZodType>(bytes: Uint8Array, schema: S, maxBytes: number): Decoded<z.infer<S>> {
  if (bytes.length > maxBytes) return err(`is larger than ${maxBytes} bytes`);
  const fault = shapeFault(bytes);
  if (fault !== undefined) return err(fault);
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (error) {
    return err(`is not dag-cbor: ${inWords(error instanceof Error ? error.message : 'unknown fault')}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const place = inWords(issue?.path.join('.') ?? '');
  return err(`does not fit its schema at "${place}": ${inWords(issue?.message ?? '')}`);
}

const FAULT_LENGTH = 150;

/** What is told of a message may quote it: only so much, and nothing that a terminal or a log takes for its own. */
function inWords(text: string): string {
  return text.slice(0, FAULT_LENGTH).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

function withoutUndefined(value: unknown, depth: number): unknown {
  assert(depth <= WIRE.depth, 'messages are shallow');
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => withoutUndefined(item, depth + 1));
  const plain: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined) plain[key] = withoutUndefined(field, depth + 1);
  }
  return plain;
}
