/**
 * A look over an encoded change before Automerge decodes it. A change is stored in columns of runs, and each run and each
 * text says how long it is: a change of a few hundred bytes may claim gigabytes, which the decoder sets aside before it
 * finds them missing, and its memory never shrinks again. So every length is compared with what is there, and the rows
 * of each column are counted. A run also repeats one text as often as it likes, and the decoder writes out the name of an
 * actor with each of its operations: so repeated texts are added up, and names of actors have their one length. Nothing
 * is allocated here, and nothing is understood beyond lengths.
 *
 *   magic 4 · checksum 4 · type 1 · length · dependencies (count, 32 each) · actor · sequence · first operation · time ·
 *   message · other actors (count, each) · columns (count, each specification and length) · data of the columns · rest
 *
 * Source: the binary format specification of Automerge (chunks, columnar storage, run-length and delta encoding).
 */
import { LIMITS } from '../config/constants.ts';
import { assert } from '../std/assert.ts';
import { type Result, err, ok } from '../std/result.ts';

const HEAD_BYTES = 9;
const HASH_BYTES = 32;
/** Low bits of a column's specification, and the bit that says that it is compressed. */
const TYPE_MASK = 7;
const COMPRESSED = 8;
const BOOLEAN = 4;
const TEXT = 5;
const VALUE_SIZES = 6;
const VALUES = 7;
/** Kinds of columns; a change has about a dozen. */
const MAX_COLUMNS = 64;
/** Rows of a column: an operation may replace several others, of which there is one row each. */
const MAX_ROWS = LIMITS.operationsPerEdit * 16;
/** Texts of a column, written out. Honest ones hardly repeat: a change writes each place once. */
const MAX_TEXT_BYTES = LIMITS.changeBytes * 8;
/** Names of actors are 32 hex digits. */
const ACTOR_BYTES = 16;

interface Column {
  readonly specification: number;
  readonly bytes: number;
}

/** Says in words what of a change's lengths cannot be; undefined when all of them can. */
export function columnFault(bytes: Uint8Array): string | undefined {
  const reader = new Reader(bytes, HEAD_BYTES, bytes.length);
  try {
    if (reader.count() !== reader.left) return 'its length is not what it says';
    reader.skip(reader.count() * HASH_BYTES);
    reader.skipActor();
    for (const _ of ['sequence', 'first operation', 'time']) reader.skipNumber();
    reader.skip(reader.count());
    for (let actors = reader.count(); actors > 0; actors -= 1) reader.skipActor();
    const columns = readColumns(reader);
    return columns.ok ? dataFault(reader, columns.value) : columns.error;
  } catch (fault) {
    if (fault instanceof LengthError) return fault.message;
    throw fault;
  }
}

function readColumns(reader: Reader): Result<readonly Column[], string> {
  const columns: Column[] = [];
  const count = reader.count();
  if (count > MAX_COLUMNS) return err('it has too many columns');
  for (let index = 0; index < count; index += 1) {
    const column = { specification: reader.count(), bytes: reader.count() };
    if ((column.specification & COMPRESSED) !== 0) return err('it is compressed');
    columns.push(column);
  }
  return ok(columns);
}

function dataFault(reader: Reader, columns: readonly Column[]): string | undefined {
  /** What the column of sizes promises of the column of values that follows it. */
  let promised = 0;
  for (const { specification, bytes } of columns) {
    const column = reader.part(bytes);
    const type = specification & TYPE_MASK;
    if (type === VALUES) {
      if (promised !== bytes) return 'its values are not as long as they say';
      promised = 0;
    } else {
      const { rows, valueBytes, textBytes } = type === BOOLEAN ? countBooleans(column) : countRuns(column, type);
      if (rows > MAX_ROWS) return `it has more than ${MAX_ROWS} rows`;
      if (textBytes > MAX_TEXT_BYTES) return `its texts have more than ${MAX_TEXT_BYTES} bytes`;
      if (type === VALUE_SIZES) promised = valueBytes;
    }
  }
  return promised === 0 ? undefined : 'its values are missing';
}

/** What a column comes to when it is written out. */
interface Extent {
  readonly rows: number;
  /** What a column of sizes promises. */
  readonly valueBytes: number;
  /** What a column of texts holds. */
  readonly textBytes: number;
}

/** A column of runs: a positive length is one value that often, a negative one so many values, 0 is followed by a count of nothings. */
function countRuns(column: Reader, type: number): Extent {
  let rows = 0;
  let valueBytes = 0;
  let textBytes = 0;
  while (column.left > 0 && rows <= MAX_ROWS) {
    const length = column.signed();
    if (length === 0) {
      rows += column.count();
      continue;
    }
    rows += Math.abs(length);
    const repeats = Math.max(1, length);
    for (let values = length > 0 ? 1 : -length; values > 0; values -= 1) {
      if (type === TEXT) textBytes += repeats * column.skipText();
      else if (type === VALUE_SIZES) valueBytes += repeats * Math.floor(column.count() / 16);
      else column.skipNumber();
    }
  }
  return { rows, valueBytes, textBytes };
}

/** A column of lengths of no and yes, in turn. */
function countBooleans(column: Reader): Extent {
  let rows = 0;
  while (column.left > 0) rows += column.count();
  return { rows, valueBytes: 0, textBytes: 0 };
}

/** A length that cannot be. It never leaves this file. */
class LengthError extends Error {
  override readonly name = 'LengthError';
}

/** Numbers in LEB128, whose length is bounded by what is left. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    assert(end <= bytes.length, 'a part is within its bytes');
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  get left(): number {
    return Math.max(0, this.#end - this.#position);
  }

  /** A number from 0 to 2^53. */
  count(): number {
    return this.#number(false);
  }

  /** A number within ±2^53. */
  signed(): number {
    return this.#number(true);
  }

  /** Passes over a number of any size. */
  skipNumber(): void {
    while (this.#byte() >= 0x80);
  }

  /** Passes over a text, of which its length is told. */
  skipText(): number {
    const length = this.count();
    this.skip(length);
    return length;
  }

  /** Passes over the name of an actor. */
  skipActor(): void {
    if (this.skipText() !== ACTOR_BYTES) throw new LengthError('an actor of it has a name of another length');
  }

  skip(length: number): void {
    if (length > this.left) throw new LengthError('a part of it is longer than the whole');
    this.#position += length;
  }

  /** The next bytes as a reader of their own. */
  part(length: number): Reader {
    const start = this.#position;
    this.skip(length);
    return new Reader(this.#bytes, start, start + length);
  }

  #number(isSigned: boolean): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (!Number.isSafeInteger(value)) throw new LengthError('a number of it is too large');
      if (byte >= 0x80) continue;
      return isSigned && (byte & 0x40) !== 0 ? value - scale : value;
    }
  }

  #byte(): number {
    const byte = this.#position < this.#end ? this.#bytes[this.#position] : undefined;
    if (byte === undefined) throw new LengthError('it ends too early');
    this.#position += 1;
    return byte;
  }
}
