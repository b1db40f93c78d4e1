/**
 * Takes the lines of the execution protocol out of a task's standard output: lines that begin with `::carillon::`
 * followed by a JSON object with `progress` (0 to 1), `result` (any JSON), or both. All else passes through unchanged
 * and at once; only what may still become such a line is held back. See docs/EXECUTION-PROTOCOL.md.
 */
import { LIMITS } from '../../config/constants.ts';

const PREFIX = Buffer.from('::carillon::');
const LINE_PREFIX = Buffer.from('\n::carillon::');
const NEW_LINE = 10;
/** The longest line that is looked at, without the prefix: a result, its name, and room for blanks. */
const LINE_BYTES = LIMITS.resultBytes + 256;

export interface ProtocolReport {
  readonly progress: number | undefined;
  /** JSON text. */
  readonly result: string | undefined;
}

export class ProtocolLines {
  #held: Buffer | undefined;
  #atLineStart = true;
  readonly #onReport: (report: ProtocolReport) => void;

  constructor(onReport: (report: ProtocolReport) => void) {
    this.#onReport = onReport;
  }

  /** Returns the parts that are plain output, in order. */
  push(chunk: Buffer): Buffer[] {
    const data = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    const plain: Buffer[] = [];
    /** Start of what is known to be plain but not yet passed on. */
    let plainFrom = 0;
    let at = 0;
    while (at < data.length) {
      if (!this.#atLineStart) {
        at = this.#nextCandidate(data, at);
        continue;
      }
      const verdict = this.#judge(data, at);
      if (verdict === 'held') break;
      if (verdict === 'plain') {
        this.#atLineStart = false;
        continue;
      }
      if (at > plainFrom) plain.push(data.subarray(plainFrom, at));
      at = verdict.end;
      plainFrom = at;
    }
    const plainTo = this.#held === undefined ? data.length : at;
    if (plainTo > plainFrom) plain.push(data.subarray(plainFrom, plainTo));
    return plain;
  }

  /** At the end of the stream: a last line may lack its line break. */
  end(): Buffer[] {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return [];
    if (held.length > PREFIX.length && this.#report(held.subarray(PREFIX.length))) return [];
    return [held];
  }

  /** What begins at a line start: a report (taken), plain text, or not known yet (held back). */
  #judge(data: Buffer, at: number): 'plain' | 'held' | { readonly end: number } {
    const known = Math.min(PREFIX.length, data.length - at);
    if (PREFIX.compare(data, at, at + known, 0, known) !== 0) return 'plain';
    const end = data.indexOf(NEW_LINE, at + known);
    const lineBytes = (end < 0 ? data.length : end) - at - PREFIX.length;
    if (lineBytes > LINE_BYTES) return 'plain';
    if (end < 0) {
      // Copied, because the chunk's memory may be large and this part small.
      this.#held = Buffer.from(data.subarray(at));
      return 'held';
    }
    return this.#report(data.subarray(at + PREFIX.length, end)) ? { end: end + 1 } : 'plain';
  }

  /** The next line start that may begin a report, or the end of the data. */
  #nextCandidate(data: Buffer, at: number): number {
    const found = data.indexOf(LINE_PREFIX, at);
    if (found >= 0) {
      this.#atLineStart = true;
      return found + 1;
    }
    const lineStart = data.lastIndexOf(NEW_LINE) + 1;
    if (lineStart <= at) return data.length;
    const tail = data.length - lineStart;
    const open = tail < PREFIX.length && PREFIX.compare(data, lineStart, data.length, 0, tail) === 0;
    this.#atLineStart = open;
    return open ? lineStart : data.length;
  }

  #report(line: Buffer): boolean {
    const report = parseReport(line.toString('utf8'));
    if (report === undefined) return false;
    this.#onReport(report);
    return true;
  }
}

function parseReport(text: string): ProtocolReport | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { progress, result } = value as { progress?: unknown; result?: unknown };
  if (progress === undefined && result === undefined) return undefined;
  if (progress !== undefined && !isFraction(progress)) return undefined;
  const resultText = result === undefined ? undefined : JSON.stringify(result);
  if (resultText !== undefined && Buffer.byteLength(resultText) > LIMITS.resultBytes) return undefined;
  return { progress, result: resultText };
}

function isFraction(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
