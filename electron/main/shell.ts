/**
 * The desktop app: a thin host of the core. Nothing is decided here but what a desktop asks for: one instance, one window, a
 * tray, and a core in a process of its own.
 */
import { mkdirSync } from 'node:fs';
import { app, crashReporter } from 'electron';
import type { Logger } from '../../core/ports/logger.ts';
import { LINK_SCHEME } from '../decisions/deep-link.ts';
import type { StartOptions } from '../decisions/start-options.ts';
import { APP_ID } from '../shared/app-id.ts';
import { registerAppScheme } from './app-protocol.ts';
import { DesktopApp } from './desktop-app.ts';
import { guardPages } from './guards.ts';

/** Before the app is ready. */
export function startShell(options: StartOptions, { log }: Logger): void {
  mkdirSync(options.stateFolder, { recursive: true, mode: 0o700 });
  app.setPath('userData', options.stateFolder);
  app.setName('Carillon');
  if (process.platform === 'win32') app.setAppUserModelId(APP_ID);
  app.enableSandbox();
  // Into the state folder, and no further.
  crashReporter.start({ uploadToServer: false });
  registerAppScheme();
  guardPages();
  if (!app.requestSingleInstanceLock()) {
    // The other instance was told, and shows its window.
    app.quit();
    return;
  }
  log('info', 'the desktop app starts', { version: app.getVersion(), electron: process.versions['electron'] });
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  const desktop = new DesktopApp(options);
  desktop.listen();
  app.on('quit', () => log('info', 'the desktop app has ended'));
  void app.whenReady().then(() => desktop.start());
}
