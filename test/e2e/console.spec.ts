/** The console page as a person meets it: a real Chromium, the real console server, a peer in memory behind it. */
import type { Page, WebSocketRoute } from '@playwright/test';
import { MACHINES, createFakePeer } from '../fakes/peer-handle.ts';
import { addTask, crowdedPeer, livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';

const tasksGrid = (page: Page) => page.getByRole('grid', { name: 'Tasks' });
const openPlace = (page: Page, name: string) =>
  page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
const runsGrid = (page: Page) => page.getByRole('grid', { name: 'Runs' });

test('shows machines, tasks and runs, and keeps the key out of the address', async ({ page, visit }) => {
  await visit(livelyPeer());
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: /attic-pi\s+Dead/ })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('Turn on time synchronisation');
  await openPlace(page, 'Tasks');
  await expect(tasksGrid(page).getByRole('row', { name: /Nightly backup/ })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Warnings' })).toContainText('Turn on time synchronisation');
  await openPlace(page, 'Runs');
  await expect(runsGrid(page).getByRole('row', { name: /Running Database dump/ })).toBeVisible();
  expect(page.url()).not.toContain('code');
});

test('shows names and output of others as text, whatever they hold', async ({ page, visit }) => {
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const peer = livelyPeer();
  addTask(peer, 'evil', evil, { cron: '* * * * *' });
  const now = Date.now();
  const reason = { code: 'SPAWN_FAILED', text: evil };
  peer.addRun({ taskId: 'evil' as never, state: 'failed', reason, nominalAt: now, dueAt: now, recordedAt: now });
  await visit(peer);
  await expect(page.getByRole('main').getByText(evil).first()).toBeVisible();
  await openPlace(page, 'Tasks');
  await expect(tasksGrid(page).getByText(evil)).toBeVisible();
  await openPlace(page, 'Runs');
  await expect(runsGrid(page).getByText(evil).first()).toBeVisible();
  await runsGrid(page).getByText(evil).first().click();
  await expect(page.locator('img, script:not([src])')).toHaveCount(0);
  expect(await page.title()).not.toMatch(/^[12]$/);
});

for (const scheme of ['light', 'dark'] as const) {
  test(`has no accessibility fault in the ${scheme} theme`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await visit(livelyPeer());
    await openPlace(page, 'Runs');
    await expect(runsGrid(page).getByRole('row', { name: /Running Database dump/ })).toBeVisible();
    await expectAccessible(page);
    await runsGrid(page)
      .getByRole('row', { name: /Running Index new photos/ })
      .click();
    await expect(page.getByText('1,240 of 2,000')).toBeVisible();
    await expectAccessible(page);
  });
}

