/** The place of machines in the browser: the table, the page of one, the ring and what if one goes. */
import { MACHINES, createFakePeer } from '../fakes/peer-handle.ts';
import { addTask, crowdedPeer, livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, goTo, test } from './console-test.ts';
import { MachinesPage } from './pages/machines.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the table and the page have no accessibility fault in the ${colorScheme} theme`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme });
    await visit(livelyPeer());
    const machines = new MachinesPage(page);
    await machines.open();
    await expect(machines.row('attic-pi')).toContainText('Dead');
    await expectAccessible(page);
    await machines.openMachine('nas');
    await expect(machines.panel('Tasks it owns').getByRole('row').nth(1)).toBeVisible();
    await expectAccessible(page);
  });

  test(`the ring has no accessibility fault in the ${colorScheme} theme`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme });
    await visit(livelyPeer());
    const machines = new MachinesPage(page);
    await machines.open();
    await machines.openRing();
    await expectAccessible(page);
    await machines.whatIf.selectOption('nas');
    await expect(machines.panel('What would move')).toContainText('workbench');
    await expectAccessible(page);
  });
}

test('a machine is renamed and drained from its page, and both can be taken back', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const machines = new MachinesPage(page);
  await machines.open();
  await machines.openMachine('nas');
  await machines.actions.getByRole('button', { name: 'Rename' }).click();
  await machines.dialog.getByLabel('Name').fill('cellar');
  await machines.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(machines.title('cellar')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(machines.title('nas')).toBeVisible();
  await machines.actions.getByRole('button', { name: 'Drain' }).click();
  await expect(machines.actions.getByRole('button', { name: 'Take tasks again' })).toBeVisible();
  expect(peer.machinesById.get(MACHINES.beta)?.entry.drained).toBe(true);
});

test('labels that are none are refused at the field, and good ones are kept', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const machines = new MachinesPage(page);
  await machines.open();
  await machines.openMachine('nas');
  await machines.actions.getByRole('button', { name: 'Labels' }).click();
  const field = machines.dialog.getByLabel(/^Labels, one a line/);
  await field.fill('room=attic\nNot A Label');
  await machines.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(machines.dialog.getByRole('alert')).toContainText('Not A Label');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await field.fill('room=attic');
  await machines.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(machines.dialog).toBeHidden();
  await expect(machines.panel('Facts')).toContainText('room=attic');
  expect(peer.machinesById.get(MACHINES.beta)?.entry.labels).toEqual({ room: 'attic' });
});

test('a machine is removed only after its name is typed, and is then gone from the table', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const machines = new MachinesPage(page);
  await machines.open();
  await machines.openMachine('attic-pi');
  await machines.actions.getByRole('button', { name: 'Remove' }).click();
  const confirm = machines.dialog.getByRole('button', { name: 'Remove' });
  await expect(confirm).toBeDisabled();
  await machines.dialog.getByLabel('Type attic-pi to confirm').fill('attic-pi');
  await confirm.click();
  await expect(machines.grid).toBeVisible();
  await expect(machines.row('attic-pi')).toHaveCount(0);
  expect(peer.machinesById.get(MACHINES.gamma)?.entry.removed).toBe(true);
});

test('the ring tells which tasks would go where, and finds them again after a reload', async ({ page, visit }) => {
  await visit(crowdedPeer(300));
  const machines = new MachinesPage(page);
  await machines.open();
  await machines.openRing();
  await expect(machines.panel('Owners')).toContainText('300');
  await machines.whatIf.selectOption('beta');
  await expect(page.getByRole('status').filter({ hasText: 'Without beta' })).toContainText(
    '100 tasks would go elsewhere',
  );
  await page.getByRole('searchbox', { name: 'Find task' }).fill('feed 12');
  const moves = machines.panel('What would move').getByRole('grid');
  await expect(moves.getByRole('row', { name: /Import feed 12\d beta/ }).first()).toBeVisible();
  await expect(page).toHaveURL(/feed(\+|%20)12/);
  await page.reload();
  await expect(moves.getByRole('row', { name: /Import feed 12\d beta/ }).first()).toBeVisible();
  await expect(machines.whatIf).toHaveValue(MACHINES.beta);
});

test('tasks that nobody else could run are told before the machine goes', async ({ page, visit }) => {
  const peer = createFakePeer([]);
  addTask(peer, 'alone', 'Only here', { cron: '0 5 * * *' });
  await visit(peer);
  const machines = new MachinesPage(page);
  await machines.open();
  await machines.openMachine('alpha');
  await page.getByRole('link', { name: 'What if it goes?' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Without alpha' })).toContainText(
    '1 would be left without a machine',
  );
  await expect(machines.panel('What would move')).toContainText('nowhere: no other machine is there');
  await machines.whatIf.selectOption('');
  await expect(page).not.toHaveURL(/without/);
});

test('says so when a machine is not there, and fits a narrow window with a very long name', async ({ page, visit }) => {
  await page.setViewportSize({ width: 900, height: 700 });
  const peer = livelyPeer();
  const nas = peer.machinesById.get(MACHINES.beta);
  if (nas === undefined) throw new Error('no machine');
  const name = 'n'.repeat(120);
  peer.machinesById.set(MACHINES.beta, { ...nas, entry: { ...nas.entry, name } });
  await visit(peer);
  const machines = new MachinesPage(page);
  await machines.open();
  const overflows = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(await overflows()).toBe(false);
  await machines.openMachine(name);
  expect(await overflows()).toBe(false);
  await page.goBack();
  await machines.openRing();
  await machines.whatIf.selectOption(MACHINES.beta);
  await expect(page.getByRole('status').filter({ hasText: 'would go elsewhere' })).toBeVisible();
  expect(await overflows()).toBe(false);
  await goTo(page, '#/machines/nobody');
  await expect(page.getByText('No machine of this cluster is called so')).toBeVisible();
});
