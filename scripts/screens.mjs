/**
 * `npm run screens`: takes the pictures of every screen of the console for the documentation, light and dark, 1440 × 900,
 * from a small cluster with a bit of everything behind the real console server. Needs the built page (`npm run build`) and
 * a Chromium; writes docs/screens/<screen>-{light,dark}.png, and fails when one is larger than a page of documentation
 * should carry. Names of screens as arguments take those alone.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { livelyPeer, openScene } from '../test/e2e/console-scene.ts';
import { createFakePeer } from '../test/fakes/peer-handle.ts';
import { CHROMIUM_ARGUMENTS, findChromium } from './browser.mjs';

const FOLDER = join(import.meta.dirname, '../docs/screens');
const MOST_BYTES = 250 * 1024;
const SCHEMES = ['light', 'dark'];

/** Each: its address, what is seen when it is there, and what is done before the picture is taken. */
const SCREENS = [
  { name: 'console', at: '', ready: (page) => page.getByText('things need a look') },
  { name: 'machines', at: 'machines', ready: (page) => page.getByRole('main').getByText('workbench').first() },
  { name: 'tasks', at: 'tasks', ready: (page) => page.getByRole('row', { name: /Nightly backup/ }) },
  { name: 'task', at: 'tasks/nightly-backup', ready: (page) => page.getByRole('heading', { name: 'Nightly backup' }) },
  {
    name: 'editor',
    at: 'tasks/new?template=backup',
    ready: (page) => page.getByRole('textbox', { name: 'Name', exact: true }),
  },
  { name: 'runs', at: 'runs', ready: (page) => page.getByRole('row', { name: /Index new photos/ }).first() },
  { name: 'statistics', at: 'statistics', ready: (page) => page.getByRole('heading', { name: 'Statistics' }) },
  { name: 'settings', at: 'settings/members', ready: (page) => page.getByRole('main').getByText('attic-pi').first() },
  { name: 'ring', at: 'machines/ring', ready: (page) => page.getByRole('heading', { name: 'Who owns what' }) },
  {
    name: 'palette',
    at: '',
    ready: (page) => page.getByText('things need a look'),
    prepare: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('back');
      await page.getByRole('option').first().waitFor();
    },
  },
  {
    name: 'notifications',
    at: '',
    ready: (page) => page.getByText('things need a look'),
    prepare: async (page) => {
      await page.getByRole('button', { name: /^Notifications/ }).click();
      await page.getByRole('dialog', { name: 'Notifications' }).waitFor();
    },
  },
  { name: 'first-run', at: '', fresh: true, ready: (page) => page.getByRole('button', { name: 'Continue' }) },
];

function peerOf({ fresh = false }) {
  if (!fresh) return livelyPeer();
  const peer = createFakePeer([]);
  peer.cluster = undefined;
  peer.phase = 'no-cluster';
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
    await page.screenshot({ path });
    const { size } = await stat(path);
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
