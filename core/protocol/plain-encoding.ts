/**
 * The encoding of plain values as dag-cbor: the same bytes as the library's, in a fraction of its time, since every
 * record that is signed or checked is encoded, and every message. What is out of the ordinary is left to the library.
 *
 * dag-cbor (ipld.io/specs/codecs/dag-cbor) is CBOR (RFC 8949) with one encoding for each value: shortest heads, lengths
 * in front, keys in order of their length, then of their bytes, and fractions with 64 bits.
 */
import { encode } from '@ipld/dag-cbor';
import { WIRE } from './limits.ts';

const MAJOR = { unsigned: 0x00, negative: 0x20, bytes: 0x40, text: 0x60, list: 0x80, map: 0xa0 } as const;
const [FALSE, TRUE, NULL, FLOAT64] = [0xf4, 0xf5, 0xf6, 0xfb];
const HEAD_BYTES = 9;
/** Numbers from this on take more than the one byte of a head. */
const LONG_HEAD_FROM = 24;
const FIRST_BYTES = 4096;
/** A larger buffer is not kept for the next value. */
const KEPT_BYTES = 65_536;
const NOTHING = new Uint8Array(0);
/** Maps with so many keys at most, and of each number of keys so many: what is encoded all day has a few shapes. */
const ORDERED_KEYS = 32;
const ORDERS_EACH = 8;

/** Keys as a map has them, and in the order in which they are written. */
interface Order {
  readonly given: readonly string[];
  readonly written: readonly string[];
}

let buffer = new Uint8Array(FIRST_BYTES);
let view = new DataView(buffer.buffer);
let size = 0;
/** The last few by their number of keys, and where the next goes. */
const orders = Array.from({ length: ORDERED_KEYS + 1 }, () => ({ known: [] as Order[], next: 0 }));

/**
 * Encodes null, booleans, numbers, texts, bytes, lists, and objects with plain keys, without fields that are undefined.
 * @param prefix stands before the encoding as it is
 * @param without a field of the value itself that is left out
 * @returns undefined for anything else, and for what is nested deeper than a message may be
 */
export function encodePlain(value: unknown, prefix: Uint8Array = NOTHING, without?: string): Uint8Array | undefined {
  return lendPlain(value, prefix, without)?.slice();
}

/** The same, but lent: the bytes hold until the next value is encoded. For what is signed or hashed at once. */
export function lendPlain(value: unknown, prefix: Uint8Array, without?: string): Uint8Array | undefined {
  size = 0;
  append(prefix);
  const bytes = write(value, 0, without) ? buffer.subarray(0, size) : undefined;
  if (buffer.length > KEPT_BYTES) replaceBuffer(FIRST_BYTES);
  return bytes;
}

/** False when the value is not plain. */
function write(value: unknown, depth: number, without?: string): boolean {
  if (depth > WIRE.depth) return false;
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'number':
      return writeNumber(value);
    case 'boolean':
      return writeByte(value ? TRUE : FALSE);
    case 'object':
      if (value === null) return writeByte(NULL);
      if (value instanceof Uint8Array) return writeBytes(value);
      if (Array.isArray(value)) return writeList(value, depth);
      return writeMap(value as Readonly<Record<string, unknown>>, depth, without);
    default:
      return false;
  }
}

function writeList(items: readonly unknown[], depth: number): boolean {
  writeHead(MAJOR.list, items.length);
  for (const item of items) if (!write(item, depth + 1)) return false;
  return true;
}

function writeMap(map: Readonly<Record<string, unknown>>, depth: number, without: string | undefined): boolean {
  const keys = inOrder(Object.keys(map));
  // Of few keys the head is one byte, which is put right when their fields have been written.
  const isShort = keys.length < LONG_HEAD_FROM;
  const headAt = size;
  writeHead(MAJOR.map, isShort ? 0 : countOf(map, keys, without));
  let count = 0;
  for (const key of keys) {
    const field = map[key];
    if (field === undefined || key === without) continue;
    count += 1;
    // The order of other keys is that of their bytes, which is not known here.
    if (!writeAscii(key) || !write(field, depth + 1)) return false;
  }
  if (isShort) buffer[headAt] = MAJOR.map | count;
  return true;
}

