/** The core beside its window: killed, restarted, attached to an agent that runs already, asleep, and ended with the app. */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { ElectronApplication, Page } from 'playwright';
import {
  type DoubleView,
  ask,
  corePid,
  createCluster,
  define,
  inDoubleOnly,
  journalOf,
  livePage,
  runsOf,
  test,
  trayLabels,
  trayState,
  trayStates,
} from './desktop-test.ts';
import { endAgent, startAgent } from './headless-agent.ts';
import { ROOT, runtime } from './launch.ts';

function forks(app: ElectronApplication): Promise<unknown[][]> {
  return journalOf(app, 'utilityProcess.fork');
}

/** Lines that a task prints: some MiB, several times what may be under way to a page. */
const LINES = 500_000;

/** A task begins to print when the page of its run is open, and goes on running when it has printed all. */
async function printsIntoPage(folder: string, page: Page): Promise<void> {
  const sign = join(folder, 'print');
  const script = `until [ -e '${sign}' ]; do sleep 0.1; done; seq -f 'line %.0f' ${LINES}; exec sleep 600`;
  await define(folder, 'talker', ['sh', '-c', script]);
  await ask(folder, 'POST', '/tasks/talker/run', {});
  const states = async (): Promise<string[]> => (await runsOf(folder)).map(({ state }) => state);
  await expect.poll(states).toEqual(['running']);
  const [run] = await runsOf(folder);
  await page.evaluate((hash) => (location.hash = hash), `#/runs/${run?.id ?? ''}`);
  const lines = page.getByRole('group', { name: 'Lines of output' });
  await lines.waitFor();
  await writeFile(sign, '');
  await expect(lines.getByText(`line ${LINES}`, { exact: true })).toBeVisible();
  expect(await states()).toEqual(['running']);
  await ask(folder, 'POST', `/runs/${run?.id ?? ''}/cancel`, {});
  await expect.poll(states).toEqual(['cancelled']);
}

