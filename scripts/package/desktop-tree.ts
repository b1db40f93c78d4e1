/**
 * The desktop app as it goes into the archive: what was built, the page, the pictures, and the packages that the built
 * program loads. Laid out by ourselves, so that nothing is shipped that is merely installed.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { filesUnder, packageClosure, walkImports } from './import-walk.ts';
import { copyPackage } from './package-copy.ts';

/** Packages that the built program asks for and Electron itself brings. */
export const GIVEN: readonly string[] = ['electron'];
/** Where packages lie until they are in the archive: electron-builder has rules of its own for `node_modules`. */
export const PACKAGES_FOLDER = 'packages';

const PROGRAM = ['out/desktop', 'out/preload'];
const OTHER_FILES = ['out/renderer', 'resources/icons/512x512.png', 'resources/tray', 'LICENSE'];
const MANIFEST = ['name', 'version', 'description', 'license', 'homepage', 'author', 'desktopName', 'type', 'main'];

/** @param root of the project; @param target is made anew */
export async function layOutDesktop(root: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  for (const path of [...PROGRAM, ...OTHER_FILES]) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    await cp(join(root, path), join(target, path), {
      recursive: true,
      filter: (file) => !/\.(?:svg|map)$/.test(basename(file)),
    });
  }
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  const shipped = Object.fromEntries(MANIFEST.map((name) => [name, manifest[name]]));
  await writeFile(join(target, 'package.json'), `${JSON.stringify(shipped, null, 2)}\n`);
  for (const path of desktopPackages(root)) {
    await copyPackage(root, path, join(target, PACKAGES_FOLDER, path.slice('node_modules/'.length)));
  }
}

/** The packages that the built desktop app loads, as paths from the root. */
export function desktopPackages(root: string): ReadonlySet<string> {
  const entries = PROGRAM.flatMap((folder) => filesUnder(join(root, folder)));
  return packageClosure(root, walkImports(entries, GIVEN).packages);
}
