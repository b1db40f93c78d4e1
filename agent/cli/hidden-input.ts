/** Reads a line from the terminal without showing it: for passwords and keys. */
import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';

const [END_OF_TEXT, END_OF_INPUT, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007f'];
/** What a terminal that is interrupted makes of a program: 128 and the number of the signal. */
const INTERRUPTED = 130;

/** What was typed up to the end of the line; empty when the input ends. Ctrl-C ends the program. */
export function readHiddenLine(
  input: ReadStream,
  writePrompt: (text: string) => void,
  prompt: string,
): Promise<string> {
  writePrompt(prompt);
  const decoder = new StringDecoder('utf8');
  let typed: string[] = [];
  input.setRawMode(true);
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
    const onData = (chunk: Buffer): void => {
      for (const letter of decoder.write(chunk)) {
        if (letter === '\r' || letter === '\n' || letter === END_OF_INPUT) return finish();
        if (letter === END_OF_TEXT) {
          typed = [];
          finish();
          process.exit(INTERRUPTED);
        }
        if (letter === BACKSPACE || letter === DELETE) typed.pop();
        else typed.push(letter);
      }
    };
    input.on('data', onData);
    input.once('end', finish);
  });
}
