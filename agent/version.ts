/** The version of the program, from package.json, which lies in its root folder, run from source or built. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the program: the nearest one above this file that holds its package.json. */
export const PROGRAM_FOLDER = programFolder(dirname(fileURLToPath(import.meta.url)));

export function programVersion(): string {
  const text = readFileSync(join(PROGRAM_FOLDER, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version?: string }).version ?? '0.0.0';
}

function programFolder(folder: string): string {
  const above = dirname(folder);
  return above === folder || existsSync(join(folder, 'package.json')) ? folder : programFolder(above);
}
