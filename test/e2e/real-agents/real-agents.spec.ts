/** Whole stories over real agents, seen from their consoles: pairing, a take-over, and an agent that is away for a while. */
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shellTask } from '../../integration/task-builder.ts';
import { endLeftovers } from '../../integration/own-processes.ts';
import { MachinesPage } from '../pages/machines.ts';
import { AGREE_MS, expect, test } from './real-agents.ts';

test.describe.configure({ timeout: 150_000 });

test('two people at two consoles compare digits, and the machine is in', async ({ agents }) => {
  const [founder, laptop] = await Promise.all([agents.start('founder'), agents.start('laptop')]);
  await founder.client.cluster.create({ name: 'bed' });
  const [there, here] = await Promise.all([agents.open(founder), agents.open(laptop)]);
  await here.getByRole('button', { name: 'Continue' }).click();
  const nearby = here.getByRole('region', { name: 'Join by six digits' });
  await nearby.getByLabel('Or ask an address').fill(founder.ready.addresses[0] ?? '');
  await nearby.getByRole('button', { name: 'Ask', exact: true }).click();
  const asking = here.getByRole('dialog', { name: 'Join “bed”' });
  const shown = await asking
    .getByRole('img', { name: /^Six digits/ })
    .getAttribute('aria-label', { timeout: AGREE_MS });

  const look = there.getByRole('region', { name: 'Needs a look' }).getByRole('listitem').filter({ hasText: 'laptop' });
  await look.getByRole('link').click({ timeout: AGREE_MS });
  const compared = there.getByRole('dialog', { name: 'laptop asks to join' });
  await expect(compared.getByRole('img', { name: /^Six digits/ })).toHaveAttribute('aria-label', shown ?? '');
  await asking.getByRole('button', { name: 'The same', exact: true }).click();
  await expect(compared).toContainText('says that they are the same');
  await compared.getByLabel(/^Labels, one a line/).fill('room=attic');
  await compared.getByRole('button', { name: 'Same digits: let it in' }).click();

  await here.getByRole('button', { name: 'Skip, show the overview' }).click({ timeout: AGREE_MS });
  await expect(here.getByRole('navigation', { name: 'Places' })).toBeVisible({ timeout: AGREE_MS });
  const machines = new MachinesPage(there);
  await expect(machines.row('laptop')).toContainText('room=attic', { timeout: AGREE_MS });
  await expect(machines.row('laptop')).toContainText('Alive', { timeout: AGREE_MS });
});

// What outlives an agent is found by /proc.
if (process.platform === 'linux') {
  test('the console of another machine shows the take-over when the owner dies with its run', async ({ agents }) => {
    const bed = await agents.form('alpha', 'beta', 'gamma');
    const go = join(agents.folder, 'go');
    const script = `echo at $CARILLON_MACHINE; while [ ! -e ${go} ]; do sleep 0.1; done`;
    const policy = { onLost: 'rerun', rerunAfterMs: 1000 } as const;
    await bed[0]?.client.tasks.apply({ definitions: [shellTask('long', script, { name: 'Long task', policy })] });
    await agents.settled(...bed);
    await bed[0]?.client.tasks.run({ id: 'long' });
    const seen = async () => {
      const runs = await Promise.all(bed.map((agent) => agent.runsOf('long')));
      return new Set(runs.map(([run]) => (run?.state === 'running' ? run.machineName : undefined)));
    };
    await expect.poll(async () => [...(await seen())].filter(Boolean).length, { timeout: AGREE_MS }).toBe(1);
    const [owner] = await seen();
    const executor = bed.find(({ name }) => name === owner);
    const [witness, other] = bed.filter(({ name }) => name !== owner);
    if (executor === undefined || witness === undefined || other === undefined) throw new Error('nobody runs it');
    const page = await agents.open(witness);
    const now = page.getByRole('region', { name: 'Running now' });
    await expect(now.getByRole('listitem')).toContainText(executor.name);

    await executor.kill();
    endLeftovers(executor.dataFolder);
    const gone = page.getByRole('region', { name: 'Needs a look' }).getByRole('listitem');
    await expect(gone.filter({ hasText: `${executor.name} does not answer any more` })).toBeVisible({
      timeout: AGREE_MS,
    });
    const second = now.getByRole('listitem').filter({ hasText: 'Long task' });
    await expect(second).toContainText(new RegExp(`on (${witness.name}|${other.name})`), { timeout: AGREE_MS });
    await appendFile(go, 'go\n');
    await expect(second).toBeHidden({ timeout: AGREE_MS });
    await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click();
    const rows = page.getByRole('row').filter({ hasText: 'Long task' });
    await expect(rows.filter({ hasText: 'Lost' })).toContainText(executor.name);
    await expect(rows.filter({ hasText: 'Succeeded' })).toHaveCount(1);
  });
}

test('a console whose agent ends says so, and is live again by itself once it is back', async ({ agents }) => {
  const agent = await agents.start('alone');
  await agent.client.cluster.create({ name: 'bed' });
  const page = await agents.open(agent);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  expect(await agent.stop()).toBe(0);
  await expect(page.getByRole('alert')).toContainText('cannot be reached', { timeout: AGREE_MS });
  expect(existsSync(agent.dataFolder)).toBe(true);
  await agent.start();
  await agent.client.tasks.apply({ definitions: [shellTask('meanwhile', 'true', { name: 'Made meanwhile' })] });
  await expect(page.getByText('Live', { exact: true })).toBeVisible({ timeout: AGREE_MS });
  await expect(page.getByRole('alert')).toBeHidden();
  await page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click();
  await expect(page.getByRole('row', { name: /Made meanwhile/ })).toBeVisible({ timeout: AGREE_MS });
});