test.describe(`the core (${runtime.title})`, () => {
  test('that is killed is started again; the window lives on, and finds it', async ({ desktop }) => {
    const app = await desktop.start();
    const page = await livePage(app);
    await createCluster(desktop.folder, page);
    const before = await corePid(desktop.folder);
    const gone = page.getByText('Live', { exact: true }).waitFor({ state: 'hidden' });
    process.kill(before, 'SIGKILL');
    await gone;
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    expect(await corePid(desktop.folder)).not.toBe(before);
    await expect(page.getByText('bell tower').first()).toBeVisible();
  });

  test('adopts what ran when it was killed', async ({ desktop }) => {
    const app = await desktop.start();
    await createCluster(desktop.folder, await livePage(app));
    await define(desktop.folder, 'long-one', ['sleep', '600']);
    await ask(desktop.folder, 'POST', '/tasks/long-one/run', {});
    const runs = (): ReturnType<typeof runsOf> => runsOf(desktop.folder);
    await expect.poll(async () => (await runs()).map(({ state }) => state)).toEqual(['running']);
    const [run] = await runs();
    const before = await corePid(desktop.folder);
    process.kill(before, 'SIGKILL');
    await expect.poll(() => corePid(desktop.folder)).not.toBe(before);
    const same = expect.objectContaining({ id: run?.id, state: 'running', attempt: 1 });
    await expect.poll(() => runs().catch(() => [])).toEqual([same]);
    await expect(() => ask(desktop.folder, 'POST', `/runs/${run?.id ?? ''}/cancel`, {})).toPass();
    await expect.poll(async () => (await runs()).map(({ state }) => state)).toEqual(['cancelled']);
  });

  test('brings what a running task prints to the open page, MiBs of it', async ({ desktop }) => {
    const page = await livePage(await desktop.start());
    await createCluster(desktop.folder, page);
    await printsIntoPage(desktop.folder, page);
  });

  test('is told as offline by the tray while it is away', async ({ desktop }) => {
    inDoubleOnly('a tray cannot be read back from the real program');
    const app = await desktop.start(['--hidden']);
    await expect.poll(() => trayState(app)).toBe('fine');
    process.kill(await corePid(desktop.folder), 'SIGKILL');
    await expect.poll(() => trayStates(app)).toEqual(['offline', 'fine', 'offline', 'fine']);
    expect(await forks(app)).toHaveLength(2);
  });

  test('is the agent that runs already, where there is one', async ({ desktop }) => {
    const agent = await startAgent(desktop.folder);
    try {
      const app = await desktop.start();
      const page = await livePage(app);
      await createCluster(desktop.folder, page);
      expect(await corePid(desktop.folder)).toBe(agent.pid);
      await app.close();
      expect(agent.exitCode).toBeNull();
      expect(await ask(desktop.folder, 'GET', '/cluster')).toMatchObject({ cluster: { name: 'bell tower' } });
    } finally {
      await endAgent(agent);
    }
  });

  test('that is an agent brings what a running task prints to the open page, too', async ({ desktop }) => {
    const agent = await startAgent(desktop.folder);
    try {
      const page = await livePage(await desktop.start());
      await createCluster(desktop.folder, page);
      expect(await corePid(desktop.folder)).toBe(agent.pid);
      await printsIntoPage(desktop.folder, page);
    } finally {
      await endAgent(agent);
    }
  });

  test('takes the place of that agent when it ends', async ({ desktop }) => {
    const agent = await startAgent(desktop.folder);
    const app = await desktop.start();
    const page = await livePage(app);
    await createCluster(desktop.folder, page);
    await endAgent(agent);
    await expect.poll(() => corePid(desktop.folder)).not.toBe(0);
    expect(await corePid(desktop.folder)).not.toBe(agent.pid);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(page.getByText('bell tower').first()).toBeVisible();
  });

  test('takes leave before the machine sleeps, and comes back when it wakes', async ({ desktop }) => {
    const app = await desktop.start();
    const page = await livePage(app);
    const before = await corePid(desktop.folder);
    await app.evaluate(({ powerMonitor }) => powerMonitor.emit('suspend'));
    await expect.poll(() => corePid(desktop.folder)).toBe(0);
    await expect(page.getByText('Live', { exact: true })).toBeHidden();
    await app.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'));
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    expect(await corePid(desktop.folder)).not.toBe(before);
  });

  test('takes leave before the machine shuts down, which waits for that', async ({ desktop }) => {
    inDoubleOnly('the real program does not hear of it this way');
    const app = await desktop.start(['--hidden']);
    await expect.poll(() => trayState(app)).toBe('fine');
    const closed = app.waitForEvent('close');
    const isWaitedFor = await app.evaluate(({ powerMonitor }) => {
      let prevented = false;
      powerMonitor.emit('shutdown', { preventDefault: () => (prevented = true) });
      return prevented;
    });
    expect(isWaitedFor).toBe(true);
    await closed;
    expect(await readFile(join(desktop.folder, 'agent.log'), 'utf8')).toContain('the agent has ended');
  });

  test('lives on with its runs when the page breaks down, and serves the page that is made anew', async ({
    desktop,
  }) => {
    const app = await desktop.start();
    const page = await livePage(app);
    await createCluster(desktop.folder, page);
    await define(desktop.folder, 'long-one', ['sleep', '600']);
    await ask(desktop.folder, 'POST', '/tasks/long-one/run', {});
    const states = async (): Promise<string[]> => (await runsOf(desktop.folder)).map(({ state }) => state);
    await expect.poll(states).toEqual(['running']);
    const before = await corePid(desktop.folder);
    const asked = await app.evaluateHandle(({ BrowserWindow, ipcMain }) => {
      const times: number[] = [];
      ipcMain.on('core-port', () => times.push(times.length));
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
      return times;
    });
    // Pages that broke down are no more to be looked into; the new one asks for its port.
    await expect.poll(async () => (await asked.jsonValue()).length).toBeGreaterThan(0);
    expect(await corePid(desktop.folder)).toBe(before);
    const [run] = await runsOf(desktop.folder);
    expect(run).toMatchObject({ state: 'running', attempt: 1 });
    await ask(desktop.folder, 'POST', `/runs/${run?.id ?? ''}/cancel`, {});
    await expect.poll(states).toEqual(['cancelled']);
  });

  test('knows of mains and idle time what the desktop knows', async ({ desktop }) => {
    inDoubleOnly('the power of a real machine is as it is');
    const app = await desktop.start(['--hidden']);
    await expect.poll(() => trayState(app)).toBe('fine');
    await ask(desktop.folder, 'PUT', '/policy', { policy: { mainsOnly: true, idleMinutes: 5 } });
    await app.evaluate(() => {
      (globalThis as unknown as { electronDouble: DoubleView }).electronDouble.pretendPower(true, 90);
    });
    await expect
      .poll(() => ask(desktop.folder, 'GET', '/policy'))
      .toMatchObject({ onMains: false, idleMs: 90_000, refusal: { rule: 'mainsOnly' } });
  });

  test('ends with the app, and lets the data folder go', async ({ desktop }) => {
    const app = await desktop.start();
    await livePage(app);
    const pid = await corePid(desktop.folder);
    expect(pid).toBeGreaterThan(0);
    await app.close();
    expect(await corePid(desktop.folder)).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await readFile(join(desktop.folder, 'agent.log'), 'utf8')).toContain('the agent has ended');
  });

  test('that cannot start says why in the tray and in the window', async ({ desktop }) => {
    inDoubleOnly('a tray cannot be read back from the real program');
    const agent = spawn(
      process.execPath,
      [
        join(ROOT, 'agent', 'bin', 'carillon.mjs'),
        'start',
        '--data',
        desktop.folder,
        '--json',
        '--no-mdns',
        '--console',
        'off',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    await new Promise((resolve) => agent.stdout.once('data', resolve));
    try {
      const app = await desktop.start();
      await expect
        .poll(() => trayLabels(app))
        .toContainEqual(expect.stringMatching(/uses the data folder.* again at /));
      expect(await trayState(app)).toBe('offline');
      const page = await app.firstWindow();
      await expect(page.getByRole('alert').getByText(/uses the data folder/)).toBeVisible();
    } finally {
      await endAgent(agent);
    }
  });
});
