/**
 * The desktop app: a thin host of the core. Nothing is decided here but what a desktop asks for: one instance, one window, a
 * tray, and a core in a process of its own. Everything before `ready` happens while this module loads, which never waits:
 * Electron becomes ready only once its main module has been read.
 *
 * The folder has two kinds of files. Those that speak to Electron are the shell, as thin as the wiring allows, and are shown
 * by the specs alone: `main`, `desktop-app` (joins all), `main-window`, `app-protocol`, `guards`, `app-tray`, `machine-power`,
 * `login-start`, `system-notifications`, `system-updates`. The others decide, take from Electron types at most, and have unit
 * tests: `core-supervisor`, `key-protection`, `notifier`, `updates`, `glance`, `tray-menu`, `app-menu`, `window-place`,
 * `deep-link`, `task-file`, `start-options`, `desktop-settings`. `core-client`, `core-watch` and `desk` are a client of the API like the
 * page: they read what tray and notifications show.
 */
import { mkdirSync } from 'node:fs';
import { app, crashReporter } from 'electron';
import { registerAppScheme } from './app-protocol.ts';
import { DesktopApp } from './desktop-app.ts';
import { LINK_SCHEME } from './deep-link.ts';
import { guardPages } from './guards.ts';
import { readStartOptions } from './start-options.ts';

const options = readStartOptions(process.argv, process.env);
mkdirSync(options.stateFolder, { recursive: true, mode: 0o700 });
app.setPath('userData', options.stateFolder);
app.setName('Carillon');
app.enableSandbox();
// Into the state folder, and no further.
crashReporter.start({ uploadToServer: false });
registerAppScheme();
guardPages();

if (app.requestSingleInstanceLock()) {
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  const desktop = new DesktopApp(options);
  desktop.listen();
  void app.whenReady().then(() => desktop.start());
} else {
  // The other instance was told, and shows its window.
  app.quit();
}
