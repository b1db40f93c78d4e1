/** Who comes into the cluster, in the browser: six digits from both sides, and invitations that are made and taken back. */
import { type FakePeer, MACHINES, createFakePeer } from '../fakes/peer-handle.ts';
import { askToJoin, livelyPeer, STRANGER } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';
import { MachinesPage } from './pages/machines.ts';
import { OverviewPage } from './pages/overview.ts';

/** A machine without a cluster, and one nearby that could let it in. */
function lonelyPeer(): FakePeer {
  const peer = createFakePeer([]);
  peer.cluster = undefined;
  peer.phase = 'no-cluster';
  const cluster = { id: 'c'.repeat(64) as never, name: 'Lindenhof' };
  const nearby = { id: MACHINES.beta, fingerprint: 'EEEE-FFFF-GGGG-HHHH', addresses: [], name: 'nas', admits: true };
  peer.nearby.push({ ...nearby, cluster });
  return peer;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`comparing digits and inviting have no accessibility fault in the ${colorScheme} theme`, async ({
    page,
    visit,
  }) => {
    await page.emulateMedia({ colorScheme });
    const peer = livelyPeer();
    askToJoin(peer);
    await visit(peer);
    const machines = new MachinesPage(page);
    await machines.open();
    await machines.requests.getByRole('button', { name: 'Compare digits' }).click();
    await expect(machines.dialog.getByText('204 817')).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Invite a machine' }).click();
    await machines.dialog.getByRole('button', { name: 'Make the invitation' }).click();
    await expect(machines.dialog.getByRole('img', { name: 'The invitation as a QR code' })).toBeVisible();
    await expectAccessible(page);
  });
}

test('a request is told on the first screen, and approved with roles and labels after comparing', async ({
  page,
  visit,
}) => {
  const { peer } = await visit(livelyPeer());
  const overview = new OverviewPage(page);
  await expect(overview.headline).toBeVisible();
  askToJoin(peer);
  const look = overview.needs.getByRole('listitem').filter({ hasText: 'new-laptop' });
  await look.getByRole('link').click();
  const { dialog } = new MachinesPage(page);
  await expect(dialog.getByRole('img', { name: 'Six digits: 2 0 4 8 1 7' })).toBeVisible();
  await dialog.getByRole('checkbox', { name: /^editor/ }).uncheck();
  await dialog.getByLabel(/^Labels, one a line/).fill('room=cellar');
  await dialog.getByRole('button', { name: 'Same digits: let it in' }).click();
  await expect(page.getByText('new-laptop is in the cluster.')).toBeVisible();
  await expect(dialog).toBeHidden();
  const approved = { kind: 'approve-pairing', id: STRANGER, roles: ['executor'], labels: { room: 'cellar' } };
  expect(peer.commands).toContainEqual(approved);
});

test('a request is refused, or approved before the person there has confirmed', async ({ page, visit }) => {
  const peer = livelyPeer();
  askToJoin(peer, { confirmed: false });
  await visit(peer);
  const machines = new MachinesPage(page);
  await machines.open();
  await machines.requests.getByRole('button', { name: 'Compare digits' }).click();
  await expect(machines.dialog).toContainText('has not confirmed yet');
  await machines.dialog.getByRole('button', { name: 'Same digits: let it in' }).click();
  await expect(machines.requests).toContainText('approved; waits for the person there');
  peer.pairings.length = 0;
  askToJoin(peer);
  await machines.requests.getByRole('button', { name: 'Refuse' }).click();
  await expect(machines.requests).toBeHidden();
  await expect(page.getByText('new-laptop is refused.')).toBeVisible();
});

test('an invitation is for the roles that are chosen, and an open one is taken back', async ({ page, visit }) => {
  const peer = livelyPeer();
  const now = Date.now();
  const open = { id: 'abcdef0123456789', state: 'open', roles: ['executor'], labels: {}, createdAt: now } as const;
  peer.invitations.push({ ...open, expiresAt: now + 3_600_000, usedBy: undefined });
  await visit(peer);
  const machines = new MachinesPage(page);
  await machines.open();
  await page.getByRole('button', { name: 'Invite a machine' }).click();
  await machines.dialog.getByRole('checkbox', { name: /^executor/ }).uncheck();
  await machines.dialog.getByRole('checkbox', { name: /^editor/ }).uncheck();
  await expect(machines.dialog.getByRole('alert')).toHaveText('Choose at least one role.');
  await machines.dialog.getByRole('checkbox', { name: /^viewer/ }).check();
  await machines.dialog.getByText('1 day').click();
  await machines.dialog.getByRole('button', { name: 'Make the invitation' }).click();
  await expect(machines.dialog.getByText('carillon join carillon1-fake')).toBeVisible();
  const made = peer.commands.find((command) => command.kind === 'invite');
  expect(made).toMatchObject({ roles: ['viewer'], expiresMs: 86_400_000 });
  await page.keyboard.press('Escape');
  const list = machines.panel('Open invitations');
  await expect(list.getByRole('listitem')).toHaveCount(1);
  await list.getByRole('button', { name: /^Take back/ }).click();
  await expect(list).toBeHidden();
});

test('a machine without a cluster asks one nearby, compares the digits and is let in', async ({ page, visit }) => {
  const { peer } = await visit(lonelyPeer());
  await page.getByRole('button', { name: 'Continue' }).click();
  const nearby = page.getByRole('region', { name: 'Join by six digits' });
  await nearby.getByLabel('Or ask an address').fill('nobody');
  await nearby.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(nearby.getByRole('alert')).toContainText('o machine nearby is called "nobody"');
  await nearby.getByRole('button', { name: 'Ask: nas' }).click();
  const dialog = page.getByRole('dialog', { name: 'Join “Lindenhof”' });
  await expect(dialog.getByText('204 817')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'The same', exact: true }).click();
  await expect(dialog).toContainText('Waiting until somebody lets it in on nas.');
  peer.cluster = { id: 'c'.repeat(64) as never, name: 'Lindenhof', root: MACHINES.beta, createdAt: Date.now() };
  peer.phase = 'active';
  peer.emit({ kind: 'cluster' });
  await page.getByRole('button', { name: 'Skip, show the overview' }).click();
  await expect(page.getByRole('navigation', { name: 'Places' })).toBeVisible();
});

test('different digits end it, and the reason is told', async ({ page, visit }) => {
  await visit(lonelyPeer());
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Ask: nas' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Not the same' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  const nearby = page.getByRole('region', { name: 'Join by six digits' });
  await expect(nearby.getByRole('alert')).toContainText('different digits');
});
