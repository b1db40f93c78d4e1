/**
 * Draws the icons that the desktop needs from their sources: resources/icons/carillon.svg in all sizes and in the files of
 * Windows and macOS, and one bell for the tray in each state, coloured, and as a template for macOS. Needs a Chromium; run it when a source has changed.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { CHROMIUM_ARGUMENTS, findChromium } from './browser.mjs';
import { ICNS_SIZES, ICO_SIZES, icnsOf, icoOf } from './package/icon-files.ts';

const RESOURCES = join(import.meta.dirname, '../resources');
const APP_SIZES = [16, 24, 32, 48, 64, 128, 256, 512];
const TRAY_SIZE = 22;
const TEMPLATE_SIZE = 18;

/** The mark in the lower right corner says the state also to those who do not see its colour. */
const STATES = {
  fine: { bell: '#3fa66b', mark: '' },
  running: { bell: '#3b82d6', mark: '<path d="M14 13l8 4.500-8 4.500z" fill="FILL" stroke="none" />' },
  attention: {
    bell: '#d9822b',
    mark: '<path d="M18 12.500v5.500M18 20.500v1.500" stroke="FILL" stroke-width="2.800" stroke-linecap="round" />',
  },
  offline: {
    bell: '#8a8f98',
    mark: '<path d="M14.500 14.500l7 7M21.500 14.500l-7 7" stroke="FILL" stroke-width="2.400" stroke-linecap="round" />',
  },
};

function traySource({ bell, mark }, isTemplate) {
  const colour = isTemplate ? '#000000' : bell;
  const marked = mark === '' ? '' : '<circle cx="18" cy="17.500" r="6.300" fill="black" />';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <mask id="room"><rect width="24" height="24" fill="white" />${marked}</mask>
  <g mask="url(#room)" fill="${colour}">
    <path d="M5 15V9a7 7 0 0 1 14 0v6l2.200 4H2.800z" />
    <path d="M9 20.500h6a3 3 0 0 1-6 0z" />
  </g>
  <g fill="none">${mark.replaceAll('FILL', colour)}</g>
</svg>
`;
}

async function draw(page, source, size, path) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${source}`);
  await page.screenshot({ path, omitBackground: true });
}

async function writeIconFiles() {
  const pictures = (sizes) =>
    Promise.all(
      sizes.map(async (size) => ({ size, png: await readFile(join(RESOURCES, 'icons', `${size}x${size}.png`)) })),
    );
  await writeFile(join(RESOURCES, 'package', 'icon.ico'), icoOf(await pictures(ICO_SIZES)));
  await writeFile(join(RESOURCES, 'package', 'icon.icns'), icnsOf(await pictures(ICNS_SIZES)));
}

const executablePath = findChromium();
if (executablePath === undefined) throw new Error('no Chromium found; see scripts/browser.mjs --require');
await mkdir(join(RESOURCES, 'tray'), { recursive: true });
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
try {
  const page = await browser.newPage();
  const app = await readFile(join(RESOURCES, 'icons', 'carillon.svg'), 'utf8');
  for (const size of APP_SIZES) await draw(page, app, size, join(RESOURCES, 'icons', `${size}x${size}.png`));
  await writeIconFiles();
  for (const [state, look] of Object.entries(STATES)) {
    for (const [isTemplate, size] of [
      [false, TRAY_SIZE],
      [true, TEMPLATE_SIZE],
    ]) {
      const name = join(RESOURCES, 'tray', `${state}${isTemplate ? 'Template' : ''}`);
      const source = traySource(look, isTemplate);
      await writeFile(`${name}.svg`, source);
      await draw(page, source, size, `${name}.png`);
      await draw(page, source, size * 2, `${name}@2x.png`);
    }
  }
} finally {
  await browser.close();
}
