/** Copies packages as they are run: without what they carry for compilers, debuggers and readers. */
import { cp } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

const NOT_RUN = /\.(?:ts|mts|cts|map|md|markdown|flow|tsbuildinfo)$/i;
const NOT_RUN_FOLDERS = new Set(['test', 'tests', '__tests__', 'docs', 'example', 'examples', '.github']);
/** The document's engine is shipped once for each kind of program; Node loads one of them. */
const OTHER_BUILDS: readonly string[] = [
  'dist/cjs',
  'dist/iife',
  'dist/automerge.wasm',
  'dist/mjs/wasm_bindgen_output/bundler',
  'dist/mjs/wasm_bindgen_output/web/automerge_wasm_bg.wasm',
  'dist/mjs/wasm_bindgen_output/web/automerge_wasm_bg_base64.js',
  'dist/mjs/wasm_bindgen_output/workerd',
].map((path) => `node_modules/@automerge/automerge/${path}`);

/** @param path of the package from `root`, as `packageClosure` names it; @param target the folder that it becomes */
export async function copyPackage(root: string, path: string, target: string): Promise<void> {
  const from = join(root, path);
  const inner = `${sep}node_modules${sep}`;
  await cp(from, target, {
    recursive: true,
    dereference: true,
    filter: (file) => {
      const within = relative(from, file);
      // Packages within packages are named on their own.
      if (`${sep}${within}${sep}`.includes(inner)) return false;
      if (within !== '' && NOT_RUN_FOLDERS.has(basename(file)) && dirname(within) === '.') return false;
      if (OTHER_BUILDS.includes(relative(root, file).split(sep).join('/'))) return false;
      return !NOT_RUN.test(file);
    },
  });
}
