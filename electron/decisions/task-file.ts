/**
 * Task files that the app is asked to open: by a double click, "Open with", a drop on its icon, or the command line. Whoever
 * made the file need not be its reader's friend: it is read up to a bound, handed to the page as text, and saved by a person
 * alone, in the editor. Electron is not needed here.
 */
import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OpenedTaskFile } from '../../core/carrier/shell-bridge.ts';
import { LIMITS } from '../../core/config/constants.ts';

/** The first is the app's own, which systems know it by; the others are opened when a person says so. */
const ENDINGS = /\.(?:carillon|ya?ml)$/i;

/**
 * The first file among some words of a command line, absolute. Desktops hand over paths or `file:` addresses.
 * @param folder where the command was given
 */
export function fileIn(words: readonly string[], folder: string): string | undefined {
  const word = words.find((candidate) => !candidate.startsWith('-') && ENDINGS.test(candidate));
  if (word === undefined) return undefined;
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(word)) return resolve(folder, word);
  try {
    return fileURLToPath(word);
  } catch {
    // Of the web, of another machine, or a link of ours: no file.
    return undefined;
  }
}

/** Reads a file for the page; what is wrong with it is part of the answer, and never thrown. */
export async function readTaskFile(path: string): Promise<OpenedTaskFile> {
  const name = basename(path);
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > LIMITS.taskFileBytes) return { name, trouble: 'too-large' };
    // One byte more than there may be: the file can have grown since, and some have no size at all.
    const bytes = new Uint8Array(LIMITS.taskFileBytes + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (bytesRead > LIMITS.taskFileBytes) return { name, trouble: 'too-large' };
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytesRead)) };
  } catch (fault) {
    if (fault instanceof TypeError) return { name, trouble: 'no-text' };
    console.warn('a task file could not be opened:', String(fault));
    return {
      name,
      trouble: fault instanceof Error && 'code' in fault && fault.code === 'ENOENT' ? 'missing' : 'unreadable',
    };
  }
}
