/** The task editor in the browser: made by form, by cron, by file and by template; drafts; two people at one task. */
import { MACHINES } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';
import { TaskEditorPage } from './pages/task-editor.ts';
import { TasksPage } from './pages/tasks.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the editor has no accessibility fault in the ${colorScheme} theme`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme });
    await visit(livelyPeer());
    await new TasksPage(page).open();
    await page.getByRole('button', { name: 'New task' }).click();
    const editor = new TaskEditorPage(page);
    await expect(editor.preview).toContainText('At 02:30');
    await editor.save();
    await expect(page.getByText('Give the task a name.')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Backup with restic' }).click();
    await expect(page.getByRole('textbox', { name: 'Script' })).toContainText('restic forget');
    await editor.showFile();
    await expectAccessible(page);
  });
}

test('a person who knows no cron makes a task, and sees when and where it will run', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const editor = new TaskEditorPage(page);
  await editor.name.fill('Say hello');
  await expect(page.getByRole('textbox', { name: 'Id' })).toHaveValue('say-hello');
  await editor.when.selectOption('Monday to Friday');
  await page.getByLabel('Time of day').fill('08:15');
  await page.getByLabel('Time of day').blur();
  await expect(editor.preview).toContainText('At 08:15, Monday through Friday');
  await expect(editor.preview.getByRole('listitem')).toHaveCount(10);
  await editor.command.fill('echo "hello world"');
  await expect(editor.machines.getByText('runs it')).toBeVisible();
  await editor.save();
  await expect(page.getByText('Saved “Say hello”.')).toBeVisible();
  const saved = peer.tasksById.get('say-hello' as never);
  expect(saved?.action).toMatchObject({ argv: ['echo', 'hello world'] });
  expect(saved?.schedule.triggers).toEqual([{ kind: 'cron', expression: '15 8 * * 1-5' }]);
});

test('a task follows another, and one runs when a machine starts: each says when, and in which words', async ({
  page,
  visit,
}) => {
  const { peer } = await visit(livelyPeer());
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const editor = new TaskEditorPage(page);
  await editor.name.fill('Copy the dump');
  await editor.command.fill('rsync dump off-site:');
  await editor.when.selectOption('After another task');
  await editor.after.fill('database-dump');
  await editor.outcome.selectOption('failed, or was lost');
  await expect(editor.preview).toContainText('After database-dump has failed');
  await expect(editor.preview).toContainText('When that will be, nobody can say.');
  await expectAccessible(page);
  await editor.after.fill('no-such-task');
  await editor.save();
  await expect(page.getByRole('alert')).toContainText('It follows "no-such-task", and there is no such task.');
  expect(peer.tasksById.has('copy-the-dump' as never)).toBe(false);
  await editor.after.fill('database-dump');
  await editor.save();
  await expect(page.getByText('Saved “Copy the dump”.')).toBeVisible();
  const saved = (id: string) => peer.tasksById.get(id as never)?.schedule.triggers;
  expect(saved('copy-the-dump')).toEqual([{ kind: 'after', task: 'database-dump', outcome: 'failure' }]);

  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  await editor.name.fill('Mount the disks');
  await editor.command.fill('mount -a');
  await editor.when.selectOption('When a machine starts');
  await expect(page.getByText('It runs on the machine that started, if that may run it.')).toBeVisible();
  await expect(editor.preview).toContainText('When a machine starts');
  await editor.save();
  await expect(page.getByText('Saved “Mount the disks”.')).toBeVisible();
  expect(saved('mount-the-disks')).toEqual([{ kind: 'machine-start' }]);
});

test('who knows cron types it, and what is wrong stands at the field', async ({ page, visit }) => {
  await visit(livelyPeer());
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const editor = new TaskEditorPage(page);
  await editor.when.selectOption('By a cron expression');
  await editor.cron.fill('0 99 * * *');
  await expect(page.getByRole('alert')).toContainText('99');
  await editor.cron.fill('*/20 * * * *');
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(editor.preview).toContainText('Every 20 minutes');
});

test('a web request takes a header and its body from secrets', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  await peer.execute({ kind: 'set-secret', name: 'SHOP_KEY', value: 'hidden', scope: {} });
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const editor = new TaskEditorPage(page);
  await editor.name.fill('Order paper');
  await page.getByText('A web request', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Method' }).selectOption('POST');
  await page.getByRole('textbox', { name: 'Address' }).fill('https://example.org/orders');
  await page.getByRole('button', { name: 'Add a header' }).click();
  await page.getByRole('textbox', { name: 'Name of entry 1' }).fill('Authorization');
  await page.getByRole('combobox', { name: 'Kind of Authorization' }).selectOption('secret');
  await page.getByRole('textbox', { name: 'Text before the secret of Authorization' }).fill('Bearer ');
  await expect(page.getByRole('combobox', { name: 'Secret of Authorization' })).toHaveValue('SHOP_KEY');
  await page.getByRole('group', { name: 'The body is' }).getByText('secret', { exact: true }).click();
  await expect(page.getByRole('combobox', { name: 'Body' })).toHaveValue('SHOP_KEY');
  await expectAccessible(page);
  await editor.save();
  await expect(page.getByText('Saved “Order paper”.')).toBeVisible();
  expect(peer.tasksById.get('order-paper' as never)?.action).toMatchObject({
    headers: { Authorization: { secret: 'SHOP_KEY', prefix: 'Bearer ' } },
    body: { secret: 'SHOP_KEY' },
  });
});

