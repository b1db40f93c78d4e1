/** The tray and what the system is told: states, menu, pause, notifications, start at login. Trays can be read in the double alone. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { ElectronApplication } from 'playwright';
import {
  type DoubleView,
  ask,
  clickTray,
  corePid,
  define,
  inDoubleOnly,
  onLinuxOnly,
  runsOf,
  test,
  trayLabels,
  trayState,
  trayStates,
} from './desktop-test.ts';
import { endAgent, startAgent } from './headless-agent.ts';
import { makeDataFolder, runtime } from './launch.ts';

async function startWithCluster(desktop: {
  folder: string;
  start(words: readonly string[]): Promise<ElectronApplication>;
}): Promise<ElectronApplication> {
  const app = await desktop.start(['--hidden']);
  await expect.poll(() => trayState(app)).toBe('fine');
  await ask(desktop.folder, 'POST', '/cluster', { name: 'bell tower' });
  return app;
}

function notified(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(() =>
    (globalThis as unknown as { electronDouble: DoubleView }).electronDouble.notifications.map(
      ({ title, body }) => `${title}: ${body}`,
    ),
  );
}

/** Clicks the first. */
function clickNotification(app: ElectronApplication): Promise<void> {
  return app.evaluate(() => {
    const [first] = (globalThis as unknown as { electronDouble: DoubleView }).electronDouble.notifications;
    first?.emit('click');
  });
}

