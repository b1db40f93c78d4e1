/**
 * Damages good bytes and texts, from a seed: the same seed makes the same damage. Bytes are flipped, inserted, deleted,
 * cut off, repeated, spliced with other good inputs, and made to claim huge lengths; texts get what people and attackers
 * write: deep nesting, huge numbers, names of prototypes, control characters, lone surrogates.
 */
import type { SeededRandom } from '../simulator/seeded-random.ts';

/** One damage that is done to bytes. `others` are good inputs to take pieces from. */
type Damage = (random: SeededRandom, bytes: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;

/** No damaged input grows beyond this. */
export const MAX_INPUT_BYTES = 2 * 1024 * 1024;
const MAX_DAMAGES = 4;
const MAX_PIECE_BYTES = 64;
const MAX_REPEATS = 4096;
const encoder = new TextEncoder();

/** Pieces of text that have broken parsers before, good anywhere. */
export const NASTY_TEXTS: readonly string[] = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'null', 'undefined', 'NaN'],
  ...['Infinity', '-0', '-1', '0', '1e999', '-1e999', '9007199254740991', '9007199254740993', '8640000000000001'],
  ...['18446744073709551616', '4294967296', '2147483648', '0x7fffffff', '1e-400', '.5', '٣', '１２'],
  ...['../../../etc/passwd', '/', '\\', '..', '.', '%2e%2e%2f', 'con', 'C:\\', '~', '*', '?', '$(id)', '`id`', ';'],
  ...['\u0000', '\u001b[2J', '\u001b]0;x\u0007', '\r', '\n', '\t', '\u0008', '\u007f', '\u0085', '\u2028', '\u202e'],
  ...['\ud800', '\udfff', '\ufeff', '\ufffd', '👩‍👩‍👧‍👦', 'e\u0301', 'İ', 'ß', 'ﬀ', '\u{10ffff}'],
  ...['{', '}', '[', ']', '"', "'", ':', ',', '{"a":', '[[', '""', '{}', '[]', '<!--', '-->', '%s%n', '&a *a'],
];

/** Bytes that have broken binary parsers before: ends of integer ranges, bad UTF-8, heads of CBOR, DEFLATE and SQLite. */
export const NASTY_BYTES: readonly Uint8Array[] = [
  [0x00],
  [0xff],
  [0x7f],
  [0x80],
  [0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff],
  [0x80, 0, 0, 0],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x9b, 0, 0, 0, 1, 0, 0, 0, 0],
  [0xbb, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x5a, 0xff, 0xff, 0xff, 0xff],
  [0x9f],
  [0xbf],
  [0xf9, 0x7e, 0],
  [0xf9, 0x7c, 0],
  [0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
  [0xd8, 0x2a],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0x85, 0x6f, 0x4a, 0x83],
  [0x69, 0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f],
].map((bytes) => Uint8Array.from(bytes));

const BYTE_DAMAGES: readonly Damage[] = [
  flip,
  flip,
  overwrite,
  overwrite,
  insert,
  remove,
  cut,
  repeat,
  splice,
  lengthField,
  swap,
  nothingBut,
];

/** One good input with one to four damages. Deterministic in `random`. Never longer than `MAX_INPUT_BYTES`. */
export function mutateBytes(random: SeededRandom, good: readonly Uint8Array[]): Uint8Array {
  // Some damages are done in place: the good input stays as it is.
  let bytes: Uint8Array = Uint8Array.from(random.pick(good));
  const damages = 1 + random.below(MAX_DAMAGES);
  for (let count = 0; count < damages; count += 1) {
    bytes = random.pick(BYTE_DAMAGES)(random, bytes, good).subarray(0, MAX_INPUT_BYTES);
  }
  return bytes;
}

/**
 * One good text with one to four damages, as UTF-8. One in eight inputs is damaged as bytes, so that the text is not
 * well-formed UTF-8 any more.
 * @param words what the format gives a meaning to: keywords, separators.
 */
export function mutateText(random: SeededRandom, good: readonly string[], words: readonly string[] = []): Uint8Array {
  let text = random.pick(good);
  const damages = 1 + random.below(MAX_DAMAGES);
  for (let count = 0; count < damages; count += 1) text = damageText(random, text, good, words);
  const bytes = encoder.encode(text.slice(0, MAX_INPUT_BYTES / 4));
  return random.below(8) === 0 ? mutateBytes(random, [bytes]) : bytes;
}

function damageText(random: SeededRandom, text: string, good: readonly string[], words: readonly string[]): string {
  const at = random.below(text.length + 1);
  const length = random.below(1 + Math.min(24, text.length - at));
  const piece = words.length > 0 && random.below(2) === 0 ? random.pick(words) : random.pick(NASTY_TEXTS);
  switch (random.below(7)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return text.slice(0, at) + piece + text.slice(at + length);
    case 2:
      return text.slice(0, at) + text.slice(at + length);
    case 3:
      return text.slice(0, at) + (text.slice(at, at + length) || piece).repeat(1 + random.below(MAX_REPEATS / 8));
    case 4: {
      const other = random.pick(good);
      return text.slice(0, at) + other.slice(random.below(other.length + 1));
    }
    case 5:
      return piece.repeat(1 + random.below(MAX_REPEATS)) + text;
    default:
      return text.replace(/\d+/, random.pick(NASTY_TEXTS));
  }
}

function flip(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  const changed = bytes.slice();
  const at = random.below(bytes.length);
  changed[at] = (changed[at] as number) ^ (1 << random.below(8));
  return changed;
}

function overwrite(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const at = random.below(bytes.length + 1);
  changed.set(random.pick(NASTY_BYTES).subarray(0, bytes.length - at), at);
  return changed;
}

function insert(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const piece = random.below(2) === 0 ? random.pick(NASTY_BYTES) : random.bytes(1 + random.below(MAX_PIECE_BYTES));
  const at = random.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
}

function remove(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(MAX_PIECE_BYTES)));
}

function cut(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

function repeat(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  const piece = bytes.subarray(at, at + 1 + random.below(MAX_PIECE_BYTES));
  const times = 1 + random.below(random.below(8) === 0 ? MAX_REPEATS : 8);
  return joined(bytes.subarray(0, at), ...Array.from({ length: times }, () => piece), bytes.subarray(at));
}

function splice(random: SeededRandom, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const other = random.pick(others);
  return joined(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1)));
}

/** A number somewhere is made very large or wrong by one, as 1, 2 or 4 bytes of either order. */
function lengthField(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const size = random.pick([1, 2, 4]);
  if (bytes.length < size) return bytes;
  const changed = bytes.slice();
  const at = random.below(bytes.length - size + 1);
  const value = random.pick([0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, bytes.length, bytes.length + 1]);
  const littleEndian = random.below(2) === 0;
  for (let index = 0; index < size; index += 1) {
    const shift = 8 * (littleEndian ? index : size - 1 - index);
    changed[at + index] = (value >>> shift) & 0xff;
  }
  return changed;
}

function swap(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const [a, b, c] = [0, 1, 2].map(() => random.below(bytes.length + 1)).sort((x, y) => x - y) as [
    number,
    number,
    number,
  ];
  return joined(bytes.subarray(0, a), bytes.subarray(b, c), bytes.subarray(a, b), bytes.subarray(c));
}

/** Nothing of the good input is left: noise, or one piece over and over. */
function nothingBut(random: SeededRandom): Uint8Array {
  if (random.below(4) !== 0) return random.bytes(random.below(MAX_PIECE_BYTES));
  const piece = random.pick(NASTY_BYTES);
  return joined(...Array.from({ length: random.below(MAX_REPEATS) }, () => piece));
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}
