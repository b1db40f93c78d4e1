/** Parameters in the browser: declared in the editor, asked for before a run, shown with it, and kept when it runs again. */
import type { TaskId } from '../../core/domain/ids.ts';
import { aTask } from '../fakes/definitions.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, goTo, test } from './console-test.ts';
import { RunsPage } from './pages/runs.ts';
import { TaskEditorPage } from './pages/task-editor.ts';
import { TaskPage } from './pages/task.ts';
import { TasksPage } from './pages/tasks.ts';

const parameters = [
  { name: 'target', type: 'choice', choices: ['staging', 'live'], required: true, description: 'Where to deploy' },
  { name: 'workers', type: 'number', default: '4' },
  { name: 'dry_run', type: 'boolean' },
  { name: 'note' },
];

function peerWithParameters() {
  const peer = livelyPeer();
  const action = { type: 'command', argv: ['deploy'], parameters };
  peer.addTask(aTask('deploy', { about: { name: 'Deploy' }, schedule: { triggers: [] }, action }));
  return peer;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a task with parameters asks for their values before it runs, in the ${colorScheme} theme`, async ({
    page,
    visit,
  }) => {
    await page.emulateMedia({ colorScheme });
    const { peer } = await visit(peerWithParameters());
    await new TaskPage(page).open('Deploy');
    await page.getByRole('button', { name: 'Run now', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Run Deploy' });
    await expect(dialog.getByRole('textbox', { name: 'workers' })).toHaveValue('4');
    await dialog.getByRole('textbox', { name: 'workers' }).fill('many');
    await dialog.getByRole('button', { name: 'Run now' }).click();
    await expect(dialog.getByText('A number is needed, such as 42 or -1.5.')).toBeVisible();
    await expect(dialog.getByText('A value is needed.')).toBeVisible();
    await expectAccessible(page);
    expect(peer.commands.filter(({ kind }) => kind === 'run-task')).toEqual([]);
    await dialog.getByRole('textbox', { name: 'workers' }).fill('8');
    await dialog.getByRole('combobox', { name: 'target' }).selectOption('live');
    await dialog.getByRole('switch', { name: 'dry_run' }).click();
    await dialog.getByRole('textbox', { name: 'note' }).fill('$(touch owned)');
    await dialog.getByRole('button', { name: 'Run now' }).click();
    await expect(page.getByText('Asked to run “Deploy” now.')).toBeVisible();
    await expect(dialog).toHaveCount(0);
    const values = { target: 'live', workers: '8', dry_run: 'true', note: '$(touch owned)' };
    expect(peer.commands.at(-1)).toMatchObject({ kind: 'run-task', id: 'deploy', parameters: values });
  });
}

test('many are run at once with the values of their own, and those that need others are named', async ({
  page,
  visit,
}) => {
  const scene = peerWithParameters();
  const action = {
    type: 'command' as const,
    argv: ['report'],
    parameters: [{ name: 'days', type: 'number' as const, default: '7' }],
  };
  scene.addTask(aTask('report', { about: { name: 'Report' }, schedule: { triggers: [] }, action }));
  const { peer } = await visit(scene);
  const tasks = new TasksPage(page);
  await tasks.open();
  for (const name of ['Deploy', 'Report', 'Update firmware']) await tasks.choose(name).check();
  await tasks.bulk.getByRole('button', { name: 'Run' }).click();
  await expect(page.getByText('Asked to run 2 tasks now.')).toBeVisible();
  const leftOut = page.getByRole('group', { name: /Left out: Deploy\. The parameter "target" needs a value/ });
  await expect(leftOut).toContainText('Run a task alone to give its values.');
  const ran = [...peer.runsById.values()].filter(({ cause }) => cause.kind === 'manual');
  expect(ran).toMatchObject([{ taskId: 'report', cause: { parameters: { days: '7' } } }]);
});

test('a run shows the values that it was given, and keeps them when it is run again', async ({ page, visit }) => {
  const scene = peerWithParameters();
  const values = { target: 'staging', workers: '4', dry_run: 'false', note: '' };
  await scene.execute({ kind: 'run-task', id: 'deploy' as TaskId, parameters: values });
  const run = [...scene.runsById.values()].find(({ taskId }) => taskId === 'deploy');
  const { peer } = await visit(scene);
  await goTo(page, `#/runs/${run?.id ?? ''}`);
  const runs = new RunsPage(page);
  await expect(runs.facts).toContainText('staging');
  await expect(runs.facts).toContainText('empty');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Run again', exact: true }).click();
  await expect
    .poll(() => peer.commands.filter(({ kind }) => kind === 'run-task'))
    .toMatchObject([{ parameters: values }, { parameters: values }]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`parameters are declared in the editor and tried there, in the ${colorScheme} theme`, async ({
    page,
    visit,
  }) => {
    await page.emulateMedia({ colorScheme });
    const { peer } = await visit(livelyPeer());
    await new TasksPage(page).open();
    await page.getByRole('button', { name: 'New task' }).click();
    const editor = new TaskEditorPage(page);
    await editor.name.fill('Deploy it');
    await editor.command.fill('deploy');
    await page.getByRole('button', { name: 'Add parameter' }).click();
    const row = page.getByRole('group', { name: 'Parameter 1' });
    await expect(row.getByRole('textbox', { name: 'Name of parameter 1' })).toBeFocused();
    await row.getByRole('textbox', { name: 'Name of parameter 1' }).fill('Target');
    await editor.save();
    await expect(row.getByRole('alert')).toContainText('small letter');
    await row.getByRole('textbox', { name: 'Name of parameter 1' }).fill('target');
    await row.getByRole('combobox', { name: 'Type of target' }).selectOption('Choice');
    await row.getByRole('textbox', { name: 'Values to choose from for target' }).fill('staging\nlive');
    await row.getByRole('checkbox', { name: 'target is required' }).check();
    await expect(row.getByRole('alert')).toContainText('required and has no default');
    await expectAccessible(page);
    await row.getByRole('combobox', { name: 'Default of target' }).selectOption('staging');
    await expect(row.getByRole('alert')).toHaveCount(0);
    await expect(row).toContainText('CARILLON_PARAM_TARGET');
    const panel = await editor.showTry();
    await panel.getByRole('combobox', { name: 'target' }).selectOption('live');
    await expectAccessible(page);
    await panel.getByRole('button', { name: 'Try it now' }).click();
    await expect(panel.getByRole('status').filter({ hasText: 'Succeeded' })).toBeVisible();
    expect(peer.commands.at(-1)).toMatchObject({ kind: 'try-task', parameters: { target: 'live' } });
    await editor.save();
    await expect(page.getByText('Saved “Deploy it”.')).toBeVisible();
    expect(peer.tasksById.get('deploy-it' as TaskId)?.action).toMatchObject({
      parameters: [
        { name: 'target', type: 'choice', required: true, choices: ['staging', 'live'], default: 'staging' },
      ],
    });
  });
}