test.describe(`the tray (${runtime.title})`, () => {
  test.beforeEach(() => inDoubleOnly('a tray cannot be read back from the real program'));

  test('shows what runs and what comes next', async ({ desktop }) => {
    const app = await startWithCluster(desktop);
    await define(desktop.folder, 'long-one', ['sleep', '600'], {
      triggers: [{ kind: 'cron', expression: '0 3 * * *' }],
    });
    await expect.poll(() => trayLabels(app)).toContainEqual(expect.stringMatching(/03:00.*long-one/));
    await ask(desktop.folder, 'POST', '/tasks/long-one/run', {});
    await expect.poll(() => trayState(app)).toBe('running');
    expect(await trayLabels(app)).toContainEqual(expect.stringMatching(/^ +long-one on /));
    const opened = app.waitForEvent('window');
    await clickTray(app, 'running-0');
    const page = await opened;
    await expect(page).toHaveURL(/#\/runs\/.+/);
    const [run] = await runsOf(desktop.folder);
    await ask(desktop.folder, 'POST', `/runs/${run?.id ?? ''}/cancel`, {});
    await expect.poll(() => trayState(app)).toBe('fine');
  });

  test('draws attention to a failure, tells of it once, and a click goes there', async ({ desktop }) => {
    const app = await startWithCluster(desktop);
    await define(desktop.folder, 'broken', ['false']);
    await ask(desktop.folder, 'POST', '/tasks/broken/run', {});
    await expect.poll(() => trayState(app)).toBe('attention');
    await expect.poll(() => notified(app)).toEqual([expect.stringMatching(/^broken failed on .*: .*exit/i)]);
    const opened = app.waitForEvent('window');
    await clickNotification(app);
    const page = await opened;
    await expect(page).toHaveURL(/#\/runs\/.+/);
    // What is before a person draws no more attention; the next failure does.
    await expect.poll(() => trayState(app)).toBe('fine');
    expect(await notified(app)).toHaveLength(1);
    await ask(desktop.folder, 'POST', '/tasks/broken/run', {});
    await expect.poll(() => trayState(app)).toBe('attention');
    expect(await notified(app)).toHaveLength(2);
  });

  test('tells of a machine that asks to join, with the digits, and a click goes there', async ({ desktop }) => {
    const app = await startWithCluster(desktop);
    const { machineId } = (await ask(desktop.folder, 'GET', '/health')) as { machineId: string };
    const port = await readFile(join(desktop.folder, 'port'), 'utf8');
    const other = makeDataFolder();
    const agent = await startAgent(other.path);
    try {
      const to = `/ip4/127.0.0.1/tcp/${port}/p2p/${machineId}`;
      const { digits } = (await ask(other.path, 'POST', '/pairing/own', { to, machineName: 'new one' })) as {
        digits: string;
      };
      await expect.poll(() => notified(app)).toEqual([`new one asks to join: Its screen must show ${digits}.`]);
      expect(await trayState(app)).toBe('attention');
      const opened = app.waitForEvent('window');
      await clickNotification(app);
      await expect(await opened).toHaveURL(/#\/machines$/);
    } finally {
      await endAgent(agent);
      other.remove();
    }
  });

  test('pauses this machine until tomorrow morning', async ({ desktop }) => {
    const app = await startWithCluster(desktop);
    const sixTomorrow = (from: number): number => {
      const at = new Date(from);
      at.setDate(at.getDate() + 1);
      return at.setHours(6, 0, 0, 0);
    };
    const before = Date.now();
    await clickTray(app, 'pause-tomorrow');
    const paused = async (): Promise<number | undefined> =>
      ((await ask(desktop.folder, 'GET', '/policy')) as { policy: { paused?: number } }).policy.paused;
    await expect.poll(paused).toBeDefined();
    // Two, should midnight pass meanwhile.
    expect([before, Date.now()].map(sixTomorrow)).toContain(await paused());
  });

  test('says that a copy which runs from its sources is not updated', async ({ desktop }) => {
    const app = await desktop.start(['--hidden']);
    await expect.poll(() => trayState(app)).toBe('fine');
    await app.evaluate(({ Menu }) => void Menu.getApplicationMenu()?.getMenuItemById('updates')?.click());
    await expect.poll(() => notified(app)).toEqual([expect.stringContaining('is not updated by itself')]);
  });

  test('pauses this machine for an hour, and ends the pause', async ({ desktop }) => {
    const app = await startWithCluster(desktop);
    await clickTray(app, 'pause-hour');
    const paused = async (): Promise<unknown> =>
      ((await ask(desktop.folder, 'GET', '/policy')) as { policy: { paused?: number } }).policy.paused;
    await expect.poll(paused).toBeGreaterThan(Date.now() + 3_500_000);
    await expect.poll(() => trayLabels(app)).toContainEqual(expect.stringMatching(/^Resume \(paused until/));
    await clickTray(app, 'resume');
    await expect.poll(paused).toBeUndefined();
    await expect.poll(() => trayLabels(app)).toContain('Until tomorrow');
  });

  test('opens the window, and quits the app', async ({ desktop }) => {
    const app = await desktop.start(['--hidden']);
    await expect.poll(() => trayState(app)).toBe('fine');
    const opened = app.waitForEvent('window');
    await clickTray(app, 'open');
    await expect((await opened).getByText('Live', { exact: true })).toBeVisible();
    const running = app.process();
    const closed = app.waitForEvent('close');
    await clickTray(app, 'quit');
    await closed;
    expect(running.exitCode).toBe(0);
  });

  test('starts at login when that is chosen, and no more when it is not', async ({ desktop }) => {
    onLinuxOnly('other systems keep login items themselves');
    const app = await desktop.start(['--hidden']);
    await expect.poll(() => trayState(app)).toBe('fine');
    const file = join(desktop.folder, 'config', 'autostart', 'carillon.desktop');
    const choose = (): Promise<void> =>
      app.evaluate(({ Menu }) => void Menu.getApplicationMenu()?.getMenuItemById('login')?.click());
    await choose();
    expect(await readFile(file, 'utf8')).toMatch(/^Exec=".*" --hidden$/m);
    await choose();
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  test('keeps the machine awake while tasks run, when that is chosen', async ({ desktop }) => {
    const app = await startWithCluster(desktop);
    const blockers = (): Promise<string[]> =>
      app.evaluate(() =>
        (globalThis as unknown as { electronDouble: DoubleView }).electronDouble.journal
          .map(({ api }) => api)
          .filter((api) => api.startsWith('powerSaveBlocker')),
      );
    await define(desktop.folder, 'long-one', ['sleep', '600']);
    await ask(desktop.folder, 'POST', '/tasks/long-one/run', {});
    await expect.poll(() => trayState(app)).toBe('running');
    expect(await blockers()).toEqual([]);
    await app.evaluate(({ Menu }) => void Menu.getApplicationMenu()?.getMenuItemById('awake')?.click());
    await expect.poll(blockers).toEqual(['powerSaveBlocker.start']);
    // The run lives on without its core, and so does its claim on the machine.
    const before = await corePid(desktop.folder);
    process.kill(before, 'SIGKILL');
    await expect.poll(async () => (await trayStates(app)).slice(-3)).toEqual(['running', 'offline', 'running']);
    expect(await blockers()).toEqual(['powerSaveBlocker.start']);
    const [run] = await runsOf(desktop.folder);
    await expect(() => ask(desktop.folder, 'POST', `/runs/${run?.id ?? ''}/cancel`, {})).toPass();
    await expect.poll(blockers).toEqual(['powerSaveBlocker.start', 'powerSaveBlocker.stop']);
  });
});
