/** What the app was started with: where its data lies, whether a window is wanted, and a deep link or a task file, if one was opened. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { dataFolderOf } from '../../agent/cli/data-folder.ts';
import { placeOfLink } from './deep-link.ts';
import { fileIn } from './task-file.ts';

/** What the app is asked to show. */
export interface Wanted {
  /** The address in the page that a deep link names; undefined: where it is. */
  readonly place: string | undefined;
  /** The task file to be opened, absolute. */
  readonly file: string | undefined;
}

export interface StartOptions extends Wanted {
  /** The same as that of the command line and the headless agent: one machine, one core. */
  readonly dataFolder: string;
  /** Where the app keeps what is its own: window, settings, Chromium's profile. */
  readonly stateFolder: string;
  /** Starts in the tray. */
  readonly hidden: boolean;
}

/** @param words the command line without the program. */
export function readStartOptions(words: readonly string[], environment: NodeJS.ProcessEnv): StartOptions {
  const chosen = words.find((word) => word.startsWith('--data='))?.slice('--data='.length);
  const dataFolder = dataFolderOf(chosen, { environment, platform: process.platform, homeFolder: homedir() });
  return {
    dataFolder,
    stateFolder: join(dataFolder, 'desktop'),
    hidden: words.includes('--hidden'),
    ...wantedIn(words, process.cwd()),
  };
}

/** Whether there is anything in particular to show. */
export function isWanted({ place, file }: Wanted): boolean {
  return place !== undefined || file !== undefined;
}

/** The first deep link and the first task file among some words of a command line. @param folder where it was given */
export function wantedIn(words: readonly string[], folder: string): Wanted {
  return { place: words.map(placeOfLink).find((place) => place !== undefined), file: fileIn(words, folder) };
}
