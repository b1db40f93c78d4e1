/** The place of runs: found, filtered, live, saved, exported; and one run in full. */
import { readFile } from 'node:fs/promises';
import { MACHINES } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';
import { RunsPage } from './pages/runs.ts';
import { HUGE_LINES, runScene } from './run-scene.ts';

test('finds runs by words, and keeps words and filters in the address', async ({ page, visit }) => {
  await visit(runScene().peer);
  const runs = new RunsPage(page);
  await runs.open();
  await expect(runs.row(/Withheld Nightly backup/)).toBeVisible();
  await runs.search.fill('attic-pi dump silent');
  await expect(runs.grid.getByRole('row')).toHaveCount(2);
  await expect(runs.row(/Lost Database dump/)).toBeVisible();
  await expect(page).toHaveURL(/q=attic-pi/);
  await runs.search.fill('');
  await runs.filter('State').selectOption('refused');
  await runs.filter('Machine').selectOption('workbench');
  await expect(runs.row(/Refused Renew certificates/)).toBeVisible();
  await expect(runs.grid.getByRole('row')).toHaveCount(2);
  await page.reload();
  await expect(runs.row(/Refused Renew certificates/)).toBeVisible();
  await expect(runs.grid.getByRole('row')).toHaveCount(2);
  await runs.filter('Time').selectOption('1h');
  await runs.search.fill('nothing like it');
  await expect(page.getByText('No run matches the filter.')).toBeVisible();
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(runs.row(/Withheld Nightly backup/)).toBeVisible();
  await expect(page).not.toHaveURL(/state=/);
});

test('has new runs wait while one reads further down', async ({ page, visit }) => {
  const peer = livelyPeer();
  for (let number = 0; number < 300; number += 1) peer.addRun({ taskId: 'firmware' as never });
  await visit(peer);
  const runs = new RunsPage(page);
  await runs.open();
  await expect(runs.row(/Running Database dump/)).toBeVisible();
  await runs.grid.focus();
  await page.keyboard.press('End');
  await expect(runs.grid).toHaveAttribute('aria-rowcount', /^[2-9]\d\d$/);
  const now = Date.now();
  for (const offset of [1, 2]) {
    peer.addRun({ taskId: 'firmware' as never, nominalAt: now, dueAt: now + offset, recordedAt: now + offset });
  }
  await page.getByRole('button', { name: '2 new runs' }).click();
  await expect(runs.row(/Update firmware/).first()).toBeVisible();
  await expect(page.getByRole('button', { name: /new runs/ })).toBeHidden();
});

test('saves a filter by name, goes back to it, and takes its deletion back', async ({ page, visit }) => {
  await visit(runScene().peer);
  const runs = new RunsPage(page);
  await runs.open();
  await runs.filter('State').selectOption('failed');
  await runs.saved.click();
  await page.getByRole('menuitem', { name: 'Save this filter …' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('What failed');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.getByRole('button', { name: 'Show all' }).click();
  await runs.saved.click();
  await page.getByRole('menuitem', { name: 'What failed', exact: true }).click();
  await expect(runs.filter('State')).toHaveValue('failed');
  await runs.saved.click();
  await page.getByRole('menuitem', { name: 'Delete “What failed”' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await runs.saved.click();
  await expect(page.getByRole('menuitem', { name: 'What failed', exact: true })).toBeVisible();
});

test('exports what the filter shows', async ({ page, visit }) => {
  await visit(runScene().peer);
  const runs = new RunsPage(page);
  await runs.open();
  await runs.filter('State').selectOption('lost');
  await expect(runs.grid.getByRole('row')).toHaveCount(3);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as CSV' }).click(),
  ]);
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain('silent for 3.2 s');
  await expect(page.getByText('Exported 2 runs.')).toBeVisible();
});

test('tells the way of a run that was taken over, and leads to the other attempt', async ({ page, visit }) => {
  const { peer, ids } = runScene();
  await visit(peer);
  const runs = new RunsPage(page);
  await runs.goTo(`/${ids.tookOver}`);
  await expect(runs.heading).toHaveText(/Database dump\s+Succeeded/);
  await expect(runs.steps).toContainText('took over from attic-pi: observed by workbench: silent for 3.2 s');
  await expect(runs.steps).toContainText('waited 2.1 s for its turn');
  await expect(runs.facts).toContainText('48213');
  await expect(runs.facts).toContainText('action, revision 3, by workbench');
  await expect(runs.facts).toContainText('On nas, this command prints a link to its console');
  await runs.attempts.getByRole('link', { name: /Attempt 1 on attic-pi/ }).click();
  await expect(runs.heading).toHaveText(/Database dump\s+Lost/);
  await page.goBack();
  await expect(runs.heading).toHaveText(/Database dump\s+Succeeded/);
  await page.keyboard.press('Escape');
  await expect(runs.grid).toBeVisible();
});

test('shows output live, follows it until one scrolls up, and finds in it', async ({ page, visit }) => {
  const { peer, ids } = runScene();
  await visit(peer);
  const runs = new RunsPage(page);
  await runs.goTo(`/${ids.huge}`);
  // All of it has to come first.
  await expect(runs.lines.getByText(`package ${HUGE_LINES} mirrored`)).toBeVisible({ timeout: 40_000 });
  expect(await runs.lines.locator('[data-index]').count()).toBeLessThan(120);
  await runs.outputSearch.fill('PACKAGE 777 m');
  await expect(runs.output.getByText('1 of 1', { exact: true })).toBeVisible();
  await expect(runs.lines.getByText('package 777 m', { exact: true })).toBeVisible();
  await runs.outputSearch.fill('package 5000');
  await expect(runs.output.getByText('11', { exact: false }).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(runs.lines.locator('mark.here')).toBeVisible();
  await runs.output.getByRole('button', { name: 'To the end' }).click();
  await expect(runs.lines.getByText(`package ${HUGE_LINES} mirrored`)).toBeVisible();
  await runs.output.getByRole('button', { name: 'Wrap long lines' }).click();
  await expect(runs.output.getByRole('button', { name: 'Wrap long lines' })).toHaveAttribute('aria-pressed', 'true');
});

test('tells standard output and standard error apart, and shows one alone', async ({ page, visit }) => {
  const { peer, ids } = runScene();
  await visit(peer);
  const runs = new RunsPage(page);
  await runs.goTo(`/${ids.tookOver}`);
  await expect(runs.lines.locator('[data-index]')).toHaveText([/dumping/, /the disk is slow/, /done/]);
  await expect(runs.lines.getByRole('img', { name: 'standard error' })).toHaveCount(1);
  await runs.showStream('Errors only');
  await expect(runs.lines.locator('[data-index]')).toHaveText([/the disk is slow/]);
  await runs.showStream('Output only');
  await expect(runs.lines.locator('[data-index]')).toHaveText([/dumping/, /done/]);
  await expectAccessible(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    runs.output.getByRole('button', { name: 'Download the output' }).click(),
  ]);
  expect(await readFile(await download.path(), 'utf8')).toBe('dumping …\n\u001b[32mdone\u001b[0m\n');
  await runs.showStream('All');
  await expect(runs.lines.locator('[data-index]')).toHaveCount(3);
});

test('downloads the output as it is', async ({ page, visit }) => {
  const { peer, ids } = runScene();
  await visit(peer);
  const runs = new RunsPage(page);
  await runs.goTo(`/${ids.tookOver}`);
  await expect(runs.lines.getByText('done')).toBeVisible();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    runs.output.getByRole('button', { name: 'Download the output' }).click(),
  ]);
  expect(await readFile(await download.path())).toEqual(Buffer.from(peer.output.get(ids.tookOver)?.bytes ?? []));
});

