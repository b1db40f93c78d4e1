/**
 * Finds a text in the lines of an output, whatever the case, and walks from one place to the next. Lines that are added
 * are looked at once; the last one again, because it may still grow.
 */
import type { AnsiLine, AnsiLook } from '../format/ansi.ts';

export interface OutputMatch {
  /** Number of the line, and from which character to which. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** A piece of a line that looks the same all over. */
export interface LinePiece {
  readonly text: string;
  readonly look: AnsiLook;
  readonly found: 'no' | 'yes' | 'here';
}

/** More places than this are not counted. */
export const MOST_MATCHES = 10_000;

export class OutputSearch {
  #text = $state('');
  #matches = $state.raw<readonly OutputMatch[]>([]);
  #index = $state(0);
  #scannedTo = 0;
  readonly #byLine = $derived(Map.groupBy(this.#matches, (match) => match.line));

  get text(): string {
    return this.#text;
  }

  get count(): number {
    return this.#matches.length;
  }

  /** Counts from 1; 0 when there is none. */
  get position(): number {
    return this.#matches.length === 0 ? 0 : this.#index + 1;
  }

  get here(): OutputMatch | undefined {
    return this.#matches[this.#index];
  }

  /** There are more than are counted. */
  get full(): boolean {
    return this.#matches.length >= MOST_MATCHES;
  }

  /** Looks for another text, and begins at the first place at or after the line that is on the screen. */
  look(text: string, lines: readonly AnsiLine[], fromLine: number): void {
    this.#text = text;
    this.#matches = [];
    this.#scannedTo = 0;
    this.follow(lines);
    const next = this.#matches.findIndex((match) => match.line >= fromLine);
    this.#index = Math.max(0, next);
  }

  /** Takes in lines that have come; places in lines that were let go are forgotten. */
  follow(lines: readonly AnsiLine[]): void {
    const pattern = patternOf(this.#text);
    const first = lines[0]?.number;
    if (pattern === undefined || first === undefined) return;
    const { here } = this;
    const kept = this.#matches.filter((match) => match.line >= first && match.line < this.#scannedTo);
    const found: OutputMatch[] = [];
    for (let at = Math.max(0, this.#scannedTo - first); at < lines.length; at += 1) {
      const line = lines[at];
      if (line === undefined || kept.length + found.length >= MOST_MATCHES) break;
      for (const match of textOf(line).matchAll(pattern)) {
        found.push({ line: line.number, start: match.index, end: match.index + match[0].length });
      }
    }
    this.#scannedTo = lines.at(-1)?.number ?? 0;
    if (found.length === 0 && kept.length === this.#matches.length) return;
    this.#matches = [...kept, ...found].slice(0, MOST_MATCHES);
    this.#index =
      here === undefined
        ? 0
        : Math.max(
            0,
            this.#matches.findIndex((match) => isSame(match, here)),
          );
  }

  /** Goes to the next place, or the one before; round at the ends. */
  step(by: 1 | -1): OutputMatch | undefined {
    const { count } = this;
    if (count === 0) return undefined;
    this.#index = (this.#index + by + count) % count;
    return this.here;
  }

  /** The pieces of a line, with what was found in it apart. */
  piecesOf(line: AnsiLine): readonly LinePiece[] {
    const matches = this.#byLine.get(line.number) ?? [];
    const { here } = this;
    const pieces: LinePiece[] = [];
    let offset = 0;
    for (const { text, ...look } of line.spans) {
      const cuts = new Set([0, text.length]);
      for (const { start, end } of matches) {
        for (const cut of [start - offset, end - offset]) if (cut > 0 && cut < text.length) cuts.add(cut);
      }
      const sorted = [...cuts].sort((left, right) => left - right);
      for (let at = 0; at + 1 < sorted.length; at += 1) {
        const [from = 0, to = 0] = [sorted[at], sorted[at + 1]];
        const match = matches.find(({ start, end }) => start <= offset + from && offset + to <= end);
        const found = match === undefined ? 'no' : here !== undefined && isSame(match, here) ? 'here' : 'yes';
        pieces.push({ text: text.slice(from, to), look, found });
      }
      offset += text.length;
    }
    return pieces;
  }
}

export function textOf(line: AnsiLine): string {
  return line.spans.map((span) => span.text).join('');
}

function patternOf(text: string): RegExp | undefined {
  return text === '' ? undefined : new RegExp(text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`), 'giu');
}

function isSame(left: OutputMatch, right: OutputMatch): boolean {
  return left.line === right.line && left.start === right.start;
}
