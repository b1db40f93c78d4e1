/** Statistics in the browser: figures, charts and their tables, filters in the address, and files for spreadsheets. */
import { readFile } from 'node:fs/promises';
import { type FakePeer, MACHINES, createFakePeer } from '../fakes/peer-handle.ts';
import { addTask, livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';
import { StatisticsPage } from './pages/statistics.ts';

const HOUR_MS = 3_600_000;
const LONG_NAME = 'x'.repeat(120);

/** A month of runs of three tasks. */
function busyPeer(): FakePeer {
  const peer = livelyPeer();
  addTask(peer, 'long', LONG_NAME, { cron: '0 * * * *' }, { tags: ['night'] });
  for (let back = 1; back <= 240; back += 1) {
    const nominalAt = Date.now() - back * 3 * HOUR_MS;
    const startedAt = nominalAt + 20 + (back % 50) * 10;
    const finishedAt = startedAt + 20_000 + (back % 17) * 3000;
    const instants = { nominalAt, dueAt: nominalAt, startedAt, finishedAt, recordedAt: finishedAt };
    const machineId = back % 3 === 0 ? MACHINES.beta : MACHINES.alpha;
    const state = back % 12 === 0 ? ('failed' as const) : ('succeeded' as const);
    peer.addRun({ taskId: (back % 2 === 0 ? 'long' : 'database-dump') as never, ...instants, machineId, state });
  }
  return peer;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`has no accessibility fault in the ${colorScheme} theme, as drawings and as tables`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme });
    await visit(busyPeer());
    const statistics = new StatisticsPage(page);
    await statistics.open();
    await expect(statistics.figure('Success rate')).toContainText('%');
    await expect(page.locator('.uplot canvas')).toHaveCount(2);
    await expectAccessible(page);
    for (const name of ['Runs over time', 'Busy hours']) {
      await statistics.panel(name).getByText('Table', { exact: true }).click();
      await expect(statistics.panel(name).getByRole('table')).toBeVisible();
    }
    await expectAccessible(page);
  });
}

test('the time, the machine and the order stand in the address, and are there again after a reload', async ({
  page,
  visit,
}) => {
  await visit(busyPeer());
  const statistics = new StatisticsPage(page);
  await statistics.open();
  await expect(statistics.panel('Tasks').getByRole('row')).not.toHaveCount(0);
  await statistics.period('30 days');
  await expect(page).toHaveURL(/period=30d/);
  await expect(statistics.panel('Runs over time')).toContainText('by day');
  await page.getByRole('combobox', { name: 'Machine' }).selectOption('nas');
  await expect(statistics.panel('Load by machine').getByRole('row')).toHaveCount(2);
  await statistics.panel('Tasks').getByText('Slowest', { exact: true }).click();
  await expect(page).toHaveURL(/sort=slowest/);
  await page.reload();
  await expect(statistics.panel('Load by machine').getByRole('row')).toHaveCount(2);
  await expect(page).toHaveURL(/sort=slowest/);
  await page.getByRole('combobox', { name: 'Tag' }).selectOption('night');
  await expect(statistics.panel('Tasks').getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(statistics.panel('Load by machine').getByRole('row')).not.toHaveCount(2);
});

test('a time of one’s own is from day to day, and says when it cannot be', async ({ page, visit }) => {
  await visit(busyPeer());
  const statistics = new StatisticsPage(page);
  await statistics.open();
  await statistics.period('From … to');
  await page.getByLabel('From', { exact: true }).fill('2020-01-01');
  await expect(page.getByRole('alert')).toContainText('at most a year apart');
  await expectAccessible(page);
  await page.getByLabel('To', { exact: true }).fill('2020-02-01');
  await expect(page.getByRole('heading', { name: 'Nothing ran in this time' })).toBeVisible();
});

test('a task leads to its page, its failures to their runs, and each table to a file', async ({ page, visit }) => {
  await visit(busyPeer());
  const statistics = new StatisticsPage(page);
  await statistics.open();
  const dump = statistics.panel('Tasks').getByRole('row', { name: /Database dump/ });
  await expect(dump).toBeVisible();
  for (const what of ['Runs over time', 'Busy hours', 'Load by machine', 'Tasks']) {
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: `Export ${what} as CSV` }).click();
    const file = await downloading;
    expect(file.suggestedFilename()).toMatch(/^carillon-[a-z-]+-\d{4}-\d\d-\d\d\.csv$/);
    const text = await readFile(await file.path(), 'utf8');
    expect(text.split('\r\n').length).toBeGreaterThan(2);
    if (what === 'Tasks') expect(text).toContain(LONG_NAME);
  }
  await statistics
    .panel('Tasks')
    .getByRole('link', { name: /failed runs of x/ })
    .click();
  await expect(page).toHaveURL(/#\/runs\?task=long&state=failed/);
  await page.goBack();
  await dump.getByRole('link', { name: 'Database dump', exact: true }).click();
  await expect(page).toHaveURL(/#\/tasks\/database-dump/);
});

test('fits a narrow window with names of any length, and says what will be here in a new cluster', async ({
  page,
  visit,
}) => {
  await page.setViewportSize({ width: 900, height: 700 });
  await visit(busyPeer());
  const statistics = new StatisticsPage(page);
  await statistics.open();
  await expect(statistics.panel('Tasks')).toContainText(LONG_NAME);
  expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
  const main = page.getByRole('main');
  expect(await main.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(false);
  await visit(createFakePeer([]));
  await statistics.open();
  await expect(page.getByRole('link', { name: 'Make the first task' })).toBeVisible();
  await expectAccessible(page);
});
