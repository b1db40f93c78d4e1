/** What the demo prints: headings, steps, tables. Colours and widths follow the terminal; a file gets plain text. */
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { type Paint, paintFor } from '../../agent/cli/paint.ts';
import { formatTable } from '../../agent/cli/table.ts';

/** Cyan, magenta and yellow: they tell machines apart on dark and light terminals alike. */
const MACHINE_COLOURS = [36, 35, 33, 34, 32];
const INDENT = '  ';
const LEAST_COLUMNS = 60;
/** What came of a command stands in a column of its own, where the command leaves room. */
const COMMAND_WIDTH = 32;

export class Screen {
  readonly paint: Paint;
  readonly #stream: WriteStream;
  readonly #colours: boolean;
  readonly #machines: readonly string[];
  readonly #startedMs = performance.now();
  #headings = 0;

  /** @param machines names, in the order of their colours */
  constructor(stream: WriteStream, machines: readonly string[]) {
    this.#stream = stream;
    this.#machines = machines;
    this.paint = paintFor({ terminal: stream.isTTY, environment: process.env });
    this.#colours = this.paint.bold('x') !== 'x';
  }

  /** Width of the terminal; 0 when there is none. */
  get columns(): number {
    return this.#stream.isTTY ? Math.max(LEAST_COLUMNS, this.#stream.columns) : 0;
  }

  /** Seconds since the demo began. */
  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  /** Begins an act, with its number and the time since the start. */
  heading(text: string): void {
    this.#headings += 1;
    const seconds = this.paint.dim(`(${this.seconds.toFixed(0)} s)`);
    this.line(`\n${this.paint.bold(`${this.#headings}  ${text}`)}  ${seconds}`);
  }

  line(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  /** A line below a heading; what does not fit the terminal goes on below, indented by `hang`. */
  step(text: string, hang = 2): void {
    const width = this.columns === 0 ? Number.POSITIVE_INFINITY : this.columns - INDENT.length;
    for (const line of wrap(text, width, hang)) this.line(INDENT + line);
  }

  /** A command, as one would type it, and what came of it. */
  command(text: string, outcome: string): void {
    const width = stripVTControlCharacters(text).length;
    this.step(`${this.paint.dim('$')} ${text}${' '.repeat(Math.max(2, COMMAND_WIDTH - width))}${outcome}`);
  }

  /** What nobody should overlook. */
  callout(text: string): void {
    this.step(`${this.paint.bold('»')} ${text}`);
  }

  table(heads: readonly string[], rows: readonly (readonly string[])[]): void {
    const columns = this.columns === 0 ? 0 : this.columns - INDENT.length;
    const text = formatTable(heads, rows, { paint: this.paint, columns });
    this.line(INDENT + text.replaceAll('\n', `\n${INDENT}`));
  }

  /** The name, or another text about it, in the colour that this machine has everywhere. */
  machine(name: string, text = name): string {
    const index = this.#machines.indexOf(name);
    const colour = MACHINE_COLOURS[index % MACHINE_COLOURS.length];
    return this.#colours && colour !== undefined ? `\u001b[${colour}m${text}\u001b[39m` : text;
  }
}

/** Breaks a text at spaces, so that no line is wider than `width` but for single words that are. */
function wrap(text: string, width: number, hang: number): string[] {
  const widthOf = (piece: string): number => [...stripVTControlCharacters(piece)].length;
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.trim() === '' || widthOf(line) + 1 + widthOf(word) <= width) line += (line === '' ? '' : ' ') + word;
    else {
      lines.push(line.trimEnd());
      line = ' '.repeat(hang) + word;
    }
  }
  return [...lines, line];
}
