/** What people type, or programs pipe, into standard input: secrets are never arguments, which other users can see. */
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import type { CliHost } from './cli-host.ts';
import { usageError } from './command.ts';

/** A number before a word, as the recovery kit prints it, is no word. */
const NUMBER = /^\d+[.):]?$/;

/**
 * Reads until there are so many words and the line ends, or the input does; on a terminal unseen, after the prompt.
 * INVALID_INPUT when nothing came.
 * @param most characters; LIMIT_EXCEEDED beyond.
 */
export async function readWords(host: CliHost, prompt: string, count: number, most: number): Promise<string> {
  const holdsAll = (read: string): boolean => wordsOf(read).length >= count;
  if (host.readHidden !== undefined) {
    const typed = await host.readHidden({ prompt, most, isEnough: holdsAll });
    if (typed.length > most) throw tooLong(most);
    if (typed.trim() === '') throw usageError('nothing was typed', 'words');
    return typed;
  }
  const text = await readUntil(host, most, (read) => read.endsWith('\n') && holdsAll(read));
  if (text.trim() === '') throw usageError('nothing came on standard input', 'words');
  return text;
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '' && !NUMBER.test(word));
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
