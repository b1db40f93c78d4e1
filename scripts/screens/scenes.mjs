/**
 * The screens of the console that are shown in the documentation: each with its address, what is seen when it is there,
 * and what is done before the picture is taken. `fresh` ones are of a machine that has no cluster yet.
 */
import { MACHINES } from '../../test/fakes/peer-handle.ts';

const inMain = (text) => (page) => page.getByRole('main').getByText(text).first();
const heading = (name) => (page) => page.getByRole('heading', { name, exact: true }).first();
const row = (name) => (page) => page.getByRole('row', { name }).first();
const needsLook = (page) => page.getByText('things need a look');
const chart = (page) => page.locator('.uplot canvas').first();

export const SCREENS = [
  { name: 'console', at: '', ready: needsLook },
  { name: 'machines', at: 'machines', ready: inMain('workbench') },
  {
    name: 'machine',
    at: 'machines',
    ready: row(/shop-1/),
    prepare: async (page) => {
      await row(/shop-1/)(page).click();
      await page.getByRole('heading', { name: 'Runs here' }).waitFor();
    },
  },
  {
    name: 'ring',
    at: `machines/ring?without=${MACHINES.beta}`,
    ready: (page) => page.getByText('Without nas').first(),
  },
  { name: 'tasks', at: 'tasks', ready: row(/Nightly backup/) },
  { name: 'task', at: 'tasks/database-dump', ready: chart },
  { name: 'revisions', at: 'tasks/database-dump?tab=revisions', ready: inMain('pg_dumpall > /srv/dumps/all.sql') },
  { name: 'conflict', at: 'tasks/database-dump?tab=conflicts', ready: inMain('30 */8 * * *') },
  { name: 'editor', at: 'tasks/database-dump/edit', ready: inMain('On the hour, every 6 hours'), prepare: showAction },
  {
    name: 'editor-new',
    at: 'tasks/new?template=backup',
    ready: (page) => page.getByRole('textbox', { name: 'Name', exact: true }),
  },
  {
    name: 'crontab',
    at: 'tasks/import',
    ready: heading('Import a crontab'),
    prepare: async (page) => {
      await page.getByLabel('Crontab', { exact: true }).fill(CRONTAB);
      await page.getByRole('checkbox', { name: 'Choose report' }).waitFor();
    },
  },
  {
    name: 'run-dialog',
    at: 'tasks/database-dump',
    ready: chart,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Run now', exact: true }).click();
      await page.getByLabel('scope').waitFor();
    },
  },
  { name: 'runs', at: 'runs', ready: row(/Index new photos/) },
  {
    name: 'run',
    at: 'runs',
    ready: row(/Index new photos/),
    prepare: async (page) => {
      await row(/Running Index new photos/)(page).click();
      await page.getByText('truncated file').waitFor();
    },
  },
  {
    name: 'take-over',
    at: 'runs',
    ready: row(/attempt 2/),
    prepare: async (page) => {
      await row(/attempt 2/)(page).click();
      await page.getByText('48213 rows').first().waitFor();
    },
  },
  { name: 'statistics', at: 'statistics', ready: chart },
  { name: 'settings', at: 'settings/members', ready: inMain('attic-pi') },
  { name: 'channels', at: 'settings/channels', ready: inMain('on-duty') },
  { name: 'policy', at: 'settings/policy', ready: inMain('This machine takes runs.') },
  {
    name: 'palette',
    at: '',
    ready: needsLook,
    prepare: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('back');
      await page.getByRole('option').first().waitFor();
    },
  },
  {
    name: 'notifications',
    at: '',
    ready: needsLook,
    prepare: async (page) => {
      await page.getByRole('button', { name: /^Notifications/ }).click();
      await page.getByRole('dialog', { name: 'Notifications' }).waitFor();
    },
  },
  {
    name: 'invitation',
    at: 'settings/invitations',
    ready: heading('Invitations'),
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Invite a machine' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Make the invitation' }).click();
      await page.getByRole('img', { name: 'The invitation as a QR code' }).waitFor();
    },
  },
  { name: 'first-run', at: '', fresh: true, ready: (page) => page.getByRole('button', { name: 'Continue' }) },
  {
    name: 'first-run-cluster',
    at: '',
    fresh: true,
    ready: (page) => page.getByRole('button', { name: 'Continue' }),
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByText('of the cluster “Lindenhof”').waitFor();
    },
  },
];

/** Where the script stands then, pixels from the top. */
const SCRIPT_TOP = 280;

const CRONTAB = `MAILTO=office
# The backup of the night
30 2 * * * /usr/local/bin/backup --all
*/5 * * * * curl -fsS https://shop.example.org/ping
@reboot /opt/shop/start
99 * * * * /usr/bin/never
0 9 * * 1-5 /opt/shop/report --mail
`;

/** What a task does is the part of the editor that says most. */
async function showAction(page) {
  const script = page.locator('.cm-content').first();
  await script.waitFor();
  await page.getByRole('textbox', { name: 'Name', exact: true }).hover();
  const { y } = (await script.boundingBox()) ?? { y: 0 };
  await page.mouse.wheel(0, y - SCRIPT_TOP);
  await page.waitForFunction(
    (most) => (document.querySelector('.cm-content')?.getBoundingClientRect().y ?? most) < most,
    y,
  );
}
