/** What differs from system to system, shown on Linux by a double that says it is on another one. */
import { expect } from '@playwright/test';
import { inDoubleOnly, journalOf, livePage, test, trayState } from './desktop-test.ts';
import { makeInstalledCopy } from './installed-copy.ts';
import { runtime } from './launch.ts';

const MAC = { DOUBLE_PLATFORM: 'darwin' };
const WINDOWS = { DOUBLE_PLATFORM: 'win32' };

test.describe(`on another system (${runtime.title})`, () => {
  test.beforeEach(() => inDoubleOnly('the real program is on the system that it is on'));

  test('macOS: a start at login opens no window, though it comes without words', async ({ desktop }) => {
    const app = await desktop.start([], { ...MAC, DOUBLE_AT_LOGIN: '1' });
    await expect.poll(() => trayState(app)).toBe('fineTemplate');
    expect(app.windows()).toEqual([]);
    const opened = app.waitForEvent('window');
    await app.evaluate((electron) => electron.app.emit('activate'));
    await opened;
  });

  test('macOS: the app has its own menu, and a login item', async ({ desktop }) => {
    const app = await desktop.start([], MAC);
    await livePage(app);
    const menu = await app.evaluate(({ app: it, Menu }) => {
      const first = Menu.getApplicationMenu()?.items[0];
      const login = Menu.getApplicationMenu()?.getMenuItemById('login');
      login?.click();
      return { label: first?.label, login: it.getLoginItemSettings().openAtLogin };
    });
    expect(menu).toEqual({ label: 'Carillon', login: true });
  });

  test('Windows: notifications are shown as those of the package', async ({ desktop }) => {
    const app = await desktop.start(['--hidden'], WINDOWS);
    await expect.poll(() => trayState(app)).toBe('fine');
    expect(await journalOf(app, 'app.setAppUserModelId')).toEqual([['net.carillon.desktop']]);
  });

  test('Windows: is started at login into the tray, and not once that is unchosen', async ({ desktop }) => {
    const app = await desktop.start(['--hidden'], WINDOWS);
    await expect.poll(() => trayState(app)).toBe('fine');
    const choose = (): Promise<boolean> =>
      app.evaluate(({ app: it, Menu }) => {
        Menu.getApplicationMenu()?.getMenuItemById('login')?.click();
        return it.getLoginItemSettings({ args: ['--hidden'] }).openAtLogin;
      });
    expect([await choose(), await choose()]).toEqual([true, false]);
    const items = [true, false].map((openAtLogin) => [{ openAtLogin, args: ['--hidden'] }]);
    expect(await journalOf(app, 'app.setLoginItemSettings')).toEqual(items);
  });
});

test.describe(`links to the app (${runtime.title})`, () => {
  test.beforeEach(() => inDoubleOnly('the real program tells nobody what it has asked of the system'));

  test('are for an installed copy to open, and not for one that runs from the sources', async ({ desktop }) => {
    const fromSources = await desktop.start(['--hidden']);
    expect(await journalOf(fromSources, 'app.setAsDefaultProtocolClient')).toEqual([]);
    await fromSources.close();
    const installed = await desktop.start(['--hidden'], {}, await makeInstalledCopy(desktop.folder));
    expect(await journalOf(installed, 'app.setAsDefaultProtocolClient')).toEqual([['carillon']]);
  });
});
