/** The settings in the browser: each section as a person meets it. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { aTask } from '../fakes/definitions.ts';
import { createFakePeer } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, goTo, test } from './console-test.ts';
import { SettingsPage } from './pages/settings.ts';

const HOLIDAYS_ICAL = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'BEGIN:VEVENT',
  'SUMMARY:Christmas',
  'DTSTART;VALUE=DATE:20201225',
  'RRULE:FREQ=YEARLY',
  'END:VEVENT',
  'BEGIN:VEVENT',
  'SUMMARY:Meeting',
  'DTSTART:20261003T100000Z',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n');
const SECTIONS = [
  'Cluster',
  'Secrets',
  'Calendars',
  'Channels',
  'Audit log',
  'Policy',
  'Backup and restore',
  'About',
  'Appearance',
  'Language',
  'Keyboard',
];

for (const colorScheme of ['light', 'dark'] as const) {
  test(`have no accessibility fault in the ${colorScheme} theme`, async ({ page, visit }) => {
    // Axe looks at every section.
    test.setTimeout(180_000);
    await page.emulateMedia({ colorScheme });
    await visit(livelyPeer());
    const settings = new SettingsPage(page);
    for (const section of SECTIONS) {
      await settings.open(section);
      await expectAccessible(page);
    }
  });
}

test('lead to each section by its address, and say when there is none', async ({ page, visit }) => {
  await visit(createFakePeer());
  await goTo(page, '#/settings/language');
  await expect(page.getByRole('heading', { level: 2, name: 'Language' })).toBeVisible();
  await goTo(page, '#/settings/nowhere');
  await expect(page.getByText('There is nothing at this address.')).toBeVisible();
});

test('change the language, the theme and the density at once, and keep them', async ({ page, visit }) => {
  await visit(createFakePeer());
  const settings = new SettingsPage(page);
  await settings.open('Appearance');
  await settings.panel('Look').getByText('Roomy', { exact: true }).click();
  await settings.panel('Look').getByText('Dark', { exact: true }).click();
  await settings.open('Language');
  await page.getByText('Deutsch').click();
  await expect(page.getByRole('heading', { level: 2, name: 'Sprache' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { level: 2, name: 'Sprache' })).toBeVisible();
  const kept = await page.evaluate(() => ({ ...document.documentElement.dataset }));
  expect(kept).toMatchObject({ theme: 'dark', density: 'roomy' });
});

test('save a rule of the policy, tell its effect, and show what is wrong at its field', async ({ page, visit }) => {
  await visit(createFakePeer());
  const settings = new SettingsPage(page);
  await settings.open('Policy');
  await expect(page.getByText('This machine takes runs.')).toBeVisible();
  const slots = page.getByRole('textbox', { name: 'Runs at once' });
  await slots.fill('lots');
  await page.getByRole('button', { name: 'Save the policy' }).click();
  await expect(page.getByRole('alert')).toContainText('slots');
  await slots.fill('2');
  await expect(page.getByText('At most 2; more wait, or run elsewhere.')).toBeVisible();
  await page.getByRole('switch', { name: 'Only when nobody uses it' }).click();
  await page.getByRole('button', { name: 'Save the policy' }).click();
  await expect(settings.notices).toContainText('The policy is saved');
  await page.reload();
  await expect(slots).toHaveValue('2');
});

test('pause this machine and let it go on', async ({ page, visit }) => {
  await visit(createFakePeer());
  await new SettingsPage(page).open('Policy');
  await page.getByRole('button', { name: 'For 1 hour' }).click();
  await expect(page.getByText('This machine takes no runs at the moment.')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'End the pause' }).click();
  await expect(page.getByText('This machine takes runs.')).toBeVisible();
});

test('take a secret in and never show it again', async ({ page, visit }) => {
  const { peer } = await visit(createFakePeer());
  const settings = new SettingsPage(page);
  await settings.open('Secrets');
  await page.getByRole('button', { name: 'Add a secret' }).click();
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(settings.dialog.getByRole('alert')).toHaveText('Give it a name.');
  await settings.dialog.getByLabel('Name').fill('DB_PASSWORD');
  await settings.dialog.getByLabel('Value').fill('correct horse');
  await settings.dialog.getByLabel('Only these tasks').fill('nightly-backup');
  await expectAccessible(page);
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: /DB_PASSWORD/ });
  await expect(row).toContainText('only nightly-backup');
  expect(peer.commands.at(-1)).toMatchObject({ kind: 'set-secret', name: 'DB_PASSWORD', value: 'correct horse' });
  expect(await page.content()).not.toContain('correct horse');
  await row.getByRole('button', { name: 'What to do with DB_PASSWORD' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await settings.dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('There are no secrets yet.')).toBeVisible();
});

test('take a calendar from an iCalendar file, change it, and keep it while a task names it', async ({
  page,
  visit,
}) => {
  const { peer } = await visit(createFakePeer());
  const settings = new SettingsPage(page);
  await settings.open('Calendars');
  await expect(page.getByText('There are no calendars yet.')).toBeVisible();
  await page.getByRole('button', { name: 'Add a calendar' }).click();
  await settings.dialog.getByLabel('From a file').setInputFiles({
    name: 'Public Holidays.ics',
    mimeType: 'text/calendar',
    buffer: Buffer.from(HOLIDAYS_ICAL),
  });
  await expect(settings.dialog.getByLabel('Name')).toHaveValue('public-holidays');
  await expect(settings.dialog).toContainText('Meeting: it has a time of day');
  await expect(settings.dialog.getByLabel('Days and windows')).toHaveValue(/name: Christmas/);
  await expectAccessible(page);
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: /public-holidays/ });
  await expect(row).toContainText('1 day');

  await row.getByRole('button', { name: 'What to do with public-holidays' }).click();
  await page.getByRole('menuitem', { name: 'Change it' }).click();
  await settings.dialog.getByLabel('Days and windows').fill('windows: [{ weekdays: [mon], from: "9", to: "17:00" }]');
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(settings.dialog.getByRole('alert')).toContainText('Line 1: windows.0.from');
  await settings.dialog
    .getByLabel('Days and windows')
    .fill('windows: [{ weekdays: [mon], from: "09:00", to: "17:00" }]');
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('1 window');
  expect(peer.commands.at(-1)).toMatchObject({ kind: 'put-calendar', expectRevision: 1 });

  peer.addTask(aTask('named', { schedule: { calendars: { only: ['public-holidays'] } } }));
  await row.getByRole('button', { name: 'What to do with public-holidays' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await settings.dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('is named by "named"')).toBeVisible();
  await expect(row).toBeVisible();
});

test('make a backup, download it, and bring deleted and changed tasks back from it', async ({ page, visit }) => {
  const { peer, dataFolder } = await visit(livelyPeer());
  const settings = new SettingsPage(page);
  await settings.open('Backup and restore');
  await page.getByRole('button', { name: 'Make a backup now' }).click();
  await expect(settings.notices).toContainText('A backup is made.');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^[-\dT.]+Z\.carillon-backup$/);
  const [kept] = await readdir(join(dataFolder, 'backups'));
  const [given, stored] = [
    await readFile(await download.path()),
    await readFile(join(dataFolder, 'backups', kept ?? '')),
  ];
  expect(download.suggestedFilename()).toBe(kept);
  expect(given.equals(stored)).toBe(true);
  expect(peer.notes.filter(({ action }) => action === 'backup-downloaded')).toHaveLength(1);
  peer.tasksById.delete('firmware' as never);
  const changed = peer.tasksById.get('thumbnails' as never);
  if (changed !== undefined) peer.tasksById.set(changed.id, { ...changed, about: { ...changed.about, name: 'Other' } });
  await page.getByRole('button', { name: 'Show its tasks' }).click();
  const tasks = page.getByRole('region', { name: /Tasks in the backup/ });
  await expect(tasks).toContainText('1 deleted since · 1 changed since · 6 as they were');
  await expect(tasks).toContainText('differs in: name and notes');
  await expectAccessible(page);
  await tasks.getByRole('button', { name: 'Bring back everything' }).click();
  await expect(settings.dialog).toContainText('Edits of 1 task since then are undone.');
  await settings.dialog.getByRole('button', { name: 'Bring back' }).click();
  await expect(tasks).toContainText('Everything is as it was');
  expect(peer.tasksById.has('firmware' as never)).toBe(true);
  await page.getByRole('button', { name: 'Delete' }).click();
  await settings.dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('There is no backup on this machine yet.')).toBeVisible();
});

test('show the recovery words only when asked twice', async ({ page, visit }) => {
  await visit(createFakePeer());
  const settings = new SettingsPage(page);
  await settings.open('Cluster');
  await page.getByRole('button', { name: 'Show the words' }).click();
  await expect(settings.dialog.getByRole('listitem')).toHaveCount(0);
  await settings.dialog.getByRole('button', { name: 'Show them now' }).click();
  await expect(settings.dialog.getByRole('listitem')).toHaveCount(24);
  await expect(settings.dialog.getByRole('button', { name: 'Delete the root key' })).toBeDisabled();
  await expectAccessible(page);
});

test('take this machine out of the cluster once its name was typed', async ({ page, visit }) => {
  const fake = createFakePeer();
  for (const [id, machine] of fake.machinesById) {
    fake.machinesById.set(id, { ...machine, entry: { ...machine.entry, roles: ['admin', 'executor'] } });
  }
  const { peer } = await visit(fake);
  const settings = new SettingsPage(page);
  await settings.open('Cluster');
  await page.getByRole('button', { name: 'Leave the cluster …' }).click();
  const leave = settings.dialog.getByRole('button', { name: 'Leave the cluster' });
  await expect(leave).toBeDisabled();
  await settings.dialog.getByRole('textbox').fill('home');
  await leave.click();
  await expect.poll(() => peer.commands.at(-1)?.kind).toBe('remove-machine');
});
