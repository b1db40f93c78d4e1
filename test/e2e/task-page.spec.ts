/** The page of a task in the browser: how it stands, its past and the way back, and edits that contradict each other. */
import type { FacetName } from '../../core/domain/task.ts';
import { type FakePeer, MACHINES } from '../fakes/peer-handle.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, test } from './console-test.ts';
import { TaskPage } from './pages/task.ts';

const HOUR_MS = 3_600_000;
const ID = 'database-dump' as never;
const HASH = { first: 'a'.repeat(64), second: 'b'.repeat(64) };

/** A task with a month of runs, two revisions, one that waits, and two people who contradict each other. */
function storiedPeer(): FakePeer {
  const peer = livelyPeer();
  const now = Date.now();
  for (let back = 1; back <= 60; back += 1) {
    const nominalAt = now - back * 6 * HOUR_MS;
    const finishedAt = nominalAt + 40_000 + (back % 9) * 4000;
    const state = back % 10 === 0 ? ('failed' as const) : ('succeeded' as const);
    peer.addRun({
      taskId: ID,
      nominalAt,
      dueAt: nominalAt,
      startedAt: nominalAt + 30,
      finishedAt,
      recordedAt: finishedAt,
      state,
    });
  }
  const waiting = peer.addRun({
    taskId: ID,
    state: 'queued',
    nominalAt: now,
    dueAt: now,
    recordedAt: now,
    reason: { code: 'OVERLAP', text: 'the run before it still goes on' },
  });
  const { startedAt: _started, finishedAt: _finished, claimedAt: _claimed, exitCode: _exit, ...rest } = waiting;
  peer.runsById.set(waiting.id, rest);
  const revise = (hash: string, facet: FacetName, ageMs: number, before: object | undefined, after: object): void => {
    peer.revisions.push({
      taskId: ID,
      facet,
      revision: before === undefined ? 1 : 2,
      author: MACHINES.beta,
      changedAt: now - ageMs,
      before: before === undefined ? undefined : JSON.stringify(before),
      after: JSON.stringify(after),
      changeHash: hash,
    });
  };
  const about = { name: 'Database dump', description: '', tags: [], suspended: false };
  revise(HASH.second, 'about', HOUR_MS, { ...about, name: 'Dump of the database' }, about);
  revise(HASH.first, 'about', 48 * HOUR_MS, undefined, { ...about, name: 'Dump of the database' });
  const task = peer.view.task(ID);
  if (task === undefined) throw new Error('no task');
  peer.tasksById.set(ID, { ...task, conflicts: ['schedule'] });
  const conflict = (key: string, author: keyof typeof MACHINES, expression: string, inForce: boolean): void => {
    const value = JSON.stringify({ triggers: [{ kind: 'cron', expression }], timeZone: 'Europe/Berlin', jitterMs: 0 });
    peer.conflictValues.push({
      key,
      value,
      inForce,
      revision: 3,
      author: MACHINES[author],
      changedAt: now - 2 * HOUR_MS,
    });
  };
  conflict('one', 'alpha', '0 */6 * * *', true);
  conflict('two', 'beta', '30 */8 * * *', false);
  return peer;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`has no accessibility fault in the ${colorScheme} theme, on any of its tabs`, async ({ page, visit }) => {
    await page.emulateMedia({ colorScheme });
    await visit(storiedPeer());
    const task = new TaskPage(page);
    await task.open('Database dump');
    await expect(page.locator('.uplot canvas')).toBeVisible();
    await expect(task.part('Next occurrences').getByRole('listitem')).toHaveCount(8);
    await expectAccessible(page);
    for (const [tab, text] of [
      ['Revisions', 'Dump of the database'],
      ['Conflicts', '30 */8 * * *'],
    ] as const) {
      await task.tab(tab);
      await expect(task.panel.getByText(text).first()).toBeVisible();
      await expectAccessible(page);
    }
  });
}

