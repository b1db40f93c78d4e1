/**
 * A snapshot as bytes: what Automerge saves, behind a header that holds what Automerge does not know (whose each actor
 * is) or is slow to tell (which places hold concurrent values). The header has a checksum of its own, and names the
 * document's heads, so that it is never taken for the header of another document. Automerge checks its own part.
 *
 *   "CARILLON" · version (1 byte) · header length (4 bytes, big endian) · header JSON · SHA-256 of all before · document
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { machineIdSchema } from '../domain/ids.ts';
import { type Result, err, ok } from '../std/result.ts';
import { ActorLedger } from './actor-ledger.ts';
import { Replica } from './replica.ts';

const MAGIC = utf8ToBytes('CARILLON');
const VERSION = 1;
const HEADER_START = MAGIC.length + 5;
const CHECKSUM_BYTES = 32;

const headerSchema = z.strictObject({
  heads: z.array(z.string()),
  actors: z.record(
    z.string(),
    z.strictObject({ author: machineIdSchema, sequence: z.int().min(1), lastOperation: z.int().min(1) }),
  ),
  conflicts: z.array(z.strictObject({ map: z.string(), key: z.string() })),
});
type Header = z.infer<typeof headerSchema>;

export interface OpenedSnapshot {
  readonly replica: Replica;
  readonly ledger: ActorLedger;
  /** Places that held concurrent values. */
  readonly conflicts: Header['conflicts'];
}

/** The bytes of a document, with whose its actors are and which places hold concurrent values. */
export function encodeSnapshot(replica: Replica, ledger: ActorLedger, conflicts: Header['conflicts']): Uint8Array {
  const actors = Object.fromEntries(ledger.entries());
  const header = utf8ToBytes(JSON.stringify({ heads: replica.heads(), actors, conflicts } satisfies Header));
  const document = replica.save();
  const bodyStart = HEADER_START + header.length + CHECKSUM_BYTES;
  const bytes = new Uint8Array(bodyStart + document.length);
  bytes.set(MAGIC);
  bytes[MAGIC.length] = VERSION;
  new DataView(bytes.buffer).setUint32(MAGIC.length + 1, header.length);
  bytes.set(header, HEADER_START);
  bytes.set(sha256(bytes.subarray(0, HEADER_START + header.length)), HEADER_START + header.length);
  bytes.set(document, bodyStart);
  return bytes;
}

/** Reads a snapshot; the error says in words why it cannot be used. @param actor for own changes, hex. */
export function decodeSnapshot(bytes: Uint8Array, actor: string): Result<OpenedSnapshot, string> {
  if (bytes.length < HEADER_START + CHECKSUM_BYTES || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    return err('it is not a snapshot');
  }
  if (bytes[MAGIC.length] !== VERSION) return err('it was written by another version');
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length + 1);
  const headerEnd = HEADER_START + headerLength;
  const bodyStart = headerEnd + CHECKSUM_BYTES;
  if (bodyStart > bytes.length) return err('its end is missing');
  const checksum = sha256(bytes.subarray(0, headerEnd));
  if (checksum.some((byte, index) => bytes[headerEnd + index] !== byte)) return err('its header is damaged');
  const header = headerSchema.safeParse(parseJson(bytes.subarray(HEADER_START, headerEnd)));
  if (!header.success) return err('its header cannot be read');
  const loaded = Replica.load(bytes.subarray(bodyStart), actor);
  if (!loaded.ok) return loaded;
  if (loaded.value.heads().join() !== header.data.heads.join()) return err('its header belongs to another document');
  const ledger = new ActorLedger(Object.entries(header.data.actors));
  return ok({ replica: loaded.value, ledger, conflicts: header.data.conflicts });
}

/** The header is ASCII: ids, names of maps and keys, and numbers. */
function parseJson(bytes: Uint8Array): unknown {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
