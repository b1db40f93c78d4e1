/** The table of tasks in the browser: found, filtered, chosen by mouse and keyboard, acted upon many at once. */
import { createFakePeer } from '../fakes/peer-handle.ts';
import { crowdedPeer, livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';
import { TasksPage } from './pages/tasks.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the table has no accessibility fault in the ${colorScheme} theme`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme });
    await visit(livelyPeer());
    const tasks = new TasksPage(page);
    await tasks.open();
    await expect(tasks.row(/Nightly backup/)).toBeVisible();
    await expectAccessible(page);
    await tasks.choose('Nightly backup').check();
    await page.getByRole('button', { name: 'More for Nightly backup' }).click();
    await expect(page.getByRole('menuitem', { name: 'Edit' })).toBeVisible();
    await expect(page.getByRole('menuitem', { name: 'Duplicate' })).toBeVisible();
    await expectAccessible(page);
  });
}

test('what is filtered stands in the address, and is there again after a reload', async ({ page, visit }) => {
  await visit(livelyPeer());
  const tasks = new TasksPage(page);
  await tasks.open();
  await page.getByRole('combobox', { name: 'State' }).selectOption('Suspended');
  await expect(tasks.row(/Mirror packages/)).toBeVisible();
  await expect(tasks.grid.getByRole('row')).toHaveCount(2);
  await page.reload();
  await expect(tasks.grid.getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: 'Show all' }).click();
  await tasks.search.fill('backup');
  await expect(tasks.row(/Nightly backup/)).toBeVisible();
  await expect(page).toHaveURL(/q=backup/);
});

test('tasks that fail are found, also those whose rows were never shown', async ({ page, visit }) => {
  await visit(livelyPeer());
  const tasks = new TasksPage(page);
  await tasks.open();
  await page.getByRole('combobox', { name: 'State' }).selectOption('Failing');
  await expect(tasks.row(/Renew certificates/)).toBeVisible();
  await expect(tasks.row(/Thumbnails/)).toBeVisible();
  await expect(tasks.row(/Nightly backup/)).toBeHidden();
});

test('ten thousand tasks are chosen by range and suspended at once, and that is taken back', async ({
  page,
  visit,
}) => {
  const { peer } = await visit(crowdedPeer(10_000));
  const tasks = new TasksPage(page);
  await tasks.open();
  await expect(tasks.choose('Import feed 1')).toBeVisible();
  await tasks.choose('Import feed 2').click();
  await tasks.choose('Import feed 6').click({ modifiers: ['Shift'] });
  await expect(tasks.bulk.getByRole('status')).toHaveText('5 tasks chosen');
  await tasks.bulk.getByRole('button', { name: 'Suspend' }).click();
  await expect(page.getByText('Suspended 5 tasks.')).toBeVisible();
  expect([...peer.tasksById.values()].filter((task) => task.about.suspended)).toHaveLength(5);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Resumed 5 tasks.')).toBeVisible();
  expect([...peer.tasksById.values()].filter((task) => task.about.suspended)).toHaveLength(0);
});

test('the keyboard alone chooses, deletes and brings back', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const tasks = new TasksPage(page);
  await tasks.open();
  await expect(tasks.row(/Database dump/)).toBeVisible();
  await tasks.grid.focus();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(tasks.bulk.getByRole('status')).toHaveText('3 tasks chosen');
  await page.keyboard.press('Escape');
  await expect(tasks.search).toBeVisible();
  await page.keyboard.press('Space');
  await tasks.bulk.getByRole('button', { name: 'Delete' }).press('Enter');
  await expect(page.getByText('Deleted one task.')).toBeVisible();
  expect(peer.tasksById.size).toBe(7);
  await page.keyboard.press('ControlOrMeta+z');
  await expect(page.getByText('Brought back one task.')).toBeVisible();
  expect(peer.tasksById.size).toBe(8);
});

