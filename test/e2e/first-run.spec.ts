/** The first run in the browser: three steps, a reload between them, and being let in by digits. */
import { clusterIdOf } from '../../core/domain/ids.ts';
import { type FakePeer, MACHINES, createFakePeer } from '../fakes/peer-handle.ts';
import { expect, expectAccessible, test } from './console-test.ts';

function newMachine(): FakePeer {
  const peer = createFakePeer([]);
  peer.cluster = undefined;
  peer.phase = 'no-cluster';
  return peer;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`has no accessibility fault in the ${colorScheme} theme, goes on after a reload, and names the machine`, async ({
    page,
    visit,
  }) => {
    await page.emulateMedia({ colorScheme });
    const { peer } = await visit(newMachine());
    const name = page.getByLabel('Name of this machine');
    await expect(name).toHaveValue('alpha');
    await expectAccessible(page);
    await name.fill('workbench');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Join one nearby' })).toBeVisible();
    await page.reload();
    await page.getByLabel('Name of the cluster').fill('home');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Ready. What should it do first?' })).toBeFocused();
    expect(peer.commands.at(-1)).toMatchObject({ kind: 'create-cluster', name: 'home', machineName: 'workbench' });
    await page.reload();
    await expect(page.getByRole('link', { name: 'Warn when a disk is nearly full' })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Warn when a disk is nearly full' }).click();
    await expect(page).toHaveURL(/#\/tasks\/new\?template=disk/);
    await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Disk space');
  });
}

test('is let in under the name that was chosen, and goes on with a task', async ({ page, visit }) => {
  const fresh = newMachine();
  const cluster = { id: clusterIdOf(MACHINES.beta), name: 'Lindenhof' };
  fresh.nearby.push({ id: MACHINES.beta, fingerprint: 'F', name: 'nas', cluster, admits: true, addresses: [] });
  const { peer } = await visit(fresh);
  await page.getByLabel('Name of this machine').fill('workbench');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Ask: nas' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'The same', exact: true }).click();
  expect(peer.commands).toContainEqual({ kind: 'pair', to: MACHINES.beta, machineName: 'workbench' });
  peer.cluster = { ...cluster, root: MACHINES.beta, createdAt: Date.now() };
  peer.phase = 'active';
  peer.emit({ kind: 'cluster' });
  await expect(page.getByRole('heading', { name: 'Ready. What should it do first?' })).toBeVisible();
});

test('goes on with this machine alone when the cluster is skipped', async ({ page, visit }) => {
  const { peer } = await visit(newMachine());
  await page.getByLabel('Name of this machine').fill('workbench');
  await page.keyboard.press('Enter');
  await expect(page.getByText('It gets a cluster of its own, called “workbench”')).toBeVisible();
  await page.getByRole('button', { name: 'Skip, this machine alone' }).click();
  await expect(page.getByRole('heading', { name: 'Ready. What should it do first?' })).toBeFocused();
  expect(peer.commands.at(-1)).toMatchObject({ kind: 'create-cluster', name: 'workbench', machineName: 'workbench' });
});