test('runs a task again, here or there, and cancels what runs', async ({ page, visit }) => {
  const { peer, ids } = runScene();
  await visit(peer);
  const runs = new RunsPage(page);
  await runs.goTo(`/${ids.byHand}`);
  await expect(runs.facts).toContainText('by hand, asked for on workbench, on nas and nowhere else');
  await page.getByRole('button', { name: 'Run again', exact: true }).click();
  await expect(page.getByText('Asked to run “Update firmware” now.')).toBeVisible();
  await page.getByRole('button', { name: 'More ways to run it again' }).click();
  await page.getByRole('menuitem', { name: 'Run again on nas' }).click();
  await expect
    .poll(() => peer.commands.filter((command) => command.kind === 'run-task'))
    .toMatchObject([{ id: 'firmware' }, { id: 'firmware', machine: MACHINES.beta }]);
  await runs.goTo(`/${ids.huge}`);
  await page.getByRole('button', { name: 'Cancel run' }).click();
  await expect(runs.heading).toHaveText(/Mirror packages\s+Cancelled/);
});

test('speaks German throughout', async ({ page, visit }) => {
  await page.addInitScript(() => localStorage.setItem('carillon.language', 'de'));
  const { peer, ids } = runScene();
  await visit(peer);
  const runs = new RunsPage(page);
  await runs.goTo('');
  await expect(page.getByRole('heading', { name: 'Läufe' })).toBeVisible();
  await expect(
    page
      .getByRole('grid', { name: 'Läufe' })
      .getByRole('row', { name: /Verloren .* pünktlich/ })
      .first(),
  ).toBeVisible();
  await runs.goTo(`/${ids.tookOver}`);
  await expect(page.getByRole('list', { name: 'Schritte' })).toContainText('von attic-pi übernommen');
});

test('says what it cannot show', async ({ page, visit }) => {
  const { peer, ids } = runScene();
  await visit(peer);
  const runs = new RunsPage(page);
  await runs.goTo('/aaaaaaaaaaaaaaaaaaaa');
  await expect(page.getByRole('main')).toContainText('There is no run');
  await runs.goTo(`/${ids.withheld}`);
  await expect(runs.steps).toContainText('waiting rather than running twice');
  await expect(runs.lines).toContainText('It has not started, so there is no output.');
  await runs.goTo(`/${ids.refused}`);
  await expect(runs.lines).toContainText('It was never started, so there is no output.');
});

for (const scheme of ['light', 'dark'] as const) {
  test(`has no accessibility fault in the ${scheme} theme: the table`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await visit(runScene().peer);
    const runs = new RunsPage(page);
    await runs.open();
    await expect(runs.row(/Withheld Nightly backup/)).toBeVisible();
    await runs.filter('Time').selectOption('custom');
    await expect(page.getByLabel('From', { exact: true })).toBeVisible();
    await expectAccessible(page);
  });

  test(`has no accessibility fault in the ${scheme} theme: a run`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme: scheme });
    const { peer, ids } = runScene();
    await visit(peer);
    const runs = new RunsPage(page);
    await runs.goTo(`/${ids.tookOver}`);
    await expect(runs.lines).toContainText('done');
    await runs.outputSearch.fill('d');
    await expect(runs.lines.locator('mark.here')).toBeVisible();
    await expectAccessible(page);
    await runs.goTo(`/${ids.withheld}`);
    await expect(runs.lines).toContainText('It has not started');
    await expectAccessible(page);
  });
}
