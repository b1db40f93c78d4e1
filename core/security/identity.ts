/**
 * Machine ids and the Ed25519 public keys inside them. A machine id is the libp2p PeerId of the key: base58 (Bitcoin
 * alphabet) of the bytes 00 24 (identity multihash of 36 bytes), 08 01 12 20 (protobuf: key type Ed25519, 32 bytes of
 * data), and the key. Source: the peer-ids specification of libp2p.
 */
import { MACHINE_ID_PATTERN, type MachineId } from '../domain/ids.ts';
import { assert } from '../std/assert.ts';

export const PUBLIC_KEY_BYTES = 32;
const PREFIX = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20] as const;
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const DIGITS: ReadonlyMap<string, number> = new Map([...ALPHABET].map((letter, digit) => [letter, digit]));

/** The id of the machine with this Ed25519 public key (32 bytes). */
export function machineIdOf(publicKey: Uint8Array): MachineId {
  assert(publicKey.length === PUBLIC_KEY_BYTES, 'an Ed25519 public key has 32 bytes');
  return toBase58(Uint8Array.from([...PREFIX, ...publicKey])) as MachineId;
}

/** The Ed25519 public key (32 bytes) inside a machine id; undefined when the text is no such id. Never throws. */
export function publicKeyOf(machine: string): Uint8Array | undefined {
  if (!MACHINE_ID_PATTERN.test(machine)) return undefined;
  const bytes = fromBase58(machine, PREFIX.length + PUBLIC_KEY_BYTES);
  if (bytes === undefined || PREFIX.some((byte, index) => bytes[index] !== byte)) return undefined;
  return bytes.slice(PREFIX.length);
}

function toBase58(bytes: Uint8Array): string {
  let number = 0n;
  for (const byte of bytes) number = number * 256n + BigInt(byte);
  let text = '';
  for (; number > 0n; number /= 58n) text = (ALPHABET[Number(number % 58n)] as string) + text;
  for (const byte of bytes) {
    if (byte !== 0) break;
    text = `1${text}`;
  }
  return text;
}

/** Exactly `length` bytes, or undefined. */
function fromBase58(text: string, length: number): Uint8Array | undefined {
  let number = 0n;
  for (const letter of text) {
    const digit = DIGITS.get(letter);
    if (digit === undefined) return undefined;
    number = number * 58n + BigInt(digit);
  }
  const bytes = new Uint8Array(length);
  for (let index = length - 1; index >= 0; index -= 1) {
    bytes[index] = Number(number & 0xffn);
    number >>= 8n;
  }
  // One text for one key: too large a number, or another count of leading zeros, is refused.
  return number === 0n && toBase58(bytes) === text ? bytes : undefined;
}
