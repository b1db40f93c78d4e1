/** Builds the console page into `out/renderer`, from where the agent serves it. Nothing is inlined, for the CSP's sake. */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

const configFile = fileURLToPath(new URL('./svelte.config.js', import.meta.url));

export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [tailwindcss(), svelte({ configFile })],
  build: {
    outDir: '../out/renderer',
    emptyOutDir: true,
    target: ['chrome125', 'firefox125', 'safari17.5'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
