/** Updates by electron-updater: its questions by the dialogs of the system, its clock that of the process. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { app, dialog } from 'electron';
import { LOOK_EVERY_MS, type UpdateHost, type UpdateWay, Updates } from '../decisions/updates.ts';

/** Beside the archive of a package that names a place for updates; electron-builder writes it, electron-updater reads it. */
const PLACE_FILE = 'app-update.yml';

export function updateWay(): UpdateWay {
  if (!app.isPackaged) return 'sources';
  return existsSync(join(process.resourcesPath, PLACE_FILE)) ? 'self' : 'hand';
}

/** Looks for updates from now on, where this copy is updated by itself. Once it is ready. */
export function startUpdates(host: Pick<UpdateHost, 'isBusy' | 'say' | 'leave' | 'goOn'>): Updates {
  const way = updateWay();
  const updates = new Updates({
    ...host,
    way,
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
  if (way !== 'self') return updates;
  void updates.check('timer');
  setInterval(() => void updates.check('timer'), LOOK_EVERY_MS).unref();
  return updates;
}
