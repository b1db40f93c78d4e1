/**
 * Text of others on its way to a terminal. Names, reasons and output of tasks come from every member of a cluster, and
 * control characters in them could move the cursor, hide lines, set titles or answer for the person who reads. So only
 * what this program itself paints with passes; of the output of runs, colours.
 */
import { StringDecoder } from 'node:string_decoder';

/** The colours of `paint.ts`. */
const PAINT = String.raw`\u001b\[(?:1|2|22|31|32|33|36|39)m`;
/** C0 (but tab and line feed), DEL, C1, and what turns the direction of writing. */
const CONTROL = String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]`;
const IN_TEXT = new RegExp(`(${PAINT})|${CONTROL}`, 'gu');
const IN_JSON = new RegExp(CONTROL, 'gu');
const REPLACEMENT = '\ufffd';

/** A text of this program in which others' words stand. */
export function terminalText(text: string): string {
  return text.replace(IN_TEXT, (_match, paint: string | undefined) => paint ?? REPLACEMENT);
}

/** JSON that says the same, with every control character escaped. */
export function terminalJson(json: string): string {
  return json.replace(IN_JSON, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Output of a run: colours and carriage returns pass as well. */
const OUTPUT = new RegExp(
  String.raw`(\u001b\[[0-9;:]{0,64}m|\r)|\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\^_])|${CONTROL}`,
  'gu',
);
/** An escape sequence may be cut by the end of a chunk; what is longer is none. */
const UNFINISHED = /\u001b(?:\[[0-?]*[ -/]*)?$/u;
const LONGEST_SEQUENCE = 80;

/** Makes the output of one run fit for a terminal, chunk by chunk. */
export class TerminalOutput {
  readonly #decoder = new StringDecoder('utf8');
  #held = '';

  push(bytes: Uint8Array): string {
    return this.#pass(this.#held + this.#decoder.write(bytes), false);
  }

  /** What was held back. */
  end(): string {
    return this.#pass(this.#held + this.#decoder.end(), true);
  }

  #pass(text: string, isLast: boolean): string {
    const unfinished = isLast ? undefined : UNFINISHED.exec(text)?.[0];
    this.#held = unfinished !== undefined && unfinished.length < LONGEST_SEQUENCE ? unfinished : '';
    const whole = text.slice(0, text.length - this.#held.length);
    return whole.replace(OUTPUT, (match, passes: string | undefined) => {
      if (passes !== undefined) return passes;
      return match.length > 1 ? '' : REPLACEMENT;
    });
  }
}
