/**
 * What the page may cost: how much the first screen loads, and that live updates do not make it grow. How long things take
 * is measured by `npm run bench -- --only console`, and fails no test.
 */
import { gzipSync } from 'node:zlib';
import type { CDPSession, Page } from '@playwright/test';
import type { TaskId } from '../../core/domain/ids.ts';
import { type FakePeer, MACHINES } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, test } from './console-test.ts';

/** What the page itself names: letters, script and styles. A browser fetches six at a time, and each takes a turn of the agent. */
const FIRST_SCREEN_FILES = 4;
/** Of the first screen, compressed: page, scripts, styles and fonts. */
const FIRST_SCREEN_BYTES = 400_000;
const MINUTE_MS = 60_000;
const STEP_MS = 2000;
const MINUTES = 10;
/** A busy cluster: this many runs end in each step. */
const RUNS_PER_STEP = 12;
/** It comes to hold two million bytes more within twenty minutes, and stays there; so many runs, each kept, take 2.8 in ten. */
const MOST_GROWTH_BYTES = 2_300_000;
/** As many as the first screen keeps at most, and some more. */
const RUNS_BEFORE = 3600;

test('the first screen loads less than 400 kB, and nothing of what only other places need', async ({ page, visit }) => {
  const loaded = new Map<string, Promise<Buffer>>();
  page.on('response', (response) => {
    if (/\/(rpc|login)/.test(new URL(response.url()).pathname) || !response.ok()) return;
    loaded.set(response.url(), response.body());
  });
  // Time stands still, so that what is loaded a moment later, for the places that people go to next, is not.
  const at = Date.now();
  await page.clock.install({ time: at - MINUTE_MS });
  await page.clock.pauseAt(at);
  await visit(livelyPeer());
  await expect(page.getByRole('region', { name: 'Running now' }).getByRole('listitem')).toHaveCount(2);
  await page.waitForLoadState('networkidle');
  const files = await Promise.all([...loaded].map(async ([url, body]) => ({ url, body: await body })));
  const sizes = files.map(({ url, body }) => [url.split('/').at(-1) ?? '', gzipSync(body).length] as const);
  const sizeBytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  test.info().annotations.push({ type: 'first screen, gzip', description: `${sizeBytes} B` });
  expect(files.length).toBeGreaterThan(2);
  expect(sizeBytes, sizes.map(([name, size]) => `${name}: ${size}`).join('\n')).toBeLessThan(FIRST_SCREEN_BYTES);
  const html = files.find(({ url }) => new URL(url).pathname === '/')?.body.toString() ?? '';
  expect(html.match(/(?:src|href)="\.\/[^"]+"/g)?.length).toBeLessThanOrEqual(FIRST_SCREEN_FILES);
  expect(sizes.map(([name]) => name).filter((name) => /uplot|codemirror|statistics|editor/i.test(name))).toEqual([]);
});

test('ten minutes of live updates, made quick, leave the page as large as it was', async ({ page, visit }) => {
  test.setTimeout(240_000);
  const start = Date.now();
  await page.clock.install({ time: start });
  const peer = livelyPeer();
  for (let number = 0; number < RUNS_BEFORE; number += 1) endRun(peer, number, start - MINUTE_MS);
  await visit(peer);
  await expect(page.getByRole('region', { name: 'Running now' }).getByRole('listitem')).toHaveCount(2);
  const session = await page.context().newCDPSession(page);
  let number = RUNS_BEFORE;
  const live = async (lengthMs: number): Promise<void> => {
    for (let passedMs = 0; passedMs < lengthMs; passedMs += STEP_MS) {
      await page.clock.fastForward(STEP_MS);
      const now = await page.evaluate(() => Date.now());
      for (let count = 0; count < RUNS_PER_STEP; count += 1) endRun(peer, (number += 1), now);
    }
    await heardAll(page, peer);
  };
  await tour(page);
  await live(MINUTE_MS);
  await tour(page);
  const before = await sizeOf(session);
  for (let minute = 0; minute < MINUTES; minute += 2) {
    await live(2 * MINUTE_MS);
    await tour(page);
  }
  const after = await sizeOf(session);
  const text = JSON.stringify({ before, after });
  test.info().annotations.push({ type: 'size of the page', description: text });
  expect(after.heapBytes, text).toBeLessThan(before.heapBytes + MOST_GROWTH_BYTES);
  expect(after.nodes, text).toBeLessThan(before.nodes * 1.3 + 500);
  expect(after.listeners, text).toBeLessThan(before.listeners * 1.3 + 100);
});

/** Everything that is loaded when it is needed, and back to the first screen. */
async function tour(page: Page): Promise<void> {
  const shows = {
    Statistics: page.locator('.uplot canvas').first(),
    Tasks: page.getByRole('grid', { name: 'Tasks' }).getByRole('row', { name: /Nightly backup/ }),
    Overview: page.getByRole('region', { name: 'Running now' }),
  };
  for (const [place, shown] of Object.entries(shows)) {
    await page.getByRole('navigation').getByRole('link', { name: place, exact: true }).click();
    await expect(shown).toBeVisible();
    await page.clock.fastForward(STEP_MS);
  }
}

/** What was told first is heard first: a run that begins and ends now is seen once all before it were. */
async function heardAll(page: Page, peer: FakePeer): Promise<void> {
  const running = page.getByRole('region', { name: 'Running now' }).getByText('Renew certificates');
  const at = await page.evaluate(() => Date.now());
  const instants = { nominalAt: at, dueAt: at, claimedAt: at, startedAt: at, recordedAt: at };
  const run = peer.addRun({ taskId: 'certificates' as TaskId, state: 'running', ...instants });
  await expect(running).toBeVisible();
  peer.addRun({ ...run, state: 'succeeded', finishedAt: at + 1, recordedAt: at + 1 });
  await expect(running).toHaveCount(0);
}

function endRun(peer: FakePeer, number: number, now: number): void {
  const startedAt = now - 1500;
  peer.addRun({
    taskId: (number % 2 === 0 ? 'health-check' : 'photo-index') as TaskId,
    machineId: number % 3 === 0 ? MACHINES.alpha : MACHINES.beta,
    nominalAt: startedAt,
    dueAt: startedAt,
    claimedAt: startedAt,
    startedAt,
    finishedAt: now,
    recordedAt: now,
  });
}

interface PageSize {
  readonly heapBytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

/** After what is not used any more has been collected. */
async function sizeOf(session: CDPSession): Promise<PageSize> {
  await session.send('HeapProfiler.enable');
  for (let round = 0; round < 3; round += 1) await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  return { heapBytes: usedSize, nodes, listeners: jsEventListeners };
}
