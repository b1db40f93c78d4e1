/** Builds the console page into `out/renderer`, from where the agent serves it. Nothing is inlined, for the CSP's sake. */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { type Plugin, defineConfig } from 'vite';

const configFile = fileURLToPath(new URL('./svelte.config.js', import.meta.url));

/** What most places are made of; small enough to come with the first of them. */
const LIGHT =
  /renderer\/src\/(components|format)\/|node_modules\/(@lucide|bits-ui|@floating-ui|svelte|runed|tabbable)\//;

type ModuleInfo = { readonly isEntry: boolean; readonly importers: readonly string[] } | null;

/**
 * Whether a module comes with the first screen: it begins with it, or something that does imports it at once. Modules
 * that import each other in a circle are asked for once.
 */
function comesFirst(id: string, infoOf: (id: string) => ModuleInfo, known: Map<string, boolean>): boolean {
  const before = known.get(id);
  if (before !== undefined) return before;
  known.set(id, false);
  const info = infoOf(id);
  const first = info !== null && (info.isEntry || info.importers.some((by) => comesFirst(by, infoOf, known)));
  known.set(id, first);
  return first;
}

/** The letters of the first screen are fetched beside its script, not when the first words are drawn. */
function fontAtOnce(): Plugin {
  return {
    name: 'font-at-once',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) => {
        const file = Object.keys(bundle ?? {}).find((name) => /inter-latin-wght-normal-[^/]+\.woff2$/.test(name));
        if (file === undefined) return [];
        const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', href: `./${file}`, crossorigin: true };
        return [{ tag: 'link', attrs, injectTo: 'head-prepend' }];
      },
    },
  };
}

export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [tailwindcss(), svelte({ configFile }), fontAtOnce()],
  build: {
    outDir: '../out/renderer',
    emptyOutDir: true,
    target: ['chrome125', 'firefox125', 'safari17.5'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        chunkFileNames: ({ name }) => `assets/${name.split('~', 1)[0]}-[hash].js`,
        // A browser fetches six files at a time: one for the first screen, one for what the places share, and theirs.
        codeSplitting: {
          groups: [
            {
              debugName: 'first',
              name: (id, graph) => (comesFirst(id, (other) => graph.getModuleInfo(other), new Map()) ? 'first' : null),
              priority: 3,
            },
            { name: 'common', test: (id) => LIGHT.test(id), minShareCount: 3, priority: 2 },
            { name: 'shared', minShareCount: 2, priority: 1, entriesAware: true, entriesAwareMergeThreshold: 4096 },
          ],
        },
      },
    },
  },
});
