/** Members and invitations in the settings: roles are changed, invitations made; both only by an admin. */
import { MACHINES } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, goTo, test } from './console-test.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`members and invitations have no accessibility fault in the ${colorScheme} theme`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme });
    await visit(livelyPeer());
    await goTo(page, '#/settings/members');
    await expect(page.getByRole('row', { name: /attic-pi/ })).toBeVisible();
    await expectAccessible(page);
    await goTo(page, '#/settings/invitations');
    await expect(page.getByText('No invitation is open.')).toBeVisible();
    await expectAccessible(page);
  });
}

test('roles are changed from the list of members', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  await goTo(page, '#/settings/members');
  await page.getByRole('button', { name: 'Change roles: nas' }).click();
  const dialog = page.getByRole('dialog', { name: 'Roles' });
  await dialog.getByRole('checkbox', { name: /^editor/ }).uncheck();
  await dialog.getByRole('checkbox', { name: /^executor/ }).uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert').first()).toHaveText('Choose at least one role.');
  await dialog.getByRole('checkbox', { name: /^viewer/ }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /nas/ })).toContainText('viewer');
  expect(peer.machinesById.get(MACHINES.beta)?.entry.roles).toEqual(['viewer']);
});

test('a machine that is no admin says so, and offers neither', async ({ page, visit }) => {
  const peer = livelyPeer();
  const self = peer.machinesById.get(MACHINES.alpha);
  if (self === undefined) throw new Error('no machine');
  peer.machinesById.set(MACHINES.alpha, { ...self, entry: { ...self.entry, roles: ['editor'] } });
  await visit(peer);
  await goTo(page, '#/settings/members');
  await expect(page.getByRole('button', { name: 'Change roles: nas' })).toBeDisabled();
  await goTo(page, '#/settings/invitations');
  await expect(page.getByText('This machine is no admin')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Invite a machine' })).toBeDisabled();
});
