/** Updates by electron-updater: its questions by the dialogs of the system, its clock that of the process. */
import { setTimeout as pause } from 'node:timers/promises';
import { app, dialog } from 'electron';
import { LOOK_EVERY_MS, type UpdateHost, Updates } from './updates.ts';

/** Looks for updates from now on, where the app was installed. Once it is ready. */
export function startUpdates(host: Pick<UpdateHost, 'isBusy' | 'say'>): Updates {
  const updates = new Updates({
    ...host,
    isInstalled: app.isPackaged,
    version: app.getVersion(),
    ask: async (message, [agree, refuse]) => {
      const buttons = [agree, refuse];
      const asked = { type: 'question', message, buttons, defaultId: 0, cancelId: 1 } as const;
      return (await dialog.showMessageBox(asked)).response === 0;
    },
    // It makes its updater when that is first read, which an import by name would miss.
    loadUpdater: async () => (await import('electron-updater')).default.autoUpdater,
    pause: (delayMs) => pause(delayMs, undefined, { ref: false }),
  });
  if (!app.isPackaged) return updates;
  void updates.check('timer');
  setInterval(() => void updates.check('timer'), LOOK_EVERY_MS).unref();
  return updates;
}
