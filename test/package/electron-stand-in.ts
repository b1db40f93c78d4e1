/**
 * A folder that looks like Electron's distribution for Linux, so that packing can be tried without it: its program is any
 * small one with a wire of fuses at its end. What is packed from it is nothing to give to anybody.
 */
import { appendFile, chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What Electron's files begin their wire of fuses with, then its version, its length, and one sign for each fuse. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const WIRE_VERSION = 1;
/** As the program comes: `1` is on, `0` off. */
const FUSES = '101100010';
const PLAIN_FILES = [
  'LICENSE',
  'LICENSES.chromium.html',
  'STAND-IN',
  'chrome-sandbox',
  'chrome_crashpad_handler',
  'icudtl.dat',
  'resources.pak',
  join('locales', 'en-US.pak'),
  join('locales', 'de.pak'),
];

export async function makeElectronStandIn(root: string, folder: string): Promise<void> {
  await mkdir(join(folder, 'locales'), { recursive: true });
  await mkdir(join(folder, 'resources'), { recursive: true });
  const { version } = JSON.parse(await readFile(join(root, 'node_modules', 'electron', 'package.json'), 'utf8')) as {
    version: string;
  };
  const program = join(folder, 'electron');
  await copyFile('/bin/true', program);
  await appendFile(
    program,
    Buffer.concat([Buffer.from(SENTINEL), Buffer.from([WIRE_VERSION, FUSES.length]), Buffer.from(FUSES)]),
  );
  await chmod(program, 0o755);
  await writeFile(join(folder, 'version'), version);
  for (const file of PLAIN_FILES) await writeFile(join(folder, file), 'stand-in\n');
}
