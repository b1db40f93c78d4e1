/** The first screen in the browser: what needs a look and what is done about it, what runs, the timeline both ways. */
import { MACHINES, createFakePeer } from '../fakes/peer-handle.ts';
import { crowdedPeer, livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';
import { OverviewPage } from './pages/overview.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`has no accessibility fault in the ${colorScheme} theme, as a drawing and as a table`, async ({
    page,
    visit,
  }) => {
    await page.emulateMedia({ colorScheme });
    await visit(livelyPeer());
    const overview = new OverviewPage(page);
    await expect(overview.headline).toHaveText('4 things need a look');
    await expect(overview.running.getByRole('listitem')).toHaveCount(2);
    await expectAccessible(page);
    await overview.timeline.getByText('Table').click();
    await expect(overview.timeline.getByRole('row', { name: /nas/ })).toBeVisible();
    await expectAccessible(page);
  });
}

test('says that all is well when it is, and which tasks failed and have succeeded since', async ({ page, visit }) => {
  const { peer } = await visit(crowdedPeer(3));
  const overview = new OverviewPage(page);
  await expect(overview.headline).toHaveText('All is well: 3 machines, nothing failed in 24 h');
  await expect(overview.needs).toBeHidden();
  const now = Date.now();
  const taskId = 'task-1' as never;
  peer.addRun({ taskId, state: 'failed', nominalAt: now - 9000, dueAt: now - 9000, finishedAt: now - 8000 });
  await expect(overview.headline).toHaveText('1 thing needs a look');
  await expect(overview.needs.getByRole('listitem')).toContainText('Import feed 1');
  peer.addRun({ taskId, nominalAt: now, dueAt: now, finishedAt: now, recordedAt: now });
  await expect(overview.headline).toContainText('All is well again');
  await expect(overview.needs).toContainText('succeeded since: Import feed 1');
});

test('tells of a failure and of a machine that is gone as they happen, and leads there', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const overview = new OverviewPage(page);
  const failure = overview.needs.getByRole('listitem').filter({ hasText: 'Renew certificates' });
  await expect(failure).toContainText('exit code 1');
  await failure.getByRole('button', { name: 'Run again' }).click();
  await expect.poll(() => peer.commands.some((command) => command.kind === 'run-task')).toBe(true);
  const nas = peer.machinesById.get(MACHINES.beta);
  if (nas === undefined) throw new Error('no machine');
  peer.machinesById.set(MACHINES.beta, { ...nas, state: 'dead', stateReason: 'unplugged' });
  peer.emit({ kind: 'machines' });
  const gone = overview.needs.getByRole('listitem').filter({ hasText: 'nas does not answer any more' });
  await expect(gone).toContainText('unplugged');
  await gone.getByRole('link', { name: /Show machine/ }).click();
  await expect(page).toHaveURL(new RegExp(`#/machines/${MACHINES.beta}`));
});

test('shows what runs from its start to its end, and what comes next with its machine', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  const overview = new OverviewPage(page);
  await expect(overview.running.getByRole('listitem')).toHaveCount(2);
  // What comes due every six minutes does not crowd out the rest.
  const check = overview.next.getByRole('listitem').filter({ hasText: 'Health check' });
  await expect(check).toHaveCount(1);
  await expect(check).toContainText('nas');
  await expect(overview.next.getByRole('listitem').filter({ hasText: 'Database dump' })).toHaveCount(1);
  const now = Date.now();
  const instants = { nominalAt: now, dueAt: now, startedAt: now, recordedAt: now };
  const run = peer.addRun({ taskId: 'firmware' as never, state: 'running', ...instants, machineId: MACHINES.alpha });
  await expect(overview.running.getByRole('listitem').filter({ hasText: 'Update firmware' })).toBeVisible();
  peer.addRun({ ...run, state: 'succeeded', recordedAt: now + 10 });
  await expect(overview.running.getByRole('listitem')).toHaveCount(2);
});

test('tells how the day went beside the week before, and how long a run takes against what is usual', async ({
  page,
  visit,
}) => {
  const peer = livelyPeer();
  const hour = 3_600_000;
  for (let back = 1; back <= 50; back += 1) {
    const nominalAt = Date.now() - back * 3 * hour;
    const instants = { nominalAt, dueAt: nominalAt, startedAt: nominalAt + 40, finishedAt: nominalAt + 5040 };
    peer.addRun({ taskId: 'database-dump' as never, ...instants, recordedAt: nominalAt + 5040 });
  }
  await visit(peer);
  const overview = new OverviewPage(page);
  await expect(overview.figures).toContainText('week before 100%');
  await expect(overview.figures).toContainText('95% within');
  const dump = overview.running.getByRole('listitem').filter({ hasText: 'Database dump' });
  await expect(dump).toContainText('over the usual 5 s');
  await expect(overview.running.getByRole('listitem').filter({ hasText: 'Index new photos' })).toContainText('62%');
  await overview.figures.click();
  await expect(page.getByRole('heading', { name: 'Statistics' })).toBeVisible();
});

test('fits a narrow window, and leads to the first task where there is none', async ({ page, visit }) => {
  await page.setViewportSize({ width: 900, height: 700 });
  await visit(createFakePeer([]));
  await expect(page.getByRole('link', { name: 'Make the first task' })).toBeVisible();
  const overflows = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(overflows).toBe(false);
});
