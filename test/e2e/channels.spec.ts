/** Channels in the browser: made, tried, paused and deleted in the settings, and named by a task in its editor. */
import { channelSchema } from '../../core/domain/channel.ts';
import { createFakePeer, MACHINES } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';
import { SettingsPage } from './pages/settings.ts';
import { TaskEditorPage } from './pages/task-editor.ts';
import { TasksPage } from './pages/tasks.ts';

const OPS = channelSchema.parse({ kind: 'webhook', url: 'https://chat.test/hooks/hidden', about: 'The office' });

test('make a channel, try it, pause it and delete it', async ({ page, visit }) => {
  const { peer } = await visit(createFakePeer());
  const settings = new SettingsPage(page);
  await settings.open('Channels');
  await expect(page.getByText('There are no channels yet.')).toBeVisible();
  await page.getByRole('button', { name: 'Add a channel' }).click();
  await settings.dialog.getByLabel('Name').fill('ops');
  await settings.dialog.getByLabel('Address').fill('https://user:word@chat.test/');
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(settings.dialog.getByRole('alert')).toContainText('use a secret');
  await settings.dialog.getByLabel('Address').fill('http://chat.test/hooks/hidden');
  await settings.dialog.getByLabel('Proof of who sends').selectOption('bearer token');
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(settings.dialog.getByLabel('Proof of who sends')).toHaveAttribute('aria-invalid', 'true');
  await settings.dialog.getByLabel('Proof of who sends').selectOption('no proof');
  await settings.dialog.getByLabel('Address').fill('https://chat.test/hooks/hidden');
  await settings.dialog.getByLabel('What it is for').fill('The office');
  await expectAccessible(page);
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: /ops/ });
  await expect(row).toContainText('chat.test');
  await expect(row).not.toContainText('hidden');
  expect(peer.commands.at(-1)).toMatchObject({ kind: 'put-channel', channel: OPS, expectRevision: 0 });

  const act = async (name: string): Promise<void> => {
    await row.getByRole('button', { name: 'What to do with ops' }).click();
    await page.getByRole('menuitem', { name, exact: true }).click();
  };
  await act('Send a test');
  await expect(settings.notices).toContainText('ops was told.');
  await act('Pause');
  await expect(row).toContainText('paused');
  await act('Resume');
  await expect(row).toContainText('nothing sent yet');
  await act('Delete');
  await settings.dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('There are no channels yet.')).toBeVisible();
});

test('make a channel of mail, whose server is wrong at first', async ({ page, visit }) => {
  const { peer } = await visit(createFakePeer());
  const settings = new SettingsPage(page);
  await settings.open('Channels');
  await page.getByRole('button', { name: 'Add a channel' }).click();
  const field = (name: string) => settings.dialog.getByLabel(name, { exact: true });
  await field('Name').fill('duty');
  await field('Kind').selectOption('mail');
  await field('To').fill('duty@example.org, boss@example.org');
  await field('From').fill('carillon@example.org');
  await field('Mail server').fill('mail.example.org');
  await field('Encryption').selectOption('none');
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(field('Encryption')).toHaveAttribute('aria-invalid', 'true');
  await field('Encryption').selectOption('STARTTLS');
  await expectAccessible(page);
  await settings.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /duty/ })).toContainText('duty@example.org +1');
  expect(peer.commands.at(-1)).toMatchObject({
    kind: 'put-channel',
    channel: { kind: 'email', host: 'mail.example.org', port: 587, tls: 'starttls' },
  });
});

test('a task names a channel, and says so on its page', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  peer.channelsByName.set('ops', { channel: OPS, revision: 1, author: MACHINES.alpha, changedAt: 0 });
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'More for Nightly backup' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const editor = new TaskEditorPage(page);
  await expect(editor.name).toHaveValue('Nightly backup');
  const rule = page.getByRole('group', { name: /ops/ });
  await rule.getByLabel('failures').check();
  await rule.getByLabel('missed runs').check();
  await expectAccessible(page);
  await editor.save();
  await expect(page.getByText('Saved “Nightly backup”.')).toBeVisible();
  expect(peer.commands.find(({ kind }) => kind === 'put-tasks')).toMatchObject({
    definitions: [{ notify: { rules: [{ channel: 'ops', on: ['failure', 'missed'] }] } }],
  });
  await expect(page.getByRole('main')).toContainText('ops: failures, missed runs');
});
