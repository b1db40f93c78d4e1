/** The command palette, the shortcuts and the notifications in the browser, by the keyboard alone. */
import { MACHINES } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, goTo, test } from './console-test.ts';

const READY = '4 things need a look';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`have no accessibility fault in the ${colorScheme} theme`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme });
    await visit(livelyPeer());
    await expect(page.getByText(READY)).toBeVisible();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('a');
    await expect(page.getByRole('option').first()).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /Notifications/ }).click();
    await expect(page.getByRole('dialog', { name: 'Notifications' })).toBeVisible();
    await expectAccessible(page);
  });
}

test('a key pressed before the page is drawn without the palette is a shortcut already', async ({ page, visit }) => {
  await visit(livelyPeer());
  await expect(page.getByText(READY)).toBeVisible();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await page.evaluate(() => {
    document.querySelector('dialog')?.close();
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true, cancelable: true }));
  });
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
});

test('the palette goes to a task and runs another, and puts what was chosen first', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  await expect(page.getByText(READY)).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('nightly');
  await expect(page.getByRole('option', { name: 'Nightly backup', selected: true })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/tasks\/nightly-backup/);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('option').first()).toContainText('Nightly backup');
  await page.getByRole('combobox').fill('run update firmware');
  await page.getByRole('option', { name: 'Run Update firmware now' }).click();
  await expect.poll(() => peer.commands.at(-1)).toMatchObject({ kind: 'run-task', id: 'firmware' });
});

test('the palette drains a machine and takes it back', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  await expect(page.getByText(READY)).toBeVisible();
  await page.getByRole('button', { name: 'Search and commands' }).click();
  await page.getByRole('combobox').fill('drain nas');
  await page.getByRole('option', { name: 'Drain nas' }).click();
  await expect.poll(() => peer.machinesById.get(MACHINES.beta)?.entry.drained).toBe(true);
  // The machine is drained before the page has heard so, and offers to take it back.
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect.poll(() => peer.machinesById.get(MACHINES.beta)?.entry.drained).toBe(false);
});

test('single keys lead to places, are letters in a field, and can be turned off', async ({ page, visit }) => {
  await visit(livelyPeer());
  await expect(page.getByText(READY)).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  const search = page.getByRole('main').getByRole('searchbox');
  await expect(search).toBeVisible();
  await page.keyboard.press('/');
  await expect(search).toBeFocused();
  await page.keyboard.type('go');
  await expect(search).toHaveValue('go');
  await expect(search).toBeFocused();
  await expect(page).toHaveURL(/#\/tasks/);
  await goTo(page, '#/settings/keyboard');
  const single = page.getByRole('switch', { name: 'Shortcuts of single keys' });
  await single.click();
  await expect(single).not.toBeChecked();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await expect(page).toHaveURL(/#\/settings\/keyboard/);
});

test('notifications are counted, lead to their place, and stay read after a reload', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const bell = page.getByRole('button', { name: /^Notifications, / });
  await expect(bell).toHaveAccessibleName('Notifications, 4 unread');
  const now = Date.now();
  const reason = { code: 'EXIT', text: 'exit code 7' };
  peer.addRun({
    taskId: 'thumbnails' as never,
    state: 'failed',
    reason,
    nominalAt: now,
    dueAt: now,
    recordedAt: now,
    finishedAt: now,
  });
  await expect(bell).toHaveAccessibleName('Notifications, 5 unread');
  await bell.click();
  const centre = page.getByRole('dialog', { name: 'Notifications' });
  await centre.getByRole('link', { name: /Thumbnails for the gallery: Failed/ }).click();
  await expect(page).toHaveURL(/#\/runs\//);
  await expect(bell).toHaveAccessibleName('Notifications, 4 unread');
  await goTo(page, '#/overview');
  await expect(page.getByRole('heading', { level: 2, name: /need a look/ })).toBeVisible();
  await bell.click();
  await centre.getByRole('button', { name: 'Mark all as read' }).click();
  await page.keyboard.press('Escape');
  await expect(bell).toBeFocused();
  await page.reload();
  await expect(bell).toHaveAccessibleName('Notifications, 0 unread');
});
