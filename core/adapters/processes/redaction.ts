/**
 * Takes the values of secrets out of what a task writes: each becomes `••••`, also when it comes in pieces. Many patterns
 * are looked for at once, and most bytes are never looked at (Wu and Manber, "A fast algorithm for multi-pattern
 * searching", 1994, with blocks of two bytes): so it costs about the same for one secret and for thirty.
 *
 * What may become a match is held back until it is one or cannot be any more: less than the longest pattern, 512 bytes.
 */
import { redactionPatterns } from './redaction-patterns.ts';

/** Start and end of what is to be covered. */
type Span = readonly [number, number];

export const MASK = '••••';
const MASK_BYTES = Buffer.from(MASK, 'utf8');
/** The first bytes of a pattern, by which it is found. */
const WINDOW_BYTES_MAX = 16;
const BLOCKS = 65_536;

/** What is looked for in the output of one run. */
export class Redaction {
  readonly #window: number;
  /** By the two bytes at the end of the window: how far it may be moved without passing over a match. */
  readonly #shifts = new Uint8Array(BLOCKS);
  readonly #byBlock = new Map<number, Buffer[]>();
  readonly #byFirst = new Map<number, Buffer[]>();

  private constructor(patterns: readonly Buffer[]) {
    this.#window = Math.min(WINDOW_BYTES_MAX, ...patterns.map(({ length }) => length));
    this.#shifts.fill(this.#window - 1);
    for (const pattern of patterns) this.#add(pattern);
  }

  /** Undefined when there is nothing to look for. */
  static of(values: Iterable<string>): Redaction | undefined {
    const patterns = redactionPatterns(values);
    return patterns.length === 0 ? undefined : new Redaction(patterns);
  }

  /** For one stream of bytes. */
  stream(): RedactedStream {
    return new RedactedStream(this);
  }

  /** A text without the secrets in it. */
  text(text: string): string {
    const stream = this.stream();
    return Buffer.concat([...stream.push(Buffer.from(text, 'utf8')), ...stream.end()]).toString('utf8');
  }

  /** A JSON text without the secrets in its names and values; it stays JSON. */
  json(text: string): string {
    const redacted = JSON.stringify(this.#value(JSON.parse(text)));
    // What is left is not in a text of its own, such as a number or something over several values.
    return this.text(redacted) === redacted ? redacted : JSON.stringify(MASK);
  }

  /**
   * What is to be covered in these bytes, in order and apart from each other.
   * @returns and from where on they may be the beginning of a match; their length when nowhere.
   */
  find(data: Buffer): { readonly spans: Span[]; readonly openFrom: number; readonly open: Buffer[] } {
    const spans: [number, number][] = [];
    let openFrom = data.length;
    let open: Buffer[] = [];
    const look = (start: number, pattern: Buffer): void => {
      if (data[start] !== pattern[0]) return;
      const known = Math.min(pattern.length, data.length - start);
      if (data.compare(pattern, 0, known, start, start + known) !== 0) return;
      if (known < pattern.length) {
        if (start < openFrom) [openFrom, open] = [start, []];
        if (start === openFrom) open.push(pattern);
        return;
      }
      cover(spans, start, start + known);
    };
    const last = this.#window - 1;
    for (let at = last; at < data.length;) {
      const block = ((data[at - 1] as number) << 8) | (data[at] as number);
      const shift = this.#shifts[block] as number;
      if (shift === 0) for (const pattern of this.#byBlock.get(block) ?? []) look(at - last, pattern);
      at += shift === 0 ? 1 : shift;
    }
    for (let start = Math.max(0, data.length - last); start < data.length; start += 1) {
      for (const pattern of this.#byFirst.get(data[start] as number) ?? []) look(start, pattern);
    }
    return { spans, openFrom, open };
  }

  #add(pattern: Buffer): void {
    const last = this.#window - 1;
    for (let end = 1; end <= last; end += 1) {
      const block = blockAt(pattern, end);
      this.#shifts[block] = Math.min(this.#shifts[block] as number, last - end);
    }
    addTo(this.#byBlock, blockAt(pattern, last), pattern);
    addTo(this.#byFirst, pattern[0] as number, pattern);
  }

  #value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.#value(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [this.text(name), this.#value(member)]));
  }
}

/** One stream, in the order of its bytes. */
export class RedactedStream {
  readonly #redaction: Redaction;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The patterns that begin with all that is held. */
  #open: Buffer[] = [];
  /** Of what is held so many bytes are covered already. */
  #covered = 0;
  /** The last that was passed on is a mask. */
  #masked = false;

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  /** What can be passed on now, in order. */
  push(chunk: Buffer): Buffer[] {
    if (chunk.length === 0 || this.#goesOn(chunk)) return [];
    return this.#cut(this.#heldBytes === 0 ? chunk : Buffer.concat([...this.#held, chunk]), false);
  }

  /** The stream has ended: what was held back. */
  end(): Buffer[] {
    return this.#heldBytes === 0 ? [] : this.#cut(Buffer.concat(this.#held), true);
  }

  /** True when what is held and the chunk together still only begin a pattern: nothing can be said yet. */
  #goesOn(chunk: Buffer): boolean {
    const from = this.#heldBytes;
    const open = this.#open.filter(
      (pattern) =>
        pattern.length > from + chunk.length &&
        pattern.compare(chunk, 0, chunk.length, from, from + chunk.length) === 0,
    );
    if (open.length === 0) return false;
    this.#open = open;
    this.#held.push(Buffer.from(chunk));
    this.#heldBytes += chunk.length;
    return true;
  }

  #cut(data: Buffer, isLast: boolean): Buffer[] {
    const { spans, openFrom, open } = this.#redaction.find(data);
    const passTo = isLast ? data.length : openFrom;
    const passed: Buffer[] = [];
    let at = this.#covered;
    for (const [start, end] of spans) {
      if (start >= passTo) break;
      if (start > at) this.#pass(passed, data.subarray(at, start));
      if (!this.#masked) passed.push(MASK_BYTES);
      this.#masked = true;
      at = Math.max(at, end);
    }
    if (passTo > at) this.#pass(passed, data.subarray(at, passTo));
    // Copied, because the chunk's memory may be large and this part small.
    this.#held = passTo < data.length ? [Buffer.from(data.subarray(passTo))] : [];
    this.#heldBytes = data.length - passTo;
    this.#open = isLast ? [] : open;
    this.#covered = Math.max(0, at - passTo);
    return passed;
  }

  #pass(passed: Buffer[], part: Buffer): void {
    passed.push(part);
    this.#masked = false;
  }
}

/** Spans come by their starts; those that overlap or touch become one. */
function cover(spans: [number, number][], start: number, end: number): void {
  const last = spans.at(-1);
  if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
  else spans.push([start, end]);
}

function blockAt(bytes: Buffer, end: number): number {
  return ((bytes[end - 1] as number) << 8) | (bytes[end] as number);
}

function addTo(lists: Map<number, Buffer[]>, key: number, pattern: Buffer): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [pattern]);
  else list.push(pattern);
}
