/**
 * A snapshot as bytes: what Automerge saves, behind a header that holds what Automerge does not know (whose each actor
 * is) or is slow to tell (which places hold concurrent values, who was ever admitted by whom). The header has a checksum of its own, and names the
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
import { type TrustWrite, trustWriteSchema } from './trust-write.ts';

const MAGIC = utf8ToBytes('CARILLON');
const VERSION = 2;
const HEADER_START = MAGIC.length + 5;
const CHECKSUM_BYTES = 32;

const headerSchema = z.strictObject({
  heads: z.array(z.string()),
  actors: z.record(
    z.string(),
    z.strictObject({ author: machineIdSchema, sequence: z.int().min(1), lastOperation: z.int().min(1) }),
  ),
  conflicts: z.array(z.strictObject({ map: z.string(), key: z.string() })),
  /** Every write of the roster and of the cluster's settings. */
  trust: z.array(trustWriteSchema),
});
type Header = z.infer<typeof headerSchema>;

export interface OpenedSnapshot {
  readonly replica: Replica;
  readonly ledger: ActorLedger;
  /** Places that held concurrent values. */
  readonly conflicts: Header['conflicts'];
  readonly trust: readonly TrustWrite[];
}

/** The bytes of a document, with what is known beside it. */
export function encodeSnapshot(
  replica: Replica,
  ledger: ActorLedger,
  conflicts: Header['conflicts'],
  trust: readonly TrustWrite[],
): Uint8Array {
  const actors = Object.fromEntries(ledger.entries());
  const header = encodeHeader({ heads: replica.heads(), actors, conflicts, trust });
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
  const { conflicts, trust } = header.data;
  return ok({ replica: loaded.value, ledger, conflicts, trust });
}

/** JSON in ASCII, so that it is read without decoding UTF-8: everything else is escaped. */
function encodeHeader(header: object): Uint8Array {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return utf8ToBytes(JSON.stringify(header).replace(/[\u0080-\uffff]/g, escape));
}

function parseJson(bytes: Uint8Array): unknown {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