test('creates a cluster and its first task by keyboard alone', async ({ page, visit }) => {
  const peer = createFakePeer([]);
  peer.cluster = undefined;
  peer.phase = 'no-cluster';
  const { peer: served } = await visit(peer);
  await expect(page.getByLabel('Name of this machine')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Name of the cluster')).toBeFocused();
  await page.keyboard.type('home');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Start from scratch' }).focus();
  await page.keyboard.press('Enter');
  // The editor is loaded first; the cursor is in the name then.
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toBeFocused();
  await page.keyboard.type('Say hello');
  const when = page.getByRole('combobox', { name: 'When' });
  await when.focus();
  await page.keyboard.press('End');
  await expect(when).toHaveValue('cron');
  await page.getByRole('textbox', { name: 'Cron expression' }).focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('0 99 * * *');
  await expect(page.getByRole('alert')).toContainText('99');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('0 9 * * 1-5');
  await expect(page.getByRole('region', { name: 'When it would run' }).getByRole('listitem')).toHaveCount(10);
  await page.getByRole('textbox', { name: 'Command' }).focus();
  await page.keyboard.type('echo "hello world"');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Say hello' })).toBeVisible();
  await openPlace(page, 'Tasks');
  await expect(tasksGrid(page).getByRole('row', { name: /Say hello/ })).toBeVisible();
  expect(served.tasksById.get('say-hello' as never)?.action).toMatchObject({ argv: ['echo', 'hello world'] });
});

test('joins with an invitation, and says what is wrong with a bad one', async ({ page, visit }) => {
  const peer = createFakePeer([]);
  peer.cluster = undefined;
  peer.phase = 'no-cluster';
  await visit(peer);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectAccessible(page);
  await page.getByLabel('Invitation').fill('nonsense');
  await page.getByRole('button', { name: 'Join the cluster' }).click();
  await expect(page.getByRole('alert')).toContainText('Copy the whole token again');
  await page.getByLabel('Invitation').fill('carillon1abc');
  await page.getByRole('button', { name: 'Join the cluster' }).click();
  await page.getByRole('button', { name: 'Skip, show the overview' }).click();
  await expect(page.getByRole('heading', { name: 'No tasks yet' })).toBeVisible();
});

test('shows a run live, from its start to its end, and cancels one', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  await openPlace(page, 'Runs');
  await expect(runsGrid(page).getByRole('row', { name: /Running/ })).toHaveCount(2);
  const now = Date.now();
  const run = peer.addRun({
    taskId: 'firmware' as never,
    state: 'running',
    nominalAt: now,
    dueAt: now,
    startedAt: now,
    recordedAt: now,
    machineId: MACHINES.alpha,
  });
  await expect(runsGrid(page).getByRole('row', { name: /Running Update firmware/ })).toBeVisible();
  peer.addRun({ ...run, state: 'failed', recordedAt: now + 10, reason: { code: 'EXIT', text: 'exit code 7' } });
  await expect(runsGrid(page).getByRole('row', { name: /Failed Update firmware .*exit code 7/ })).toBeVisible();
  await runsGrid(page)
    .getByRole('row', { name: /Running Index new photos/ })
    .click();
  await page.getByRole('button', { name: 'Cancel run' }).click();
  await expect(page.getByRole('heading', { name: /Index new photos\s+Cancelled/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(runsGrid(page).getByRole('row', { name: /Cancelled Index new photos/ })).toBeVisible();
});

test('works a task by its keys, and takes a deletion back', async ({ page, visit }) => {
  const { peer } = await visit(livelyPeer());
  await openPlace(page, 'Tasks');
  const row = tasksGrid(page).getByRole('row', { name: /Database dump/ });
  await expect(row).toBeVisible();
  await tasksGrid(page).focus();
  await page.keyboard.press('s');
  await expect(row.getByText('Suspended', { exact: true })).toBeVisible();
  await page.keyboard.press('r');
  await expect.poll(() => peer.commands.some((command) => command.kind === 'run-task')).toBe(true);
  await expect(page.getByText('Asked to run “Database dump” now.')).toBeVisible();
  await page.keyboard.press('Delete');
  await expect(row).toBeHidden();
  // The row may go before the answer has come, and with it the offer to take the deletion back.
  await expect(page.getByText('Deleted “Database dump”.')).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(row).toBeVisible();
  expect(peer.tasksById.has('database-dump' as never)).toBe(true);
});

test('says so when a place cannot be loaded, and offers to try again', async ({ page, visit, expectedFaults }) => {
  expectedFaults.push('ERR_FAILED', 'preload assets');
  await visit(livelyPeer());
  await page.route(/StatisticsPlace/, (route) => route.abort());
  await openPlace(page, 'Statistics');
  await expect(page.getByRole('alert')).toHaveText('This place could not be loaded: the agent did not answer.');
  await expectAccessible(page);
  await page.unroute(/StatisticsPlace/);
  await page.getByRole('button', { name: 'Load the page again' }).click();
  await expect(page.getByRole('heading', { name: 'Busy hours' })).toBeVisible();
});

test('goes to the tasks of a page that was never there, while the agent cannot be reached', async ({
  page,
  visit,
  expectedFaults,
}) => {
  expectedFaults.push('ERR_CONNECTION_', 'WebSocket');
  const pending = new Set<string>();
  const loaded = new Set<string>();
  page.on('request', (request) => pending.add(request.url()));
  page.on('requestfinished', (request) => {
    pending.delete(request.url());
    loaded.add(new URL(request.url()).pathname.split('-')[0] ?? '');
  });
  const scene = await visit(livelyPeer());
  await expect.poll(() => [...loaded]).toContain('/assets/MachinesPlace');
  await expect.poll(() => [...pending]).toEqual([]);
  await scene.server.close();
  await openPlace(page, 'Tasks');
  await expect(tasksGrid(page).getByRole('row', { name: /Nightly backup/ })).toBeVisible();
});

test('says that it is offline, and comes back by itself', async ({ page, visit, expectedFaults }) => {
  expectedFaults.push('WebSocket');
  const sockets: WebSocketRoute[] = [];
  let cut = false;
  await page.routeWebSocket(/\/rpc$/, (socket) => {
    if (cut) {
      void socket.close();
      return;
    }
    socket.connectToServer();
    sockets.push(socket);
  });
  const { peer } = await visit(livelyPeer());
  await expect(page.getByText('4 things need a look')).toBeVisible();
  await openPlace(page, 'Tasks');
  await expect(tasksGrid(page).getByRole('row', { name: /Nightly backup/ })).toBeVisible();
  cut = true;
  for (const socket of sockets) await socket.close();
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  addTask(peer, 'meanwhile', 'Made meanwhile', { everyMs: 60_000 });
  cut = false;
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(page.getByRole('alert')).toBeHidden();
  await expect(tasksGrid(page).getByRole('row', { name: /Made meanwhile/ })).toBeVisible();
});

test('stays quick with 10,000 tasks and with bursts of runs', async ({ page, visit }) => {
  const { peer } = await visit(crowdedPeer(10_000));
  await openPlace(page, 'Tasks');
  await expect(page.getByText('10,000', { exact: true })).toBeVisible();
  await tasksGrid(page).focus();
  await page.keyboard.press('End');
  await expect(tasksGrid(page).getByRole('row', { name: /Import feed 10000 / })).toBeVisible();
  expect(await tasksGrid(page).getByRole('row').count()).toBeLessThan(60);
  await page.getByRole('searchbox', { name: 'Find tasks' }).fill('feed 9999');
  await expect(tasksGrid(page).getByRole('row')).toHaveCount(2);
  await page.getByRole('searchbox', { name: 'Find tasks' }).fill('');
  await openPlace(page, 'Runs');
  const now = Date.now();
  for (let number = 0; number < 3000; number += 1) {
    peer.addRun({ taskId: `task-${1 + (number % 50)}` as never, dueAt: now + number, recordedAt: now + number });
  }
  await expect(runsGrid(page)).toHaveAttribute('aria-rowcount', /^\d{3,4}$/);
  const mostRows = await page.evaluate(async () => {
    const grid = document.querySelector('[role="grid"]');
    let most = 0;
    for (let frame = 0; frame < 60; frame += 1) {
      grid?.scrollTo({ top: frame * 1800 });
      await new Promise((resolve) => requestAnimationFrame(resolve));
      most = Math.max(most, grid?.querySelectorAll('[role="row"]').length ?? 0);
    }
    return most;
  });
  expect(mostRows).toBeGreaterThan(5);
  // However many there are, the page holds about as many rows as can be seen: that is what keeps a frame short.
  expect(mostRows).toBeLessThan(100);
});

test('opens in another tab by the same login, until the session is ended', async ({ page, visit, expectedFaults }) => {
  const { server } = await visit(createFakePeer([]));
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  const other = await page.context().newPage();
  await other.goto(`http://127.0.0.1:${server.port}/`);
  await expect(other.getByText('Live', { exact: true })).toBeVisible();
  expectedFaults.push('WebSocket', '401');
  const ended = await fetch(`http://127.0.0.1:${server.port}/api/console/sessions`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${server.token}` },
  });
  expect(ended.status).toBe(200);
  for (const tab of [page, other]) await expect(tab.getByRole('heading', { name: 'You are logged out' })).toBeVisible();
});

test('says how to log in when it has no session, or its link was used already', async ({
  page,
  visit,
  expectedFaults,
}) => {
  const { server } = await visit(createFakePeer([]));
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  expectedFaults.push('401');
  await page.evaluate(() => localStorage.clear());
  for (const place of ['', '#code=used-already']) {
    await page.goto('about:blank');
    await page.goto(`http://127.0.0.1:${server.port}/${place}`);
    await expect(page.getByRole('heading', { name: 'Log in to this console' })).toBeVisible();
    await expect(page.getByText('carillon console link')).toBeVisible();
    expect(page.url()).not.toContain('code');
  }
});
