/**
 * The headless agent as a folder that needs nothing of the machine: its own Node, its sources as they are run here, the
 * packages that they load, and the page. No Electron, no display.
 */
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

/** Of the page and the desktop nothing but what the agent serves. */
const SOURCES = ['agent', 'core', 'out/renderer', 'resources/service', 'LICENSE'];
/** What packages carry for compilers, debuggers and readers. */
const NOT_RUN = /\.(?:ts|mts|cts|map|md|markdown|flow|tsbuildinfo)$/i;
const NOT_RUN_FOLDERS = new Set(['test', 'tests', '__tests__', 'docs', 'example', 'examples', '.github']);
/** The document's engine is shipped once for each kind of program; Node loads one of them. */
const OTHER_BUILDS = [
  'dist/cjs',
  'dist/iife',
  'dist/automerge.wasm',
  'dist/mjs/wasm_bindgen_output/bundler',
  'dist/mjs/wasm_bindgen_output/web/automerge_wasm_bg.wasm',
  'dist/mjs/wasm_bindgen_output/web/automerge_wasm_bg_base64.js',
  'dist/mjs/wasm_bindgen_output/workerd',
].map((path) => join('@automerge', 'automerge', path));

const WRAPPER = `#!/bin/sh
# Carillon under its own Node, wherever this folder lies.
here=$(dirname "$(readlink -f "$0")")/..
exec "$here/node" "$here/app/agent/bin/carillon.mjs" "$@"
`;

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
}

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
  for (const path of await productionPackages(root)) await copyPackage(root, app, path);
}

/** Paths of the packages that the program loads, by the lock file. */
export async function productionPackages(root: string): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path]) => path);
}

/** A package for another system is in the lock file and not on the disk. */
async function copyPackage(root: string, app: string, path: string): Promise<void> {
  const from = join(root, path);
  const modules = join(root, 'node_modules');
  const inner = `${sep}node_modules${sep}`;
  try {
    await cp(from, join(app, path), {
      recursive: true,
      dereference: true,
      filter: (file) => {
        const within = relative(from, file);
        // Packages within packages have an entry of their own.
        if (`${sep}${within}${sep}`.includes(inner)) return false;
        if (within !== '' && NOT_RUN_FOLDERS.has(basename(file)) && dirname(within) === '.') return false;
        if (OTHER_BUILDS.includes(relative(modules, file))) return false;
        return !NOT_RUN.test(file);
      },
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
