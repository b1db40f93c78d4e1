/**
 * `npm run screens`: takes the pictures of every screen of the console for the documentation, light and dark, 1440 × 900,
 * from a cluster that has been in use for weeks, behind the real console server. Needs the built page (`npm run build`) and
 * a Chromium; writes docs/screens/<screen>-{light,dark}.png with a palette of their own, and fails when one is larger than
 * a page of documentation should carry. Names of screens as arguments take those alone.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { openScene } from '../test/e2e/console-scene.ts';
import { showcasePeer } from '../test/e2e/showcase/showcase-peer.ts';
import { MACHINES, createFakePeer } from '../test/fakes/peer-handle.ts';
import { CHROMIUM_ARGUMENTS, findChromium } from './browser.mjs';
import { withPalette } from './screens/palette-png.ts';
import { SCREENS } from './screens/scenes.mjs';

const FOLDER = join(import.meta.dirname, '../docs/screens');
const MOST_BYTES = 120 * 1024;
const SCHEMES = ['light', 'dark'];

function peerOf({ fresh = false }) {
  if (!fresh) return showcasePeer();
  const peer = createFakePeer([]);
  peer.cluster = undefined;
  peer.phase = 'no-cluster';
  const fingerprint = '7Q2M-K0RD-3XVA-9FTC';
  const cluster = { id: 'lindenhof', name: 'Lindenhof' };
  peer.nearby.push({ id: MACHINES.beta, fingerprint, name: 'nas', cluster, admits: true, addresses: [] });
  return peer;
}

async function takePicture(browser, screen, colorScheme) {
  const scene = await openScene(peerOf(screen));
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  try {
    const page = await context.newPage();
    await page.goto(scene.server.loginLinks()[0] ?? '');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate((at) => (location.hash = `#/${at}`), screen.at);
    await screen.ready(page).waitFor();
    await screen.prepare?.(page);
    await page.waitForLoadState('networkidle');
    await page.evaluate(() => document.fonts.ready);
    const path = join(FOLDER, `${screen.name}-${colorScheme}.png`);
    const small = withPalette(await page.screenshot());
    const { length: size } = small;
    await writeFile(path, small);
    if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes; at most ${MOST_BYTES} are kept`);
    console.log(`${path}  ${Math.round(size / 1024)} KiB`);
  } finally {
    await context.close();
    await scene.close();
  }
}

const executablePath = findChromium();
if (executablePath === undefined) throw new Error('no Chromium found; see scripts/browser.mjs --require');
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !SCREENS.some((screen) => screen.name === name));
if (unknown !== undefined)
  throw new Error(`no screen "${unknown}"; there are ${SCREENS.map(({ name }) => name).join(', ')}`);
await mkdir(FOLDER, { recursive: true });
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
try {
  for (const screen of SCREENS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    for (const colorScheme of SCHEMES) await takePicture(browser, screen, colorScheme);
  }
} finally {
  await browser.close();
}
