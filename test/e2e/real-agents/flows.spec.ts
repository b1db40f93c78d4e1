/**
 * What people do at the consoles of three real agents, seen at the others: a task for another machine from its first words to
 * its output, the same task edited on two machines, many tasks at once, a crontab, and an agent that starts again meanwhile.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import type { AgentProcess } from '../../integration/agent-process.ts';
import { shellTask } from '../../integration/task-builder.ts';
import { CrontabImportPage } from '../pages/crontab-import.ts';
import { RunsPage } from '../pages/runs.ts';
import { TaskEditorPage } from '../pages/task-editor.ts';
import { TaskPage } from '../pages/task.ts';
import { TasksPage } from '../pages/tasks.ts';
import { AGREE_MS, expect, testOfTrio as test } from './real-agents.ts';

// One cluster for all of them, one after the other.
test.describe.configure({ mode: 'default', timeout: 240_000 });

test('a task that is made here for another machine runs there, and its output comes here line by line', async ({
  trio: { agents, alpha },
}) => {
  const stepOf = (step: string) => join(agents.folder, `watched-${step}`);
  const script = [
    'for step in one two; do',
    '  echo "$CARILLON_MACHINE does step $step"',
    `  while [ ! -e ${stepOf('$step')} ]; do sleep 0.1; done`,
    'done',
    'echo all done',
  ].join('\n');
  const page = await agents.open(alpha);
  await new TasksPage(page).open();
  await page.getByRole('button', { name: 'New task' }).click();
  const editor = new TaskEditorPage(page);
  await editor.name.fill('Watch me');
  await editor.byHandOnly();
  await editor.writeScript(script);
  await editor.pinTo('beta');
  await expect(editor.machines.getByRole('listitem').filter({ hasText: 'beta' })).toContainText('runs it');
  await editor.save();
  const task = new TaskPage(page);
  await expect(task.title('Watch me')).toBeVisible();

  await task.actions.getByRole('button', { name: 'Edit' }).click();
  await expect(editor.name).toHaveValue('Watch me');
  await editor.name.fill('Watched from afar');
  await editor.save();
  await expect(task.title('Watched from afar')).toBeVisible();
  await task.actions.getByRole('button', { name: 'Run now', exact: true }).click();
  await task.part('Last runs').getByRole('link', { name: /beta/ }).click({ timeout: AGREE_MS });
  const runs = new RunsPage(page);
  await expect(runs.lines).toContainText('beta does step one', { timeout: AGREE_MS });
  await expect(runs.heading).toContainText('Running');
  await expect(runs.lines).not.toContainText('step two');
  await writeFile(stepOf('one'), '');
  await expect(runs.lines).toContainText('beta does step two', { timeout: AGREE_MS });
  await expect(runs.lines).not.toContainText('all done');
  await writeFile(stepOf('two'), '');
  await expect(runs.lines).toContainText('all done', { timeout: AGREE_MS });
  await expect(runs.heading).toContainText('Succeeded', { timeout: AGREE_MS });
});

test('who edits a task that is saved elsewhere meanwhile is asked, and what is chosen stands everywhere', async ({
  trio: { agents, alpha, beta, gamma },
}) => {
  await alpha.client.tasks.apply({ definitions: [shellTask('both', 'true', { name: 'As it was' })] });
  await agents.settled(alpha, beta, gamma);
  const [here, there] = await Promise.all([alpha, beta].map((agent) => agents.open(agent)));
  if (here === undefined || there === undefined) throw new Error('no pages');
  const [mine, theirs] = [await editorOf(here, 'As it was'), await editorOf(there, 'As it was')];
  await mine.name.fill('Named here');
  await theirs.name.fill('Named there');
  await theirs.save();
  await expect(new TaskPage(there).title('Named there')).toBeVisible();

  await expect(here.getByText('Which is to be kept?')).toBeVisible({ timeout: AGREE_MS });
  await expect(here.getByRole('main')).toContainText('Named there');
  await here.getByRole('button', { name: 'Keep mine' }).click();
  await mine.save();
  await expect(new TaskPage(here).title('Named here')).toBeVisible();
  await expect(new TaskPage(there).title('Named here')).toBeVisible({ timeout: AGREE_MS });
  await agents.settled(alpha, beta, gamma);
  await expectName(gamma, 'both', 'Named here');
});

test('edits on both sides of a split are shown side by side, and settled on one side for all', async ({
  trio: { agents, alpha, beta, gamma },
}) => {
  await alpha.client.tasks.apply({ definitions: [shellTask('split', 'true', { name: 'Before the split' })] });
  await agents.settled(alpha, beta, gamma);
  // Each side is alone while it edits, and neither hears of the other before both have saved.
  expect(await beta.stop()).toBe(0);
  expect(await gamma.stop()).toBe(0);
  const here = await agents.open(alpha);
  const mine = await editorOf(here, 'Before the split');
  await mine.name.fill('Named by alpha');
  await mine.save();
  await expect(new TaskPage(here).title('Named by alpha')).toBeVisible();
  expect(await alpha.stop()).toBe(0);
  await beta.start();
  const there = await agents.open(beta);
  const theirs = await editorOf(there, 'Before the split');
  await theirs.name.fill('Named by beta');
  await theirs.save();
  await expect(new TaskPage(there).title('Named by beta')).toBeVisible();

  await Promise.all([alpha.start(), gamma.start()]);
  await agents.settled(alpha, beta, gamma);
  for (const page of [here, there]) {
    await page.getByRole('link', { name: 'Choose' }).click({ timeout: AGREE_MS });
    const sides = new TaskPage(page).part('About').getByRole('listitem');
    await expect(sides).toHaveCount(2);
    await expect(sides.filter({ hasText: 'by alpha' })).toHaveCount(1);
    await expect(sides.filter({ hasText: 'by beta' })).toHaveCount(1);
  }
  const side = new TaskPage(there).part('About').getByRole('listitem').filter({ hasText: 'Named by alpha' });
  await side.getByRole('button', { name: /^(Keep this|Take this instead)$/ }).click();
  for (const page of [here, there]) {
    await expect(page.getByText('Nobody contradicts anybody here.')).toBeVisible({ timeout: AGREE_MS });
    await expect(new TaskPage(page).title('Named by alpha')).toBeVisible();
  }
  await agents.settled(alpha, beta, gamma);
  for (const agent of [alpha, beta, gamma]) await expectName(agent, 'split', 'Named by alpha');
});

test('what is done with many tasks here is seen there as it is done, and taken back', async ({
  trio: { agents, alpha, beta, gamma },
}) => {
  const definitions = ['one', 'two', 'three'].map((number) =>
    shellTask(`many-${number}`, 'true', { name: `Many ${number}` }),
  );
  await alpha.client.tasks.apply({ definitions });
  await agents.settled(alpha, beta, gamma);
  const [here, there] = await Promise.all([alpha, gamma].map((agent) => agents.open(agent)));
  if (here === undefined || there === undefined) throw new Error('no pages');
  const [mine, theirs] = [new TasksPage(here), new TasksPage(there)];
  for (const tasks of [mine, theirs]) {
    await tasks.open();
    await tasks.search.fill('Many');
    await expect(tasks.row(/Many/)).toHaveCount(3);
  }
  for (const number of ['one', 'two', 'three']) await mine.choose(`Many ${number}`).check();
  const suspended = theirs.row(/Many/).filter({ hasText: 'Suspended' });
  await mine.bulk.getByRole('button', { name: 'Suspend' }).click();
  const suspending = await heldNotice(here, 'Suspended 3 tasks.');
  await expect(suspended).toHaveCount(3, { timeout: AGREE_MS });
  await suspending.getByRole('button', { name: 'Undo' }).click();
  await expect(suspended).toHaveCount(0, { timeout: AGREE_MS });

  await mine.bulk.getByRole('button', { name: 'Run now' }).click();
  await expect(here.getByText('Asked to run 3 tasks now.')).toBeVisible();
  await expect(theirs.row(/Many .*Succeeded/)).toHaveCount(3, { timeout: AGREE_MS });
  await mine.bulk.getByRole('button', { name: 'Delete' }).click();
  const deleting = await heldNotice(here, 'Deleted 3 tasks.');
  await expect(theirs.row(/Many/)).toHaveCount(0, { timeout: AGREE_MS });
  await deleting.getByRole('button', { name: 'Undo' }).click();
  await expect(theirs.row(/Many/)).toHaveCount(3, { timeout: AGREE_MS });
});

test('a crontab that is imported on one machine is there on all three', async ({
  trio: { agents, alpha, beta, gamma },
}) => {
  const pages = await Promise.all([alpha, gamma, beta].map((agent) => agents.open(agent)));
  const page = pages.at(-1);
  if (page === undefined) throw new Error('no page');
  for (const other of pages.slice(0, -1)) await new TasksPage(other).open();
  const crontab = new CrontabImportPage(page);
  await crontab.open();
  await crontab.text.fill('15 3 * * * rotate-logs --all\n*/10 8-18 * * 1-5 fetch-mail\n');
  await expect(crontab.row(/rotate-logs/)).toContainText('At 03:15');
  await crontab.create(2).click();
  await expect(page.getByText('Created 2 tasks')).toBeVisible();
  for (const one of pages) {
    const tasks = new TasksPage(one);
    await tasks.open();
    await expect(tasks.row(/rotate-logs/)).toBeVisible({ timeout: AGREE_MS });
    await expect(tasks.row(/fetch-mail/)).toBeVisible({ timeout: AGREE_MS });
  }
});

