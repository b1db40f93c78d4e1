/**
 * Starts the app for a spec: in the real Electron where there is one, else in the double. Each start has a folder of its own
 * for all that it keeps, and looks for no other machines. Never loads the package `electron`, which would begin a download.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ElectronApplication, _electron } from 'playwright';
import { findRuntime } from './runtime.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The built app: that of the tree, or a copy with a fault. */
export const APP = process.env['CARILLON_APP'] ?? ROOT;

const LAUNCH_MS = 45_000;
const INSTALLED = join(dirname(createRequire(import.meta.url).resolve('electron/package.json')), 'dist');
const REAL = [process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '', INSTALLED];

/** What the specs run in. */
export const runtime = findRuntime(
  process.env['CARILLON_DESKTOP_DOUBLE'] === '1' ? [] : REAL,
  join(ROOT, 'test', 'desktop', 'double', 'electron-double'),
);

/** A folder for the data of one machine; removed at the end of the test by `remove`. */
export function makeDataFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'carillon-desktop-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) };
}

export function launch(
  dataFolder: string,
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  app = APP,
): Promise<ElectronApplication> {
  return _electron.launch({
    executablePath: runtime.path,
    args: [app, `--data=${dataFolder}`, ...words],
    cwd: ROOT,
    timeout: LAUNCH_MS,
    env: { ...cleanEnvironment(), CARILLON_MDNS: 'off', XDG_CONFIG_HOME: join(dataFolder, 'config'), ...environment },
  });
}

/** Without what is meant for the runner of the tests: of its two words on colours Node warns, in the log of the app. */
function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(?:CARILLON_DATA|NODE_OPTIONS|ELECTRON_|NO_COLOR$|FORCE_COLOR$)/.test(name),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}
