/**
 * Projects by what they need: `unit` is quick and runs in parallel; `renderer` holds the page's view-models, compiled as
 * for a browser; `simulator` runs whole clusters in virtual time; `integration` starts real agents, one file at a time;
 * `attacks` are hostile peers, pages and people around real agents; `fuzz` throws damaged input at every door; `package` builds and tries what is shipped; `lan` builds a network of its own, which needs root.
 */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const svelteConfig = fileURLToPath(new URL('./svelte.config.js', import.meta.url));

export default defineConfig({
  test: {
    sequence: { shuffle: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['integration', 'e2e', 'renderer', 'simulator', 'fuzz', 'lan', 'attacks', 'package'].map(
            (folder) => `test/${folder}/**`,
          ),
          testTimeout: 20_000,
          // Reading the whole source tree takes its time on a busy machine.
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        plugins: [svelte({ configFile: svelteConfig })],
        test: {
          name: 'renderer',
          include: ['test/renderer/**/*.test.ts'],
          environment: './test/renderer/client-environment.ts',
          server: { deps: { inline: ['svelte'] } },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: { name: 'simulator', include: ['test/simulator/**/*.test.ts'], testTimeout: 300_000 },
      },
      {
        extends: true,
        test: { name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], testTimeout: 600_000 },
      },
      {
        extends: true,
        test: {
          name: 'attacks',
          include: ['test/attacks/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'lan',
          include: ['test/lan/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
