/**
 * Takes the pictures of the console page for the documentation: a small cluster with a bit of everything, light and
 * dark, 1440 × 900. Needs the built page (`vite build`) and a Chromium; writes docs/screens/console-{light,dark}.png.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { livelyPeer, openScene } from '../test/e2e/console-scene.ts';
import { CHROMIUM_ARGUMENTS, findChromium } from './browser.mjs';

const FOLDER = join(import.meta.dirname, '../docs/screens');

async function takePicture(browser, colorScheme) {
  const scene = await openScene(livelyPeer());
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
    await page.getByText('things need a look').waitFor();
    await page.getByRole('link', { name: /Database dump on workbench/ }).waitFor();
    await page.evaluate(() => document.fonts.ready);
    const path = join(FOLDER, `console-${colorScheme}.png`);
    await page.screenshot({ path });
    console.log(path);
  } finally {
    await context.close();
    await scene.close();
  }
}

const executablePath = findChromium();
if (executablePath === undefined) throw new Error('no Chromium found; see scripts/browser.mjs --require');
await mkdir(FOLDER, { recursive: true });
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
try {
  for (const colorScheme of ['light', 'dark']) await takePicture(browser, colorScheme);
} finally {
  await browser.close();
}
