/**
 * How long does a person wait for the console, and does a long table scroll smoothly? The built page in Chromium, served
 * on loopback by the real console server with ten thousand tasks behind it. The floors: the same page without a login,
 * which shows one sentence, and frames in which nothing moves. Build the page first (`npm run build`).
 */
import { type Browser, type Page, chromium } from 'playwright';
import { CHROMIUM_ARGUMENTS, findChromium } from '../scripts/browser.mjs';
import { type Scene, crowdedPeer, openScene } from '../test/e2e/console-scene.ts';
import type { BenchOptions } from './bench-options.ts';
import { distributionOf } from './distribution.ts';

const TASKS = 10_000;
const ROUNDS = 5;
const ROUNDS_FULL = 20;
const FRAMES = 120;
const SCROLL_PX = 1800;
const WAIT_MS = 60_000;

export async function run({ full }: BenchOptions): Promise<object> {
  const executablePath = findChromium();
  const browser = await chromium.launch({
    args: [...CHROMIUM_ARGUMENTS],
    ...(executablePath === undefined ? {} : { executablePath }),
  });
  const scene = await openScene(crowdedPeer(TASKS));
  try {
    const rounds = full ? ROUNDS_FULL : ROUNDS;
    const samples = { floorMs: [] as number[], interactiveMs: [] as number[], tableMs: [] as number[] };
    for (let round = 0; round <= rounds; round += 1) {
      const floorMs = await withPage(browser, (page) => floorOf(page, scene));
      const opened = await withPage(browser, (page) => openingOf(page, scene));
      // The first round fills the caches.
      if (round === 0) continue;
      samples.floorMs.push(floorMs);
      samples.interactiveMs.push(opened.interactiveMs);
      samples.tableMs.push(opened.tableMs);
    }
    const scrolling = await withPage(browser, (page) => scrollingOf(page, scene));
    const [floor, interactive, table] = [samples.floorMs, samples.interactiveMs, samples.tableMs].map(distributionOf);
    return {
      tasks: TASKS,
      rounds,
      interactiveMs: interactive,
      tableMs: table,
      floorMs: floor,
      ratio: (interactive?.p50 ?? 0) / (floor?.p50 ?? 1),
      scrolling,
    };
  } finally {
    await browser.close();
    await scene.close();
  }
}

async function withPage<T>(browser: Browser, work: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    return await work(await context.newPage());
  } finally {
    await context.close();
  }
}

/** From navigation until a person without a login is told so, in milliseconds. */
async function floorOf(page: Page, scene: Scene): Promise<number> {
  await page.goto(`http://127.0.0.1:${scene.server.port}/`);
  return sinceNavigation(page, () => document.querySelector('#app main, #app h1, #app h2') !== null);
}

/** From navigation until the first screen answers and can be used; and from a click until the whole table is there. */
async function openingOf(page: Page, scene: Scene): Promise<{ interactiveMs: number; tableMs: number }> {
  await page.goto(scene.server.loginLinks()[0] ?? '');
  const interactiveMs = await sinceNavigation(page, () =>
    /is well|need/.test(document.querySelector('main h2')?.textContent ?? ''),
  );
  const beganMs = await page.evaluate(() => performance.now());
  await page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click();
  const shownMs = await sinceNavigation(
    page,
    () => document.querySelector('[role=grid][aria-rowcount="10001"] [role=row] [role=gridcell]') !== null,
  );
  return { interactiveMs, tableMs: shownMs - beganMs };
}

async function scrollingOf(page: Page, scene: Scene): Promise<object> {
  await page.goto(scene.server.loginLinks()[0] ?? '');
  await page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click();
  await sinceNavigation(
    page,
    () => document.querySelector('[role=grid][aria-rowcount="10001"] [role=row] [role=gridcell]') !== null,
  );
  const framesOf = (stepPx: number): Promise<number[]> =>
    page.evaluate(
      ([frames, step]) =>
        new Promise<number[]>((resolve) => {
          const grid = document.querySelector('[role=grid]');
          const lengths: number[] = [];
          let last = performance.now();
          const frame = (): void => {
            const now = performance.now();
            lengths.push(now - last);
            last = now;
            if (grid !== null) grid.scrollTop += step ?? 0;
            if (lengths.length < (frames ?? 0)) requestAnimationFrame(frame);
            else resolve(lengths);
          };
          requestAnimationFrame(frame);
        }),
      [FRAMES, stepPx],
    );
  const floorFrameMs = distributionOf(await framesOf(0));
  const frameMs = distributionOf(await framesOf(SCROLL_PX));
  const rowsInPage = await page.locator('[role=grid] [role=row]').count();
  return { frames: FRAMES, frameMs, floorFrameMs, rowsInPage };
}

/** Milliseconds since navigation at the first frame in which a condition holds. */
async function sinceNavigation(page: Page, holds: () => boolean): Promise<number> {
  await page.waitForFunction(holds, undefined, { polling: 'raf', timeout: WAIT_MS });
  return page.evaluate(() => performance.now());
}
