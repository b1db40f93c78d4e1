/**
 * The desktop app: a thin host of the core. Nothing is decided here but what a desktop asks for: one instance, one window, a
 * tray, and a core in a process of its own. Everything before `ready` happens while this module loads, which never waits:
 * Electron becomes ready only once its main module has been read.
 *
 * This folder is the shell: each of its files speaks to Electron and joins it to what decides, as thinly as that goes, and
 * is shown by the specs of the desktop alone. What decides is in `../decisions`: it knows Electron by its types at most, runs
 * without a desktop, and has unit tests.
 */
import { mkdirSync } from 'node:fs';
import { app, crashReporter } from 'electron';
import { registerAppScheme } from './app-protocol.ts';
import { DesktopApp } from './desktop-app.ts';
import { APP_ID } from '../shared/app-id.ts';
import { LINK_SCHEME } from '../decisions/deep-link.ts';
import { guardPages } from './guards.ts';
import { readStartOptions } from '../decisions/start-options.ts';

const options = readStartOptions(process.argv, process.env);
mkdirSync(options.stateFolder, { recursive: true, mode: 0o700 });
app.setPath('userData', options.stateFolder);
app.setName('Carillon');
if (process.platform === 'win32') app.setAppUserModelId(APP_ID);
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
