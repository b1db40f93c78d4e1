/** What differs from system to system, shown on Linux by a double that says it is on another one. */
import { expect } from '@playwright/test';
import { inDoubleOnly, journalOf, livePage, test, trayState } from './desktop-test.ts';
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
});