test('what is being typed outlives a restart of the agent, and is saved after it', async ({
  trio: { agents, alpha, beta, gamma },
}) => {
  await alpha.client.tasks.apply({ definitions: [shellTask('restarted', 'true', { name: 'Before it' })] });
  await agents.settled(alpha, beta, gamma);
  const page = await agents.open(gamma);
  const editor = await editorOf(page, 'Before it');
  await editor.name.fill('After it');
  const save = page.getByRole('button', { name: 'Save', exact: true }).first();
  expect(await gamma.stop()).toBe(0);
  await expect(page.getByRole('alert')).toContainText('cannot be reached', { timeout: AGREE_MS });
  await expect(save).toBeDisabled();
  await beta.client.tasks.apply({
    definitions: [{ ...shellTask('restarted', 'true', { name: 'Before it' }), policy: { priority: 7 } }],
  });
  await gamma.start();
  await expect(page.getByText('What happens if … was changed on beta')).toBeVisible({ timeout: AGREE_MS });
  await expect(editor.name).toHaveValue('After it');
  await save.click();
  await expect(new TaskPage(page).title('After it')).toBeVisible();
  await agents.settled(alpha, beta, gamma);
  const { definition } = await alpha.client.tasks.get({ id: 'restarted' });
  expect(definition).toMatchObject({ about: { name: 'After it' }, policy: { priority: 7 } });
});

/** The editor of a task, opened from its page. */
async function editorOf(page: Page, name: string): Promise<TaskEditorPage> {
  const task = new TaskPage(page);
  await task.open(name);
  await task.actions.getByRole('button', { name: 'Edit' }).click();
  const editor = new TaskEditorPage(page);
  await expect(editor.name).toHaveValue(name);
  return editor;
}

/** A notice, which stays for as long as it is pointed at. */
async function heldNotice(page: Page, text: string): Promise<Locator> {
  const notice = page.getByRole('region', { name: 'Notices' }).getByRole('group', { name: text });
  await notice.hover();
  return notice;
}

async function expectName(agent: AgentProcess, id: string, name: string): Promise<void> {
  const { definition, conflicts } = await agent.client.tasks.get({ id });
  expect({ name: definition.about.name, conflicts }, agent.name).toEqual({ name, conflicts: [] });
}
