/** What the app was started with: where its data lies, whether a window is wanted, and a deep link or a task file, if one was opened. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { dataFolderOf } from '../../agent/cli/data-folder.ts';
import { placeOfLink } from './deep-link.ts';
import { fileIn } from './task-file.ts';

export interface StartOptions {
  /** The same as that of the command line and the headless agent: one machine, one core. */
  readonly dataFolder: string;
  /** Where the app keeps what is its own: window, settings, Chromium's profile. */
  readonly stateFolder: string;
  /** Starts in the tray. */
  readonly hidden: boolean;
  /** The address in the page that a deep link names. */
  readonly hash: string | undefined;
  /** The task file to be opened, absolute. */
  readonly file: string | undefined;
}

/** @param words the command line without the program. */
export function readStartOptions(words: readonly string[], environment: NodeJS.ProcessEnv): StartOptions {
  const chosen = words.find((word) => word.startsWith('--data='))?.slice('--data='.length);
  const dataFolder = dataFolderOf(chosen, { environment, platform: process.platform, homeFolder: homedir() });
  return {
    dataFolder,
    stateFolder: join(dataFolder, 'desktop'),
    hidden: words.includes('--hidden'),
    hash: linkIn(words),
    file: fileIn(words, process.cwd()),
  };
}

/** The place that the first deep link among some words names. */
export function linkIn(words: readonly string[]): string | undefined {
  return words.map(placeOfLink).find((hash) => hash !== undefined);
}
