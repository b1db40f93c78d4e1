/** What people type, or programs pipe, into standard input: secrets are never arguments, which other users can see. */
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import type { CliHost } from './cli-host.ts';
import { usageError } from './command.ts';

/** A number before a word, as the recovery kit prints it, is no word. */
const NUMBER = /^\d+[.):]?$/;

/**
 * Reads until there are so many words and the line ends, or the input does. INVALID_INPUT when nothing came.
 * @param most characters; LIMIT_EXCEEDED beyond.
 */
export async function readWords(host: CliHost, count: number, most: number): Promise<string> {
  const text = await readUntil(host, most, (read) => {
    const words = read.split(/\s+/).filter((word) => word !== '' && !NUMBER.test(word));
    return words.length >= count && read.endsWith('\n');
  });
  if (text.trim() === '') throw usageError('nothing came on standard input', 'words');
  return text;
}

/** The first line of the input, without white space around it; empty when the input ends before. */
export async function readLine(host: CliHost, most: number): Promise<string> {
  const text = await readUntil(host, most, (read) => read.includes('\n'));
  return (text.split('\n', 1)[0] ?? '').trim();
}

/** All of the input, as it is. @param most characters; LIMIT_EXCEEDED beyond. */
export function readAll(host: CliHost, most: number): Promise<string> {
  return readUntil(host, most, () => false);
}

async function readUntil(host: CliHost, most: number, isEnough: (text: string) => boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of host.input) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > most) throw tooLong(most);
    if (isEnough(text)) break;
  }
  return text;
}

function tooLong(most: number): AppErrorException {
  return new AppErrorException(appError('LIMIT_EXCEEDED', `standard input holds more than ${most} characters`));
}