/** How many fields of a map are written. */
function countOf(map: Readonly<Record<string, unknown>>, keys: readonly string[], without: string | undefined): number {
  let count = 0;
  for (const key of keys) if (map[key] !== undefined && key !== without) count += 1;
  return count;
}

/** The order is remembered: to find it takes longer than to write most maps. */
function inOrder(given: readonly string[]): readonly string[] {
  const shelf = orders[given.length];
  if (shelf !== undefined) for (const order of shelf.known) if (isSame(order.given, given)) return order.written;
  const written: string[] = [];
  for (const key of given) insert(written, key);
  if (shelf === undefined) return written;
  shelf.known[shelf.next] = { given, written };
  shelf.next = (shelf.next + 1) % ORDERS_EACH;
  return written;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  for (let index = 0; index < some.length; index += 1) if (some[index] !== others[index]) return false;
  return true;
}

/** Keys are few: each is let down to its place. */
function insert(keys: string[], key: string): void {
  let place = keys.length;
  for (; place > 0 && isBefore(key, keys[place - 1] as string); place -= 1) keys[place] = keys[place - 1] as string;
  keys[place] = key;
}

function isBefore(one: string, other: string): boolean {
  return one.length < other.length || (one.length === other.length && one < other);
}

function writeText(text: string): boolean {
  return writeAscii(text) || append(encode(text));
}

/** False, and nothing is written, when a character takes more than one byte. */
function writeAscii(text: string): boolean {
  const { length } = text;
  const before = size;
  makeRoom(HEAD_BYTES + length);
  writeHead(MAJOR.text, length);
  const bytes = buffer;
  const start = size;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) {
      size = before;
      return false;
    }
    bytes[start + index] = code;
  }
  size = start + length;
  return true;
}

function writeBytes(bytes: Uint8Array): boolean {
  writeHead(MAJOR.bytes, bytes.length);
  return append(bytes);
}

function append(bytes: Uint8Array): boolean {
  makeRoom(bytes.length);
  buffer.set(bytes, size);
  size += bytes.length;
  return true;
}

function writeNumber(value: number): boolean {
  if (Number.isSafeInteger(value)) {
    if (value >= 0) writeHead(MAJOR.unsigned, value);
    else writeHead(MAJOR.negative, -1 - value);
    return true;
  }
  if (!Number.isFinite(value) || Number.isInteger(value)) return false;
  writeByte(FLOAT64);
  makeRoom(8);
  view.setFloat64(size, value);
  size += 8;
  return true;
}

/** A major type with its number, in as few bytes as there can be. */
function writeHead(major: number, count: number): void {
  makeRoom(HEAD_BYTES);
  if (count < LONG_HEAD_FROM) {
    buffer[size] = major | count;
    size += 1;
  } else if (count < 0x100) {
    buffer[size] = major | 24;
    buffer[size + 1] = count;
    size += 2;
  } else if (count < 0x1_0000) {
    buffer[size] = major | 25;
    view.setUint16(size + 1, count);
    size += 3;
  } else if (count < 0x1_0000_0000) {
    buffer[size] = major | 26;
    view.setUint32(size + 1, count);
    size += 5;
  } else {
    buffer[size] = major | 27;
    view.setUint32(size + 1, Math.floor(count / 0x1_0000_0000));
    view.setUint32(size + 5, count % 0x1_0000_0000);
    size += 9;
  }
}

function writeByte(byte: number): boolean {
  makeRoom(1);
  buffer[size] = byte;
  size += 1;
  return true;
}

function makeRoom(count: number): void {
  if (size + count <= buffer.length) return;
  const full = buffer;
  replaceBuffer(Math.max(2 * full.length, size + count));
  buffer.set(full.subarray(0, size));
}

function replaceBuffer(length: number): void {
  buffer = new Uint8Array(length);
  view = new DataView(buffer.buffer);
}