test('tells what waits and why, how it went, what comes next on whom, and who signed it', async ({ page, visit }) => {
  await visit(storiedPeer());
  const task = new TaskPage(page);
  await task.open('Database dump');
  await expect(task.part('Waits').getByRole('listitem')).toContainText('the run before it still goes on');
  await expect(task.part('How it went')).toContainText('runs that ended');
  await expect(task.part('What it does')).toContainText('/usr/bin/true');
  await expect(task.part('Who signed what is in force').getByRole('listitem')).toHaveCount(5);
  await expect(task.part('Next occurrences').getByRole('listitem').first()).toContainText('workbench');
  await task.part('Last runs').getByRole('listitem').first().getByRole('link').click();
  await expect(page).toHaveURL(/#\/runs\//);
});

test('is run on a certain machine, suspended, and deleted; and that is taken back', async ({ page, visit }) => {
  const { peer } = await visit(storiedPeer());
  const task = new TaskPage(page);
  await task.open('Database dump');
  await task.actions.getByRole('button', { name: 'Run now on a certain machine' }).click();
  await page.getByRole('menuitem', { name: 'Run now on nas' }).click();
  await expect(page.getByText('now on nas')).toBeVisible();
  expect(peer.commands.at(-1)).toEqual({ kind: 'run-task', id: 'database-dump', machine: MACHINES.beta });
  await task.actions.getByRole('button', { name: 'Suspend' }).click();
  await expect(task.part('Next occurrences')).toContainText('It is suspended');
  await task.actions.getByRole('button', { name: 'Resume' }).click();
  await expect(task.part('Next occurrences').getByRole('listitem')).toHaveCount(8);
  await task.actions.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('grid', { name: 'Tasks' })).toBeVisible();
  expect(peer.view.task(ID)).toBeUndefined();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Brought back “Database dump”.')).toBeVisible();
  expect(peer.view.task(ID)).toBeDefined();
});

test('the page of a deleted task brings it back', async ({ page, visit }) => {
  const { peer } = await visit(storiedPeer());
  const task = new TaskPage(page);
  await task.open('Database dump');
  await task.actions.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('grid', { name: 'Tasks' })).toBeVisible();
  await page.evaluate(() => (location.hash = '#/tasks/database-dump'));
  await expect(page.getByRole('heading', { name: 'The task “database-dump” was deleted' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Bring it back' }).click();
  await expect(page.getByRole('heading', { name: 'Database dump', exact: true })).toBeVisible();
  expect(peer.view.task(ID)).toBeDefined();
  await page.evaluate(() => (location.hash = '#/tasks/never-was'));
  await expect(page.getByText('There is no task “never-was”.')).toBeVisible();
});

test('a revision is brought back, which is a new revision', async ({ page, visit }) => {
  const { peer } = await visit(storiedPeer());
  const task = new TaskPage(page);
  await task.open('Database dump');
  await task.tab('Revisions');
  await expect(page).toHaveURL(/tab=revisions/);
  const entries = task.panel.getByRole('listitem');
  await expect(entries).toHaveCount(2);
  await expect(entries.first()).toContainText('in force');
  await expect(entries.first().getByRole('deletion')).toContainText('Dump of the database');
  await entries
    .last()
    .getByRole('button', { name: /Bring back/ })
    .click();
  await page.getByRole('menuitem', { name: 'Only: About' }).click();
  await expect(page.getByRole('heading', { name: 'Dump of the database' })).toBeVisible();
  expect(peer.view.task(ID)?.about.name).toBe('Dump of the database');
});

test('a conflict stands side by side until somebody chooses', async ({ page, visit }) => {
  const { peer } = await visit(storiedPeer());
  const task = new TaskPage(page);
  await task.open('Database dump');
  await page.getByRole('link', { name: 'Choose' }).click();
  const sides = task.part('Schedule').getByRole('listitem');
  await expect(sides).toHaveCount(2);
  await expect(sides.first()).toContainText('workbench');
  await expect(sides.first()).toContainText('0 */6 * * *');
  await expect(sides.last()).toContainText('nas');
  await sides.last().getByRole('button', { name: 'Take this instead' }).click();
  await expect(page.getByText('Nobody contradicts anybody here.')).toBeVisible();
  expect(peer.commands.at(-1)).toEqual({
    kind: 'settle-conflict',
    id: 'database-dump',
    facet: 'schedule',
    chosen: 'two',
  });
});

test('fits a narrow window with a name of any length', async ({ page, visit }) => {
  await page.setViewportSize({ width: 900, height: 700 });
  const peer = storiedPeer();
  const task = peer.view.task(ID);
  if (task === undefined) throw new Error('no task');
  const name = 'x'.repeat(120);
  peer.tasksById.set(ID, { ...task, about: { ...task.about, name } });
  await visit(peer);
  await new TaskPage(page).open(name);
  await expect(page.locator('.uplot canvas')).toBeVisible();
  const main = page.getByRole('main');
  expect(await main.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(false);
});
