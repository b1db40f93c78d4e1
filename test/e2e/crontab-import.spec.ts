/** A crontab becomes tasks in the browser: seen line by line before anything changes, chosen, created, taken back. */
import { MACHINES } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';
import { CrontabImportPage } from './pages/crontab-import.ts';

const CRONTAB = [
  '# Copies the photos',
  '15 3 * * * /usr/local/bin/copy-photos --all',
  '*/20 * * * * /usr/local/bin/fetch-mail',
  '@reboot /usr/local/bin/start',
  '0 99 * * * broken',
  '',
].join('\n');

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the import has no accessibility fault in the ${colorScheme} theme`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme });
    await visit(livelyPeer());
    const crontab = new CrontabImportPage(page);
    await crontab.open();
    await expect(crontab.text).toBeFocused();
    await expectAccessible(page);
    await crontab.text.fill(CRONTAB);
    await expect(crontab.row(/Copies the photos/)).toBeVisible();
    await expectAccessible(page);
  });
}

test('each line is shown with what it becomes, then tasks are created and taken back', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const crontab = new CrontabImportPage(page);
  await crontab.open();
  await crontab.text.fill(CRONTAB);
  await expect(crontab.row(/Copies the photos/)).toContainText('At 03:15');
  await expect(crontab.row(/Copies the photos/)).toContainText('copy-photos --all');
  await expect(crontab.preview).toContainText('One line cannot be read');
  await expect(crontab.preview.getByRole('listitem').filter({ hasText: '99' })).toContainText('Line 5:');
  await expect(crontab.row(/bin\/start/)).toContainText('When a machine starts');
  const before = peer.tasksById.size;
  await page.getByRole('checkbox', { name: 'Choose fetch-mail' }).uncheck();
  await page.getByRole('checkbox', { name: 'Choose start' }).uncheck();
  await page.getByRole('combobox', { name: 'Where they run' }).selectOption('only on nas');
  await crontab.create(1).click();
  await expect(page.getByText(/Created one task/)).toBeVisible();
  expect(peer.tasksById.size).toBe(before + 1);
  const made = [...peer.tasksById.values()].find((task) => task.about.name === 'Copies the photos');
  expect(made).toMatchObject({ placement: { mode: 'pin', machine: MACHINES.beta }, about: { tags: ['crontab'] } });
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Deleted one task again.')).toBeVisible();
  expect(peer.tasksById.size).toBe(before);
});

test('a file is read in place of what is pasted, and one that is too long is refused in words', async ({
  page,
  visit,
}) => {
  await visit(livelyPeer());
  const crontab = new CrontabImportPage(page);
  await crontab.open();
  const file = page.locator('input[type=file]');
  await file.setInputFiles({ name: 'crontab', mimeType: 'text/plain', buffer: Buffer.from(CRONTAB) });
  await expect(crontab.text).toHaveValue(CRONTAB);
  await expect(crontab.create(3)).toBeEnabled();
  const long = Buffer.from('# nothing\n'.repeat(10_000));
  await file.setInputFiles({ name: 'crontab', mimeType: 'text/plain', buffer: long });
  await expect(page.getByRole('alert')).toContainText('carillon import crontab');
  await expect(crontab.text).toHaveValue(CRONTAB);
});