test('the menu of a row is opened, gone through and left by keys, and gives the focus back', async ({
  page,
  visit,
}) => {
  await visit(livelyPeer());
  const tasks = new TasksPage(page);
  await tasks.open();
  const more = tasks.row(/Database dump/).getByRole('button', { name: 'More for Database dump' });
  const item = (name: string) => page.getByRole('menuitem', { name });
  await more.focus();
  await expect(more).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('Enter');
  await expect(item('Edit')).toBeFocused();
  await expect(more).toHaveAttribute('aria-expanded', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(item('Duplicate')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
  await expect(page.getByRole('menu')).toHaveCount(0);
  await page.keyboard.press('ArrowDown');
  await expect(item('Edit')).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(more).not.toBeFocused();
  await more.click();
  await expect(item('Edit')).toBeVisible();
  // While it is open nothing else takes clicks: the first one elsewhere only closes it.
  const box = await tasks.row(/Nightly backup/).boundingBox();
  await page.mouse.click((box?.x ?? 0) + 200, (box?.y ?? 0) + 10);
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(tasks.grid).toBeVisible();
});

test('elements of rows are used again as the list is scrolled, but never one that has the focus', async ({
  page,
  visit,
}) => {
  await visit(crowdedPeer(2000));
  const tasks = new TasksPage(page);
  await tasks.open();
  await expect(tasks.grid).toHaveAttribute('aria-rowcount', '2001');
  const first = await tasks.row(/Import feed 1 /).elementHandle();
  const held = tasks.row(/Import feed 10 /).getByRole('button', { name: 'Run Import feed 10 now' });
  await held.focus();
  const heldRow = await held.elementHandle();
  const scrollTo = (top: number) => tasks.grid.evaluate((grid, to) => grid.scrollTo({ top: to }), top);
  await scrollTo(40_000);
  await expect(tasks.row(/Import feed 1 /)).toHaveCount(0);
  expect(await first?.evaluate((row) => row.isConnected)).toBe(true);
  expect(await heldRow?.evaluate((button) => button.isConnected)).toBe(false);
  const shown = await tasks.grid
    .getByRole('row')
    .evaluateAll((rows) =>
      rows.slice(1).map((row) => [Number(row.ariaRowIndex), row.querySelector('input')?.getAttribute('aria-label')]),
    );
  expect(shown.length).toBeGreaterThan(10);
  const indexes = shown.map(([index]) => Number(index));
  expect(indexes).toEqual(indexes.map((_, at) => (indexes[0] ?? 0) + at));
  expect(new Set(shown.map(([, label]) => label)).size).toBe(shown.length);
  await scrollTo(0);
  await expect(held).toBeVisible();
  await expect(held).not.toBeFocused();
});

test('a button with the focus keeps it while its row stays in sight, however far the others have gone', async ({
  page,
  visit,
}) => {
  await visit(crowdedPeer(2000));
  const tasks = new TasksPage(page);
  await tasks.open();
  await expect(tasks.grid).toHaveAttribute('aria-rowcount', '2001');
  const rowsInSight = tasks.grid.getByRole('row');
  const last = await tasks.grid.evaluate((grid) => Math.floor((grid.clientHeight - 32) / 46));
  const held = rowsInSight.nth(last).getByRole('button', { name: /^Run .* now$/ });
  const name = (await held.getAttribute('aria-label')) ?? '';
  await held.focus();
  await tasks.grid.evaluate((grid, to) => grid.scrollTo({ top: to }), (last - 1) * 46);
  await expect(tasks.grid.locator(`[aria-rowindex="${2 * last}"]`)).toBeVisible();
  await expect(page.getByRole('button', { name, exact: true })).toBeFocused();
});

test('without a task it says what one is', async ({ page, visit }) => {
  await visit(createFakePeer([]));
  await new TasksPage(page).open();
  await expect(page.getByRole('heading', { name: 'No tasks yet' })).toBeVisible();
  await expectAccessible(page);
});

test('the page of a task tells what it does, and its file is changed there', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const tasks = new TasksPage(page);
  await tasks.open();
  await tasks
    .row(/Nightly backup/)
    .getByText('Nightly backup')
    .click();
  await expect(page.getByRole('heading', { name: 'Nightly backup' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('tab', { name: 'File' }).click();
  const file = page.getByRole('textbox', { name: 'Task file' });
  await expect(file.locator('.cm-line').filter({ hasText: 'Nightly backup' })).toBeVisible();
  const before = (await file.locator('.cm-line').allInnerTexts()).join('\n');
  await file.fill(before.replace('Nightly backup', '  : nothing that can be read'));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Line' })).toBeVisible();
  await file.fill(before.replace('Nightly backup', 'Backup of the night'));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'Backup of the night' })).toBeVisible();
  expect(peer.view.task('nightly-backup' as never)?.about.name).toBe('Backup of the night');
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await expect(page.getByRole('textbox', { name: 'Id' })).toHaveValue('nightly-backup-copy');
  await page.goBack();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Backup of the night');
});
