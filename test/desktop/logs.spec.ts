/** The log of the main process: what a person sends whose app does not start, or does not do what it should. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { clickTray, corePid, inDoubleOnly, journalOf, livePage, test } from './desktop-test.ts';
import { APP, ROOT, launch, runtime } from './launch.ts';

function logIn(folder: string): Promise<string> {
  return readFile(join(folder, 'desktop.log'), 'utf8').catch(() => '');
}

/** Starts the app without anybody who waits for its window. Resolves with its exit code. */
async function exitCodeOf(dataFolder: string): Promise<number | null> {
  const app = spawn(runtime.path, [APP, `--data=${dataFolder}`, '--hidden'], {
    cwd: ROOT,
    stdio: 'ignore',
    env: { ...process.env, CARILLON_MDNS: 'off' },
  });
  return new Promise((resolve) => app.once('exit', resolve));
}

test.describe(`the log (${runtime.title})`, () => {
  test('tells when the app started, in which version, and when it ended', async ({ desktop }) => {
    const app = await desktop.start();
    await livePage(app);
    const version = await app.evaluate(({ app: { getVersion } }) => getVersion.call(null));
    await app.close();
    const text = await logIn(desktop.folder);
    expect(text).toMatch(new RegExp(`Z info  the desktop app starts version=${version.replaceAll('.', '\\.')} `));
    expect(text).toMatch(/Z info {2}the desktop app has ended\n$/);
  });

  test('has the reason when the app does not start', async ({ desktop }) => {
    inDoubleOnly('the real program waits until somebody has read its box');
    await writeFile(join(desktop.folder, 'desktop'), 'a file in the place of a folder');
    expect(await exitCodeOf(desktop.folder)).toBe(1);
    expect(await logIn(desktop.folder)).toMatch(/Z error a fault of the app fault=.*EEXIST.*shell\.js/);
  });

  test('has the last words of a core that cannot be started', async ({ desktop }) => {
    await mkdir(join(desktop.folder, 'carillon.db'), { recursive: true });
    await desktop.start(['--hidden']);
    await expect.poll(() => logIn(desktop.folder)).toMatch(/Z error the core ended with \d+ .*it could not start/);
    expect(await logIn(desktop.folder)).toMatch(/Z info {2}the core is \{ +kind: 'down', .*reason: '.*database/);
  });

  test('has what became of a core that was killed', async ({ desktop }) => {
    const app = await desktop.start();
    await livePage(app);
    process.kill(await corePid(desktop.folder), 'SIGKILL');
    await expect
      .poll(() => logIn(desktop.folder))
      .toMatch(/Z error the core ended with \d+ .*the reserve of disk space/);
  });

  test('is not touched by a second start', async ({ desktop }) => {
    const app = await desktop.start();
    await livePage(app);
    const before = await logIn(desktop.folder);
    const second = await launch(desktop.folder).catch(() => undefined);
    await second?.waitForEvent('close');
    expect(await logIn(desktop.folder)).toBe(before);
  });

  test('is shown by the tray and by the menu', async ({ desktop }) => {
    inDoubleOnly('the real program opens a file manager');
    const app = await desktop.start(['--hidden']);
    await app.evaluate((electron) => electron.app.whenReady());
    await app.evaluate(({ Menu }) => void Menu.getApplicationMenu()?.getMenuItemById('logs')?.click());
    await expect.poll(() => journalOf(app, 'shell.openPath')).toEqual([[desktop.folder]]);
    await clickTray(app, 'tray-logs');
    await expect.poll(() => journalOf(app, 'shell.openPath')).toEqual([[desktop.folder], [desktop.folder]]);
  });
});