test('the form and the file follow each other, and the file tells errors by line', async ({ page, visit }) => {
  await visit(livelyPeer());
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const editor = new TaskEditorPage(page);
  await page.getByRole('link', { name: 'Website check' }).click();
  const file = await editor.showFile();
  await expect(file).toContainText('url: https://example.org/');
  await editor.name.fill('Shop');
  await expect(file).toContainText('name: Shop');
  await file.fill('id: shop\nname: The shop\nschedule: every 10m\ncommand: [uptime]\n');
  await expect(editor.name).toHaveValue('The shop');
  await expect(editor.command).toHaveValue('uptime');
  await file.fill('name: Shop\ncommand: [uptime]\ntimeout: 5\n');
  await expect(page.getByText('3:1')).toBeVisible();
  await editor.save();
  await expect(page.getByText('One field needs a look.')).toBeVisible();
});

test('what is typed into the file is saved, however soon', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const editor = new TaskEditorPage(page);
  const file = await editor.showFile();
  await expect(file.locator('.cm-line').first()).toBeVisible();
  await file.fill('id: shop\nname: Shop\ncommand: [uptime]\n');
  await expect(editor.name).toHaveValue('Shop');
  // Both in one go, so that no pause comes between them.
  await file.evaluate((element) => {
    const line = element.querySelectorAll('.cm-line')[1];
    if (line === undefined) throw new Error('no second line');
    line.textContent = 'name: The shop';
    element.dispatchEvent(new KeyboardEvent('keydown', { key: 's', ctrlKey: true, bubbles: true, cancelable: true }));
  });
  await expect(page.getByText('Saved “The shop”.')).toBeVisible();
  expect(peer.tasksById.get('shop' as never)?.about.name).toBe('The shop');
});

test('who types before the editor of the file has come goes on typing in it', async ({ page, visit }) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/code-mirror.*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await visit(livelyPeer());
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const file = await new TaskEditorPage(page).showFile();
  await file.fill('id: shop\nname: Shop\n');
  await page.keyboard.type('command: [up');
  release();
  await expect(file.locator('.cm-line').first()).toBeVisible();
  await page.keyboard.type('time]');
  await expect(file).toContainText('command: [uptime]');
});

test('a task stays clear of a calendar, and its next runs say so', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const windows = [{ weekdays: ['sat' as const, 'sun' as const], from: '00:00', to: '24:00' as const }];
  const calendar = { about: 'Nobody is here', days: [], windows };
  peer.calendarsByName.set('weekend', { calendar, revision: 1, author: MACHINES.alpha, changedAt: 0 });
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const editor = new TaskEditorPage(page);
  await editor.name.fill('Report');
  await page.getByRole('button', { name: 'Calendars, beginning, end, spread' }).click();
  await page.getByLabel(/weekend/).selectOption('not at these times');
  await expect(editor.preview).toContainText('except in weekend');
  await expectAccessible(page);
});

test('what was typed survives a reload, and is offered again', async ({ page, visit }) => {
  await visit(livelyPeer());
  const tasks = new TasksPage(page);
  await tasks.open();
  await page.getByRole('button', { name: 'More for Nightly backup' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const editor = new TaskEditorPage(page);
  await expect(editor.name).toHaveValue('Nightly backup');
  await editor.name.fill('Nightly backup of everything');
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('carillon.draft.')));
  await page.reload();
  await expect(editor.name).toHaveValue('Nightly backup');
  await page.getByRole('button', { name: 'Go on with it' }).click();
  await expect(editor.name).toHaveValue('Nightly backup of everything');
  await editor.save();
  await expect(page.getByText('Saved “Nightly backup of everything”.')).toBeVisible();
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('draft')))).toEqual([]);
});

test('what somebody else saves meanwhile is told, and what both changed is chosen', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'More for Nightly backup' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const editor = new TaskEditorPage(page);
  await expect(editor.name).toHaveValue('Nightly backup');
  const task = peer.tasksById.get('nightly-backup' as never);
  if (task === undefined) throw new Error('no task');
  peer.tasksById.delete(task.id);
  peer.addTask({ ...task, about: { ...task.about, description: 'from the nas' } });
  await expect(page.getByText(/Name and description was changed on workbench/)).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'What it is for' })).toHaveValue('from the nas');
  await editor.name.fill('Mine');
  peer.addTask({ ...task, about: { ...task.about, name: 'Theirs' } });
  await expect(page.getByText('Which is to be kept?')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Keep mine' }).click();
  await editor.save();
  await expect(page.getByText('Saved “Mine”.')).toBeVisible();
});

test('a task is tried on a machine before it is saved, and its output stands beside the form', async ({
  page,
  visit,
}) => {
  const { peer } = await visit(livelyPeer());
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const editor = new TaskEditorPage(page);
  const panel = await editor.showTry();
  await panel.getByRole('button', { name: 'Try it now' }).click();
  await expect(panel.getByRole('alert')).toContainText('must be mended first');
  await editor.name.fill('Say hello');
  await editor.command.fill('echo hello');
  await panel.getByRole('combobox', { name: 'On' }).selectOption('nas');
  await panel.getByRole('button', { name: 'Try it now' }).click();
  await expect(panel.getByRole('status').filter({ hasText: 'Succeeded' })).toBeVisible();
  await expect(panel.getByText('tried say-hello')).toBeVisible();
  await expectAccessible(page);
  expect(peer.tasksById.has('say-hello' as never)).toBe(false);
  expect(peer.commands.at(-1)).toMatchObject({ kind: 'try-task', machine: MACHINES.beta });
});
