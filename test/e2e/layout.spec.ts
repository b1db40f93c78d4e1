/**
 * There is room for every screen: at 900 pixels, and at 200 % on a screen of 1440 × 900, which leaves 720 × 450. Nothing
 * sticks out of the page or of its main part, no control is cut off, and the header stays where the page scrolls.
 */
import type { Page } from '@playwright/test';
import { expect, test } from './console-test.ts';
import { everyScreen, wordyPeer } from './every-screen.ts';

const SIZES = [
  { width: 900, height: 700 },
  { width: 720, height: 450 },
];

for (const place of Object.keys(everyScreen('' as never))) {
  test(`every screen of ${place} has room at 900 pixels and at 200 %`, async ({ page, visit }) => {
    test.setTimeout(180_000);
    const { peer, runId } = wordyPeer();
    await visit(peer);
    for (const { name, at, ready } of everyScreen(runId)[place] ?? []) {
      await page.evaluate((hash) => (location.hash = `#/${hash}`), at);
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await expect(ready(page), name).toBeVisible();
        await expect.poll(() => withoutRoom(page), `${name} at ${size.width}`).toEqual([]);
      }
    }
  });
}

test('where the page scrolls as a whole, the header and the places stay', async ({ page, visit }) => {
  await page.setViewportSize({ width: 900, height: 500 });
  await visit(wordyPeer().peer);
  await page.evaluate(() => (location.hash = '#/tasks/new?template=backup'));
  await expect(page.locator('.cm-content').first()).toBeVisible();
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(200);
  await expect(page.getByText('Live', { exact: true })).toBeInViewport();
  await expect(page.getByRole('link', { name: 'Overview' })).toBeInViewport();
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeInViewport();
});

/** What sticks out or is cut off, each as a line of text. */
async function withoutRoom(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    const tell = (what: string, element: Element): void => {
      const text = element.getAttribute('aria-label') ?? element.textContent;
      found.push(`${what}: <${element.tagName.toLowerCase()}> ${text.trim().slice(0, 60)}`);
    };
    if (root.scrollWidth > root.clientWidth) tell(`the page is ${root.scrollWidth} wide`, root);
    for (const part of document.querySelectorAll('main, main form, main section, main aside')) {
      if (part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX !== 'hidden') tell('wide', part);
    }
    // Tables and output may scroll within themselves; a truncated link shows in full elsewhere.
    for (const control of document.querySelectorAll('button, input, select, textarea, [role=tab]')) {
      const box = control.getBoundingClientRect();
      if (box.width === 0 || control.closest('.sr-only, [role=grid], .overflow-x-auto') !== null) continue;
      if (box.left < -1 || box.right > root.clientWidth + 1) tell('outside', control);
      for (let around = control.parentElement; around !== null; around = around.parentElement) {
        if (getComputedStyle(around).overflowX !== 'hidden' || around.classList.contains('sr-only')) continue;
        const frame = around.getBoundingClientRect();
        if (box.right > frame.right + 1 || box.left < frame.left - 1) tell('cut off', control);
      }
    }
    return found;
  });
}
