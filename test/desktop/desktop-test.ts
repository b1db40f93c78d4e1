/**
 * One started app for a spec, with what the specs ask of it again and again. What only the double can show (tray, journal) is
 * read through `electronDouble`; such specs are skipped on the real program, and say so.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import type { ElectronApplication, JSHandle, Page } from 'playwright';
import { launch, makeDataFolder, runtime } from './launch.ts';

/** A part of what the double holds, as a spec inside of the app sees it. */
export interface DoubleView {
  readonly journal: readonly { readonly api: string; readonly args: readonly unknown[] }[];
  readonly trayImage: string;
  readonly trayText: string;
  readonly trayMenu: Electron.Menu;
  readonly notifications: readonly Electron.Notification[];
  asked(contents: unknown, permission: string): { request: boolean; check: boolean };
  askedToOpen(contents: unknown, url: string): string;
  pretendPower(onBattery: boolean, idleSeconds: number): void;
}

export interface Desktop {
  readonly folder: string;
  /** Starts the app; it is ended with the test. */
  start(
    words?: readonly string[],
    environment?: Readonly<Record<string, string>>,
    app?: string,
  ): Promise<ElectronApplication>;
}

export const test = base.extend<{ desktop: Desktop }>({
  desktop: async ({}, use) => {
    const folder = makeDataFolder();
    const apps: ElectronApplication[] = [];
    await use({
      folder: folder.path,
      start: async (words = [], environment = {}, program) => {
        const app = await launch(folder.path, words, environment, program);
        apps.push(app);
        return app;
      },
    });
    for (const app of apps) await app.close().catch(() => undefined);
    folder.remove();
  },
});

/** Leaves a test out where the real program runs it, and says why. */
export function inDoubleOnly(why: string): void {
  base.info().skip(!runtime.isDouble, why);
}

export function inElectronOnly(why: string): void {
  base.info().skip(runtime.isDouble, why);
}

export function onLinuxOnly(why: string): void {
  base.info().skip(process.platform !== 'linux', why);
}

/** The window of a page, as the main process has it. */
export async function windowOf(app: ElectronApplication, page: Page): Promise<JSHandle<Electron.BrowserWindow>> {
  return (await app.browserWindow(page)) as JSHandle<Electron.BrowserWindow>;
}

/** The page, once the core has answered it. */
export async function livePage(app: ElectronApplication): Promise<Page> {
  const page = await app.firstWindow();
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
}

/** The process id of whoever holds the data folder; 0 while nobody does. */
export async function corePid(dataFolder: string): Promise<number> {
  const text = await readFile(join(dataFolder, 'agent.pid'), 'utf8').catch(() => '{}');
  return (JSON.parse(text === '' ? '{}' : text) as { pid?: number }).pid ?? 0;
}

/** Asks the API of whoever holds the data folder, as programs of this user do. */
export async function ask(dataFolder: string, method: string, path: string, body?: object): Promise<unknown> {
  const text = await readFile(join(dataFolder, 'console.json'), 'utf8');
  const { port, token } = JSON.parse(text) as { port: number; token: string };
  const answer = await fetch(`http://127.0.0.1:${port}/api${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return answer.json();
}

/** Makes a cluster of this machine, and waits until the page shows it. */
export async function createCluster(dataFolder: string, page: Page): Promise<void> {
  await ask(dataFolder, 'POST', '/cluster', { name: 'bell tower' });
  await expect(page.getByText('bell tower').first()).toBeVisible();
}

/** A task that runs a program. */
export function define(
  dataFolder: string,
  id: string,
  argv: readonly string[],
  schedule: object = {},
): Promise<unknown> {
  const definition = { id, about: { name: id }, schedule, action: { type: 'command', argv } };
  return ask(dataFolder, 'POST', '/tasks', { definitions: [definition] });
}

/** All runs, newest first. */
export async function runsOf(dataFolder: string): Promise<{ id: string; state: string; attempt: number }[]> {
  type Answer = { runs: { id: string; state: string; attempt: number }[] };
  return ((await ask(dataFolder, 'GET', '/runs')) as Answer).runs;
}

/** The icon of the tray: its state. */
export function trayState(app: ElectronApplication): Promise<string> {
  return app.evaluate(() => {
    const { trayImage } = (globalThis as unknown as { electronDouble: DoubleView }).electronDouble;
    return /(\w+)\.png$/.exec(trayImage)?.[1] ?? '';
  });
}

/** All states that the icon has shown, each as long as it lasted, however short that was. */
export async function trayStates(app: ElectronApplication): Promise<string[]> {
  const states = (await journalOf(app, 'tray.setImage')).map(([path]) => /(\w+)\.png$/.exec(String(path))?.[1] ?? '');
  return states.filter((state, index) => state !== states[index - 1]);
}

/** Labels of the tray's menu, with those of menus in it. */
export function trayLabels(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(() => {
    const { trayMenu } = (globalThis as unknown as { electronDouble: DoubleView }).electronDouble;
    const labels = (menu: Electron.Menu): string[] =>
      menu.items.flatMap((item) => [item.label, ...(item.submenu === undefined ? [] : labels(item.submenu))]);
    return labels(trayMenu).filter((label) => label !== '');
  });
}

/** Clicks an item of the tray's menu; returns at once, also when it ends the app. */
export function clickTray(app: ElectronApplication, id: string): Promise<void> {
  return app.evaluate((_electron, itemId) => {
    const { trayMenu } = (globalThis as unknown as { electronDouble: DoubleView }).electronDouble;
    const item = trayMenu.getMenuItemById(itemId);
    if (item === null) throw new Error(`the tray has no ${itemId}`);
    setImmediate(() => void (item.click as () => void)());
  }, id);
}

/** What was called that leaves no trace on a page, such as `shell.openExternal`. */
export function journalOf(app: ElectronApplication, api: string): Promise<unknown[][]> {
  return app.evaluate((_electron, name) => {
    const { journal } = (globalThis as unknown as { electronDouble: DoubleView }).electronDouble;
    return journal.filter((entry) => entry.api === name).map(({ args }) => [...args]);
  }, api);
}
