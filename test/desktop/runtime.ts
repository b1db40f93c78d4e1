/** What the specs run in: the real Electron of a folder, told by what lies in that folder, else the double. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Runtime {
  /** For titles: `double`, or `Electron` with the version of that very program. */
  readonly title: string;
  readonly path: string;
  readonly isDouble: boolean;
}

const PROGRAMS: Readonly<Record<string, string>> = {
  win32: 'electron.exe',
  darwin: 'Electron.app/Contents/MacOS/Electron',
};

/** @param folders where Electron may be, best first; @param double the executable that stands in for it */
export function findRuntime(folders: readonly string[], double: string, platform: string = process.platform): Runtime {
  const program = PROGRAMS[platform] ?? 'electron';
  const folder = folders.find((place) => place !== '' && existsSync(join(place, program)));
  if (folder === undefined) return { title: 'double', path: double, isDouble: true };
  return { title: `Electron ${versionIn(folder)}`, path: join(folder, program), isDouble: false };
}

/** Electron is distributed with a file that holds its version. */
function versionIn(folder: string): string {
  const file = join(folder, 'version');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().replace(/^v/, '') : 'of unknown version';
}
