/**
 * The headless agent as a folder that needs nothing of the machine: its own Node, its sources as they are run here, the
 * packages that they load, and the page. No Electron, no display.
 */
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { filesUnder, packageClosure, walkImports } from './import-walk.ts';
import { copyPackage } from './package-copy.ts';

/** Of the page and the desktop nothing but what the agent serves. */
const PROGRAM = ['agent', 'core'];
const SOURCES = [...PROGRAM, 'out/renderer', 'resources/service', 'LICENSE'];
const WRAPPER = `#!/bin/sh
# Carillon under its own Node, wherever this folder lies.
here=$(dirname "$(readlink -f "$0")")/..
exec "$here/node" "$here/app/agent/bin/carillon.mjs" "$@"
`;

/**
 * Lays the folder out: `bin/carillon`, `node`, `app/`.
 * @param root of the project; @param target is made anew
 */
export async function layOutAgent(root: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await mkdir(join(target, 'bin'), { recursive: true });
  await writeFile(join(target, 'bin', 'carillon'), WRAPPER);
  await chmod(join(target, 'bin', 'carillon'), 0o755);
  await cp(join(root, 'node_modules', 'node', 'bin', 'node'), join(target, 'node'));
  await chmod(join(target, 'node'), 0o755);
  const app = join(target, 'app');
  for (const source of SOURCES) {
    await cp(join(root, source), join(app, source), {
      recursive: true,
      filter: (path) => basename(path) !== 'tsconfig.json',
    });
  }
  const { name, version, license, type } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  await writeFile(
    join(app, 'package.json'),
    `${JSON.stringify({ name, version, license, type, private: true }, null, 2)}\n`,
  );
  for (const path of agentPackages(root)) await copyPackage(root, path, join(app, path));
}

/** Paths of the packages that the program loads. Those of the desktop app alone are in the lock file, too. */
export function agentPackages(root: string): ReadonlySet<string> {
  const entries = PROGRAM.flatMap((folder) => filesUnder(join(root, folder)));
  return packageClosure(root, walkImports(entries).packages);
}
