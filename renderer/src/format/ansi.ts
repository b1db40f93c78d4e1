/**
 * Turns terminal output into lines of plain text with a look, piece by piece. Of the escape sequences (ECMA-48) only
 * colours and weight are kept; all others are dropped, so that nothing of them can reach the page. A carriage return
 * starts its line anew, which is how programs draw progress. Lines and memory are bounded: the oldest lines go first.
 */

export interface AnsiLook {
  /** 0 to 15: the standard and the bright colours. */
  readonly color?: number;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  /** Written to standard error. */
  readonly error?: true;
}
export interface AnsiSpan extends AnsiLook {
  readonly text: string;
}
export interface AnsiLine {
  /** Counts up; names the line for ever. */
  readonly number: number;
  readonly spans: readonly AnsiSpan[];
}

/** A longer line is broken, so that a single one cannot freeze the page. */
export const LONGEST_LINE = 4000;
const PENDING_ESCAPE = 256;

const ESCAPE = '\u001b';
const BELL = '\u0007';

/** An escape sequence: CSI, OSC and the other strings up to their end, or a two-character escape. */
const SEQUENCE = new RegExp(
  [
    String.raw`^${ESCAPE}(?:\[([0-?]*)[ -/]*([@-~])`,
    String.raw`[\]PX^_][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\)`,
    String.raw`(?![[\]PX^_])[ -/]*[0-~])`,
  ].join('|'),
);

export class AnsiParser {
  readonly #longestLines: number;
  #lines: AnsiLine[] = [];
  #current: AnsiSpan[] = [];
  #currentLength = 0;
  #look: AnsiLook = {};
  #pending = '';
  #returned = false;
  #isError = false;
  #number = 1;
  #dropped = 0;

  /** @param longestLines how many lines are kept. */
  constructor(longestLines: number) {
    this.#longestLines = longestLines;
  }

  /** All lines that are kept; the last one may still grow. */
  get lines(): readonly AnsiLine[] {
    if (this.#current.length === 0) return this.#lines;
    return [...this.#lines, { number: this.#number, spans: this.#current }];
  }

  /** Lines that were let go at the front. */
  get droppedLines(): number {
    return this.#dropped;
  }

  /** @param errors the parts that were written to standard error: from and to, rising */
  feed(text: string, errors: readonly (readonly [number, number])[] = []): void {
    let at = 0;
    for (const [start, end] of errors) {
      this.#take(text.slice(at, start), false);
      this.#take(text.slice(start, end), true);
      at = end;
    }
    this.#take(text.slice(at), false);
    const excess = this.#lines.length - this.#longestLines;
    this.#lines = excess > 0 ? this.#lines.slice(excess) : [...this.#lines];
    if (excess > 0) this.#dropped += excess;
  }

  #take(text: string, isError: boolean): void {
    this.#isError = isError;
    const input = this.#pending + text;
    this.#pending = '';
    let at = 0;
    while (at < input.length) {
      const special = indexOfControl(input, at);
      if (special > at) this.#write(input.slice(at, special));
      if (special >= input.length) break;
      at = this.#control(input, special);
    }
  }

  /** Handles the control character at `at`; returns where to go on. */
  #control(input: string, at: number): number {
    switch (input[at]) {
      case '\n':
        this.#returned = false;
        this.#endLine();
        return at + 1;
      case '\r':
        this.#returned = true;
        return at + 1;
      case '\t':
        this.#write('    ');
        return at + 1;
      case ESCAPE:
        return this.#escape(input, at);
      default:
        return at + 1;
    }
  }

  #escape(input: string, at: number): number {
    const rest = input.slice(at, at + PENDING_ESCAPE);
    const match = SEQUENCE.exec(rest);
    if (match === null) {
      if (input.length - at >= PENDING_ESCAPE) return at + 1;
      this.#pending = input.slice(at);
      return input.length;
    }
    if (match[2] === 'm') this.#look = lookAfter(this.#look, match[1] ?? '');
    return at + match[0].length;
  }

  #write(text: string): void {
    if (this.#returned) {
      this.#current = [];
      this.#currentLength = 0;
      this.#returned = false;
    }
    let rest = text;
    while (this.#currentLength + rest.length > LONGEST_LINE) {
      const room = LONGEST_LINE - this.#currentLength;
      this.#append(rest.slice(0, room));
      rest = rest.slice(room);
      this.#endLine();
    }
    if (rest !== '') this.#append(rest);
  }

  #append(text: string): void {
    const last = this.#current.at(-1);
    const look: AnsiLook = this.#isError ? { ...this.#look, error: true } : this.#look;
    this.#currentLength += text.length;
    if (last !== undefined && sameLook(last, look)) {
      this.#current = [...this.#current.slice(0, -1), { ...last, text: last.text + text }];
    } else {
      this.#current = [...this.#current, { ...look, text }];
    }
  }

  #endLine(): void {
    this.#lines.push({ number: this.#number, spans: this.#current });
    this.#number += 1;
    this.#current = [];
    this.#currentLength = 0;
  }
}

function indexOfControl(text: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 32 || code === 127) return index;
  }
  return text.length;
}

function sameLook(a: AnsiLook, b: AnsiLook): boolean {
  return (
    a.color === b.color &&
    a.bold === b.bold &&
    a.dim === b.dim &&
    a.italic === b.italic &&
    a.underline === b.underline &&
    a.error === b.error
  );
}

/** The look after "select graphic rendition" (ECMA-48, 8.3.117) with these parameters. */
function lookAfter(look: AnsiLook, parameters: string): AnsiLook {
  const codes = parameters.split(/[;:]/).map((text) => (text === '' ? 0 : Number(text)));
  let next: { -readonly [K in keyof AnsiLook]: AnsiLook[K] } = { ...look };
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 0) next = {};
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 22) {
      delete next.bold;
      delete next.dim;
    } else if (code === 23) delete next.italic;
    else if (code === 24) delete next.underline;
    else if (code === 39) delete next.color;
    else if (code >= 30 && code <= 37) next.color = code - 30;
    else if (code >= 90 && code <= 97) next.color = code - 82;
    else if (code === 38 || code === 48) index += codes[index + 1] === 5 ? 2 : 4;
  }
  return next;
}
