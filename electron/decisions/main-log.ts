/**
 * The log of the main process, `desktop.log` beside the core's `agent.log`: it begins before anything else of the app, so that
 * an app which does not start has said why. What the app's parts and its packages say by `console` goes there too.
 */
import { join } from 'node:path';
import { format } from 'node:util';
import { type FileLogger, createLogger } from '../../core/adapters/logger.ts';

/** Older parts get `.1`, `.2`, `.3`. */
export const LOG_FILE = 'desktop.log';
const MOST_BYTES = 1024 * 1024;
/** Characters of the last that a process said before it ended. */
const LAST_WORDS = 4096;

/** @param dataFolder it exists. */
export function openMainLog(dataFolder: string): FileLogger {
  return createLogger({ file: join(dataFolder, LOG_FILE), format: 'text', maxFileBytes: MOST_BYTES });
}

/** From now on what is said by a console is logged. Errors keep the place where they arose. */
export function logConsole(console: Pick<Console, 'info' | 'warn' | 'error'>, { log }: Pick<FileLogger, 'log'>): void {
  for (const level of ['info', 'warn', 'error'] as const) {
    console[level] = (...words: unknown[]) => log(level, format(...words));
  }
}

/** An error with the places that it came by; else it as text. */
export function faultText(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? String(fault)) : String(fault);
}

/** What is used of a stream of text. */
interface Voice {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
}

/** Hears what a process says, and passes it on. Returns how to ask for the last of it. */
export function lastWords(voice: Voice | null, passOn: (chunk: Buffer) => void): () => string {
  let said = '';
  voice?.on('data', (chunk) => {
    said = (said + chunk.toString('utf8')).slice(-LAST_WORDS);
    passOn(chunk);
  });
  return () => said;
}
