/**
 * What was left is let go: however often a place is visited, the page does not hold what was shown there. Counted by weak
 * references to the places themselves; how large a heap is says little of what is in it.
 */
import type { Locator, Page } from '@playwright/test';
import { livelyPeer } from './console-scene.ts';
import { expect, goTo, test } from './console-test.ts';

const VISITS = 6;
/** A browser may keep what was shown last, and what was pointed at; what leaks is kept with every visit. */
const MOST_HELD = 2;

/** Where to go, and what is there once it has come. */
const PLACES: Readonly<Record<string, (page: Page) => Locator>> = {
  '#/machines': (page) => page.getByRole('grid', { name: 'Machines' }),
  '#/machines/ring': (page) => page.getByRole('img', { name: /^Ring of/ }),
  '#/tasks': (page) => page.getByRole('grid', { name: 'Tasks' }).getByRole('row', { name: /Nightly backup/ }),
  '#/tasks/health-check': (page) => page.locator('.uplot canvas').first(),
  '#/tasks/health-check/edit': (page) => page.getByRole('textbox', { name: 'Name', exact: true }),
  '#/tasks/import': (page) => page.getByRole('textbox', { name: 'Crontab' }),
  '#/runs': (page) => page.getByRole('grid', { name: 'Runs' }).getByRole('row', { name: /Running Database dump/ }),
  '#/statistics': (page) => page.locator('.uplot canvas').nth(1),
  '#/settings/about': (page) => page.getByRole('heading', { level: 2, name: 'About', exact: true }),
  '#/overview': (page) => page.getByRole('region', { name: 'Timeline' }),
};

test('no place is held once it was left, however often it was visited', async ({ page, visit }) => {
  await visit(livelyPeer());
  const session = await page.context().newCDPSession(page);
  const visited = await page.evaluateHandle((): { place: string; shown: WeakRef<Element> }[] => []);
  for (let number = 0; number < VISITS; number += 1) {
    for (const [place, shown] of Object.entries(PLACES)) {
      await goTo(page, place);
      await expect(shown(page)).toBeVisible();
      await visited.evaluate((list, name) => {
        for (const main of document.querySelectorAll('main')) list.push({ place: name, shown: new WeakRef(main) });
      }, place);
    }
  }
  await session.send('HeapProfiler.enable');
  for (let round = 0; round < 4; round += 1) await session.send('HeapProfiler.collectGarbage');
  const held = await visited.evaluate((list) => {
    const counts: Record<string, number> = {};
    for (const { place, shown } of list) counts[place] = (counts[place] ?? 0) + (shown.deref() === undefined ? 0 : 1);
    return counts;
  });
  expect(Object.keys(held)).toHaveLength(Object.keys(PLACES).length);
  const tooMany = Object.entries(held).filter(([, count]) => count > MOST_HELD);
  expect(tooMany, JSON.stringify(held)).toEqual([]);
});
