/** The version of the program, from package.json. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root folder of the program. */
export const PROGRAM_FOLDER = fileURLToPath(new URL('..', import.meta.url));

export function programVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version?: string }).version ?? '0.0.0';
}
