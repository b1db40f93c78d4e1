/** Starts the app as Electron does: its built main module is read to its end, and only then is the app ready. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launchChromium } from './chromium.ts';
import { state } from './double-state.ts';
import { hearDownloads } from './downloads.ts';
import { defaultSession } from './pages.ts';

/** What Playwright adds for the real program. */
const OF_PLAYWRIGHT = ['--inspect=0', '--remote-debugging-port=0', '--no-sandbox'];
/** So long a main module may take to load; `await app.whenReady()` at its top would never end. */
const LOADING_MS = 15_000;
const VERSION = '45.4.1';

const words = process.argv.slice(2).filter((word) => !OF_PLAYWRIGHT.includes(word));
const at = words.findIndex((word) => !word.startsWith('-'));
state.appFolder = resolve(words[at] ?? '.');
state.manifest = JSON.parse(readFileSync(join(state.appFolder, 'package.json'), 'utf8')) as typeof state.manifest;
process.argv = [process.execPath, ...words];
Object.defineProperty(process, 'resourcesPath', { value: dirname(state.appFolder) });
Object.defineProperty(process, 'type', { value: 'browser' });
Object.defineProperty(process.versions, 'electron', { value: VERSION, enumerable: true });

const main = join(state.appFolder, state.manifest.main ?? 'index.js');
if (!existsSync(main)) {
  console.error(`there is no ${main}: build the app first (npm run build)`);
  process.exit(1);
}
const launching = launchChromium();
const tooLong = setTimeout(() => {
  console.error('double: the main module does not load to its end; does it await app.whenReady() at its top?');
  process.exit(1);
}, LOADING_MS);
// Another system, as far as the shell asks which one it is on: menus, images of the tray, login items.
const { DOUBLE_PLATFORM: platform } = process.env;
if (platform !== undefined) Object.defineProperty(process, 'platform', { value: platform });
await import(pathToFileURL(main).href);
clearTimeout(tooLong);
state.chromium = await launching;
await hearDownloads(state.chromium, defaultSession, state.chromium.profile);
state.chromium.process.once('exit', () => setTimeout(() => process.exit(1), 500).unref());
state.ready = true;
state.bus.emit('ready');
