/**
 * Sealing of document changes: the machine that makes a change signs its hash, its actor and its number, and every
 * machine checks that before the bytes come near the document. Automerge itself does not compare a change with its
 * checksum when it applies it, and a single flipped bit can make a document unusable.
 *
 * Bytes are compared with the hash by our own SHA-256 first, then the signature is checked; only what its author vouches
 * for is decoded. The hash of a change is the SHA-256 of its chunk after magic and checksum, and the checksum is the
 * hash's first four bytes (Automerge binary format, "chunk"); so the hash covers every byte. Compressed chunks are
 * refused: the hash of such a chunk is that of its content, which would leave its bytes open, and small ones can swell.
 */
import { decodeChange, type DecodedChange } from '@automerge/automerge';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { LIMITS } from '../config/constants.ts';
import type { SealedChange } from '../document/document-protocol.ts';
import type { MachineId } from '../domain/ids.ts';
import { type AppError, appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';
import { columnFault } from './change-columns.ts';

/** The signing half of this machine's key, and verification (the signer port, without the room of ports). */
export interface ChangeSigner extends ChangeVerifier {
  readonly self: MachineId;
  sign(message: Uint8Array): Uint8Array;
}

export interface ChangeVerifier {
  verify(author: MachineId, message: Uint8Array, signature: Uint8Array): boolean;
}

/** A change as Automerge made it. */
export interface UnsealedChange {
  readonly actor: string;
  readonly sequence: number;
  readonly hash: string;
  readonly bytes: Uint8Array;
}

const SEAL_DOMAIN = 'carillon-change-v1';
const MAGIC = [0x85, 0x6f, 0x4a, 0x83];
const CHECKSUM_END = 8;
const CHANGE_CHUNK = 1;

/** What the author signs: domain, actor, number and hash, joined by NUL (none of them can hold one). */
export function sealText(actor: string, sequence: number, hash: string): Uint8Array {
  return utf8ToBytes([SEAL_DOMAIN, actor, String(sequence), hash].join('\0'));
}

/** Seals a change that this machine made. */
export function sealChange(signer: ChangeSigner, change: UnsealedChange): SealedChange {
  const signature = signer.sign(sealText(change.actor, change.sequence, change.hash));
  return { ...change, author: signer.self, signature: new Uint8Array(signature) };
}

/**
 * Checks a change from a peer: size, hash, signature, and that the content is what the seal says.
 * @returns the decoded change, or DOCUMENT_CHANGE_INVALID (LIMIT_EXCEEDED when it is too large).
 */
export function checkSealedChange(change: SealedChange, verifier: ChangeVerifier): Result<DecodedChange> {
  const sound = checkBytes(change);
  if (!sound.ok) return sound;
  const text = sealText(change.actor, change.sequence, change.hash);
  if (!verifier.verify(change.author, text, change.signature)) return invalid('its signature is not its author’s');
  return decodeAsSealed(change);
}

/**
 * Checks a change that was checked before it was stored on this machine: all but the signature, for damage.
 * @returns as `checkSealedChange`.
 */
export function checkStoredChange(change: SealedChange): Result<DecodedChange> {
  const sound = checkBytes(change);
  return sound.ok ? decodeAsSealed(change) : sound;
}

function checkBytes(change: SealedChange): Result<undefined> {
  const { bytes, hash } = change;
  if (bytes.length > LIMITS.changeBytes) {
    return err(appError('LIMIT_EXCEEDED', `The change has ${bytes.length} bytes; ${LIMITS.changeBytes} are allowed.`));
  }
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) return invalid('it does not begin as a change does');
  if (bytes[CHECKSUM_END] !== CHANGE_CHUNK) return invalid('it is not a plain change');
  if (bytesToHex(sha256(bytes.subarray(CHECKSUM_END))) !== hash) return invalid('its bytes do not match its hash');
  if (bytesToHex(bytes.subarray(MAGIC.length, CHECKSUM_END)) !== hash.slice(0, 8)) {
    return invalid('its checksum does not match its hash');
  }
  return ok(undefined);
}

function decodeAsSealed(change: SealedChange): Result<DecodedChange> {
  const fault = columnFault(change.bytes);
  if (fault !== undefined) return invalid(fault);
  let decoded: DecodedChange;
  try {
    decoded = decodeChange(change.bytes);
  } catch (error) {
    return invalid(`it cannot be decoded (${error instanceof Error ? error.message : String(error)})`);
  }
  if (decoded.actor !== change.actor) return invalid('its actor is not the one of its seal');
  if (decoded.seq !== change.sequence) return invalid('its number is not the one of its seal');
  if (decoded.hash !== change.hash) return invalid('its hash is not the one of its seal');
  return ok(decoded);
}

function invalid(reason: string): { ok: false; error: AppError } {
  return err(appError('DOCUMENT_CHANGE_INVALID', `The change was not applied: ${reason}.`));
}
