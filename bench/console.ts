/**
 * How long does a person wait for the console, and does a long table scroll smoothly? The built page in Chromium, served
 * on loopback by a real agent with ten thousand tasks. The floors: the same page without a login, which shows one
 * sentence, and frames in which nothing moves. What is measured by the clock is also told as processor time of the page's
 * main thread, which is what a quiet machine would take. Build the page first (`npm run build`).
 */
import { type Browser, type CDPSession, type Page, chromium } from 'playwright';
import { CHROMIUM_ARGUMENTS, findChromium } from '../scripts/browser.mjs';
import type { BenchOptions } from './bench-options.ts';
import { distributionOf } from './distribution.ts';
import { RealCluster } from './real-cluster.ts';

const TASKS = 10_000;
const PER_REQUEST = 1000;
const ROUNDS = 5;
const ROUNDS_FULL = 20;
const FRAMES = 120;
const SCROLL_PX = 1800;
const WAIT_MS = 60_000;

export async function run(options: BenchOptions): Promise<object> {
  return RealCluster.use({ agents: 1 }, options, async (cluster) => {
    await importTasks(cluster);
    const executablePath = findChromium();
    const browser = await chromium.launch({
      args: [...CHROMIUM_ARGUMENTS],
      ...(executablePath === undefined ? {} : { executablePath }),
    });
    try {
      return await measure(browser, () => linkTo(cluster), options.full ? ROUNDS_FULL : ROUNDS);
    } finally {
      await browser.close();
    }
  });
}

/** A new login link; each is good once. */
type Link = () => Promise<string>;

async function measure(browser: Browser, link: Link, rounds: number): Promise<object> {
  const samples = { floor: [] as number[], interactive: [] as number[], busy: [] as number[], table: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const floorMs = await withPage(browser, async (page) => floorOf(page, await link()));
    const opened = await withPage(browser, async (page) => openingOf(page, await link()));
    // The first round fills the caches.
    if (round === 0) continue;
    samples.floor.push(floorMs);
    samples.interactive.push(opened.interactiveMs);
    samples.busy.push(opened.busyMs);
    samples.table.push(opened.tableMs);
  }
  const [floorMs, interactiveMs] = [distributionOf(samples.floor), distributionOf(samples.interactive)];
  return {
    tasks: TASKS,
    rounds,
    interactiveMs,
    interactiveBusyMs: distributionOf(samples.busy),
    tableMs: distributionOf(samples.table),
    floorMs,
    ratio: interactiveMs.p50 / floorMs.p50,
    scrolling: await withPage(browser, async (page) => scrollingOf(page, await link())),
  };
}

async function linkTo(cluster: RealCluster): Promise<string> {
  const [url] = (await cluster.founder.client.console.link({})).urls;
  if (url === undefined) throw new Error('the agent has no console');
  return url;
}

/** None of them comes due for years. */
async function importTasks(cluster: RealCluster): Promise<void> {
  for (let start = 0; start < TASKS; start += PER_REQUEST) {
    const definitions = Array.from({ length: PER_REQUEST }, (_, index) => ({
      id: `task-${start + index}`,
      about: { name: `Import feed ${start + index}`, tags: ['bench'], suspended: false },
      schedule: {
        triggers: [{ kind: 'cron' as const, expression: `${index % 60} ${index % 24} 29 2 *` }],
        timeZone: 'Europe/Berlin',
      },
      action: { type: 'command' as const, argv: ['true'] },
    }));
    await cluster.founder.client.tasks.apply({ definitions });
  }
  await cluster.settled(TASKS);
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
async function floorOf(page: Page, link: string): Promise<number> {
  await page.goto(new URL('/', link).href);
  return sinceNavigation(page, () => document.querySelector('#app main, #app h1, #app h2') !== null);
}

/** From navigation until the first screen answers and can be used; and from a click until the whole table is there. */
async function openingOf(page: Page, link: string): Promise<Record<'interactiveMs' | 'busyMs' | 'tableMs', number>> {
  const session = await watchThread(page);
  await page.goto(link);
  const interactiveMs = await sinceNavigation(page, () =>
    /is well|need/.test(document.querySelector('main h2')?.textContent ?? ''),
  );
  const busyMs = await busyOf(session);
  const beganMs = await page.evaluate(() => performance.now());
  await page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click();
  const shownMs = await sinceNavigation(
    page,
    () => document.querySelector('[role=grid][aria-rowcount="10001"] [role=row] [role=gridcell]') !== null,
  );
  return { interactiveMs, busyMs, tableMs: shownMs - beganMs };
}

async function scrollingOf(page: Page, link: string): Promise<object> {
  const session = await watchThread(page);
  await page.goto(link);
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
  const busyBeforeMs = await busyOf(session);
  const frameMs = distributionOf(await framesOf(SCROLL_PX));
  const busyMsPerFrame = ((await busyOf(session)) - busyBeforeMs) / FRAMES;
  const rowsInPage = await page.locator('[role=grid] [role=row]').count();
  return { frames: FRAMES, frameMs, busyMsPerFrame, floorFrameMs, rowsInPage };
}

/** Counts what the main thread of a page does, by its processor time. */
async function watchThread(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return session;
}

/** Milliseconds of processor time that the main thread has been at work. */
async function busyOf(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
}

/** Milliseconds since navigation at the first frame in which a condition holds. */
async function sinceNavigation(page: Page, holds: () => boolean): Promise<number> {
  await page.waitForFunction(holds, undefined, { polling: 'raf', timeout: WAIT_MS });
  return page.evaluate(() => performance.now());
}
