/** Reads from the terminal without showing it: passwords, keys, and the words of a recovery kit. */
import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';

const [END_OF_TEXT, END_OF_INPUT, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007f'];
/** What a terminal that is interrupted makes of a program: 128 and the number of the signal. */
const INTERRUPTED = 130;

/** What may be typed, and when it is complete. */
export interface HiddenQuestion {
  readonly prompt: string;
  /** Characters; what exceeds them is returned as well, and the reading ends. */
  readonly most: number;
  /** Asked at the end of each line: false goes on with another one. One line is enough when absent. */
  readonly isEnough?: (typed: string) => boolean;
}

/**
 * What was typed, lines parted by line breaks, without the last one; empty when the input ends before. Nothing is shown from
 * the prompt to the end, also between two lines. An empty line ends it. Ctrl-C ends the program.
 */
export function readHidden(
  input: ReadStream,
  writePrompt: (text: string) => void,
  { prompt, most, isEnough = () => true }: HiddenQuestion,
): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let typed: string[] = [];
  let lineStart = 0;
  // Before the prompt: whoever answers it at once, such as by pasting, would else see it.
  input.setRawMode(true);
  writePrompt(prompt);
  input.resume();
  return new Promise((resolve) => {
    const finish = (): void => {
      input.off('data', onData);
      input.off('end', finish);
      input.setRawMode(false);
      input.pause();
      writePrompt('\n');
      resolve(typed.join(''));
    };
    /** True when that was all. */
    const endLine = (): boolean => {
      if (typed.length === lineStart || isEnough(typed.join(''))) return true;
      typed.push('\n');
      lineStart = typed.length;
      return false;
    };
    const onData = (chunk: Buffer): void => {
      for (const letter of decoder.write(chunk)) {
        if (letter === END_OF_INPUT) return finish();
        if (letter === END_OF_TEXT) {
          typed = [];
          finish();
          process.exit(INTERRUPTED);
        }
        if (letter === '\r' || letter === '\n') {
          if (endLine()) return finish();
        } else if (letter === BACKSPACE || letter === DELETE) {
          if (typed.length > lineStart) typed.pop();
        } else {
          typed.push(letter);
          if (typed.length > most) return finish();
        }
      }
    };
    input.on('data', onData);
    input.once('end', finish);
  });
}
