/**
 * Finds a Chromium for the browser tests: `CHROMIUM_PATH`, then the usual places. With --require it installs the
 * distribution's package (root on Debian or Ubuntu) or says what to install, and then ends with 1.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const INSTALL_TIMEOUT_MS = 300_000;

const PLACES = [
  ...['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'].map((name) => `/usr/bin/${name}`),
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** What every start of it is given: no sandbox (it runs as root in containers), no traffic of its own. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  '--force-color-profile=srgb',
];

/** The path of a Chromium, or undefined. */
export function findChromium() {
  const named = process.env['CHROMIUM_PATH'];
  return [...(named ? [named] : []), ...PLACES].find((path) => existsSync(path));
}

function installChromium() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.log('No Chromium found: installing the distribution package (once).');
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_TIMEOUT_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
}

function requireChromium() {
  if (findChromium() === undefined) installChromium();
  const path = findChromium();
  if (path === undefined) {
    console.error('The browser tests need Chromium or Chrome.');
    console.error('  Debian or Ubuntu:  sudo apt-get install chromium');
    console.error('  or set CHROMIUM_PATH to an executable, or run the unit tests alone: npx vitest run');
    return 1;
  }
  const version = execFileSync(path, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
  console.log(`browser: ${version.toString().trim()}`);
  return 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes('--require')) process.exitCode = requireChromium();
  else console.log(findChromium() ?? 'none');
}
