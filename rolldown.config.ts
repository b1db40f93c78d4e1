/**
 * Builds what Node and Electron load: file by file, so that threads and the launcher are found beside the file that starts
 * them, as in the sources. Packages stay in node_modules. The preload alone is one file, since its sandbox loads no other; and
 * the launcher once more, for a packaged app, where it lies outside of the archive.
 */
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const external = (id: string): boolean => !id.startsWith('.') && !isAbsolute(id);

const ENTRIES = [
  'electron/main/main',
  'electron/core-host/core-process',
  'core/adapters/document/document-worker',
  'core/adapters/sqlite/query-worker',
  'core/adapters/backup/backup-worker',
  'core/adapters/processes/launcher',
];

export default defineConfig([
  {
    input: Object.fromEntries(ENTRIES.map((entry) => [entry, `${ROOT}${entry}.ts`])),
    platform: 'node',
    external,
    treeshake: false,
    output: {
      dir: 'out/desktop',
      format: 'esm',
      preserveModules: true,
      preserveModulesRoot: ROOT,
      entryFileNames: '[name].js',
      cleanDir: true,
    },
  },
  {
    input: { launcher: `${ROOT}core/adapters/processes/launcher.ts` },
    platform: 'node',
    external: /^node:/,
    output: { dir: 'out/launcher', format: 'esm', entryFileNames: '[name].js', codeSplitting: false, cleanDir: true },
  },
  {
    input: { preload: `${ROOT}electron/preload/preload.ts` },
    platform: 'browser',
    external: ['electron'],
    output: { dir: 'out/preload', format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false, cleanDir: true },
  },
]);
