/**
 * Starts the app for a spec: in the real Electron where there is one, else in the double. Each start has a folder of its own
 * for all that it keeps, and looks for no other machines. Never loads the package `electron`, which would begin a download.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ElectronApplication, _electron } from 'playwright';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The built app: that of the tree, or a copy with a fault. */
export const APP = process.env['CARILLON_APP'] ?? ROOT;

const PROGRAMS: Readonly<Record<string, string>> = {
  win32: 'electron.exe',
  darwin: 'Electron.app/Contents/MacOS/Electron',
};
const LAUNCH_MS = 45_000;
const packageFile = createRequire(import.meta.url).resolve('electron/package.json');

/** What the specs run in, for their titles: `double`, or `Electron` with its version. */
export const runtime = findRuntime();

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

function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(?:CARILLON_DATA|NODE_OPTIONS|ELECTRON_)/.test(name),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}

function findRuntime(): { readonly title: string; readonly path: string; readonly isDouble: boolean } {
  const program = PROGRAMS[process.platform] ?? 'electron';
  const places = [process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '', join(dirname(packageFile), 'dist')];
  const folder = places.find((place) => place !== '' && existsSync(join(place, program)));
  if (folder === undefined || process.env['CARILLON_DESKTOP_DOUBLE'] === '1') {
    return { title: 'double', path: join(ROOT, 'test', 'desktop', 'double', 'electron-double'), isDouble: true };
  }
  const { version } = createRequire(import.meta.url)(packageFile) as { version: string };
  return { title: `Electron ${version}`, path: join(folder, program), isDouble: false };
}
