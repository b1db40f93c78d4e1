/** The window: shows the console over a port, stays within its bounds, is kept where it was, and closes into the tray. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { ask, createCluster, livePage, test, windowOf } from './desktop-test.ts';
import { launch, runtime } from './launch.ts';

test.describe(`the window (${runtime.title})`, () => {
  test('shows the console, live from its core', async ({ desktop }) => {
    const app = await desktop.start();
    const page = await livePage(app);
    await createCluster(desktop.folder, page);
  });

  test('is asked once whether closing it ends the app, and then stays in the tray', async ({ desktop }) => {
    const app = await desktop.start();
    const page = await livePage(app);
    const window = await windowOf(app, page);
    const answers = await app.evaluateHandle(({ dialog }) => {
      const asked: string[] = [];
      dialog.showMessageBox = (...values: unknown[]) => {
        asked.push((values.at(-1) as { message: string }).message);
        return Promise.resolve({ response: 0, checkboxChecked: false });
      };
      return asked;
    });
    await window.evaluate((it) => it.close());
    await expect.poll(() => window.evaluate((it) => it.isVisible())).toBe(false);
    expect(await answers.jsonValue()).toHaveLength(1);
    await window.evaluate((it) => it.show());
    await window.evaluate((it) => it.close());
    expect(await window.evaluate((it) => it.isVisible())).toBe(false);
    expect(await answers.jsonValue()).toHaveLength(1);
  });

  test('ends the app when that is the answer', async ({ desktop }) => {
    const app = await desktop.start();
    const page = await livePage(app);
    const window = await windowOf(app, page);
    await app.evaluate(({ dialog }) => {
      dialog.showMessageBox = () => Promise.resolve({ response: 1, checkboxChecked: false });
    });
    const running = app.process();
    const closed = app.waitForEvent('close');
    await window.evaluate((it) => it.close());
    await closed;
    expect(running.exitCode).toBe(0);
  });

  test('is where it was when the app is started again', async ({ desktop }) => {
    const app = await desktop.start();
    const window = await windowOf(app, await livePage(app));
    await window.evaluate((it) => it.setBounds({ x: 40, y: 50, width: 900, height: 700 }));
    const kept = await window.evaluate((it) => it.getNormalBounds());
    await app.close();
    const text = await readFile(join(desktop.folder, 'desktop', 'desktop.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ window: kept });
    const again = await desktop.start();
    const other = await windowOf(again, await livePage(again));
    expect(await other.evaluate((it) => it.getNormalBounds())).toEqual(kept);
  });

  test('is shown by a second start, which ends at once', async ({ desktop }) => {
    const app = await desktop.start();
    const window = await windowOf(app, await livePage(app));
    await window.evaluate((it) => it.hide());
    const second = await launch(desktop.folder).catch(() => undefined);
    await expect.poll(() => window.evaluate((it) => it.isVisible() && it.isFocused())).toBe(true);
    expect(app.windows()).toHaveLength(1);
    await second?.waitForEvent('close');
  });

  test('is not made by a hidden start', async ({ desktop }) => {
    const app = await desktop.start(['--hidden']);
    await app.evaluate((electron) => electron.app.whenReady());
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(0);
  });

  test('follows the theme of the system', async ({ desktop }) => {
    const app = await desktop.start();
    const page = await livePage(app);
    const isDark = (): Promise<boolean> => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
    expect(await isDark()).toBe(false);
    await app.evaluate(({ nativeTheme }) => {
      nativeTheme.themeSource = 'dark';
    });
    await expect.poll(isDark).toBe(true);
  });

  test('goes to the place that a deep link names', async ({ desktop }) => {
    const app = await desktop.start(['carillon://machines']);
    const page = await livePage(app);
    await expect(page).toHaveURL(/#\/machines$/);
    const second = await launch(desktop.folder, ['carillon://runs?group=failed']).catch(() => undefined);
    await expect(page).toHaveURL(/#\/runs\?group=failed$/);
    await second?.waitForEvent('close');
    // As macOS hands them over.
    await app.evaluate((electron) =>
      electron.app.emit('open-url', { preventDefault: () => undefined }, 'carillon://tasks'),
    );
    await expect(page).toHaveURL(/#\/tasks$/);
    const third = await launch(desktop.folder, ['carillon://evil/../settings']).catch(() => undefined);
    await third?.waitForEvent('close');
    expect(page.url()).toMatch(/#\/tasks$/);
  });

  test('opens a task file in the editor, for review: nothing is saved by that', async ({ desktop }) => {
    const file = join(desktop.folder, 'bells.carillon');
    await writeFile(file, 'name: Ring the bells\nschedule: every 15m\ncommand: [echo, ding]\n');
    const app = await desktop.start([file]);
    const page = await livePage(app);
    await expect(page).toHaveURL(/#\/tasks\/new\?opened=1$/);
    // Until there is a cluster, making one comes first; the file waits for that.
    await createCluster(desktop.folder, page);
    await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Ring the bells');
    const second = await launch(desktop.folder, [join(desktop.folder, 'none.carillon')]).catch(() => undefined);
    await expect(page.getByRole('heading', { name: 'none.carillon is no task' })).toBeFocused();
    await second?.waitForEvent('close');
    const wrong = join(desktop.folder, 'wrong.carillon');
    await writeFile(wrong, 'name: Wrong\nschedule: every now and then\ncommand: [echo]\n');
    await app.evaluate(
      (electron, path) => electron.app.emit('open-file', { preventDefault: () => undefined }, path),
      wrong,
    );
    await expect(page.getByRole('heading', { name: 'wrong.carillon is no task' })).toBeFocused();
    await expect(page.getByText('2:')).toBeVisible();
    const { tasks } = (await ask(desktop.folder, 'GET', '/tasks')) as { tasks: unknown[] };
    expect(tasks).toEqual([]);
  });

  test('has a menu whose items go to their places', async ({ desktop }) => {
    const app = await desktop.start();
    const page = await livePage(app);
    await app.evaluate(({ Menu }) => void Menu.getApplicationMenu()?.getMenuItemById('go-tasks')?.click());
    await expect(page).toHaveURL(/#\/tasks$/);
  });
});
