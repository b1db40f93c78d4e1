/**
 * Updates, by electron-updater: looked for now and then, fetched only when a person agrees, installed never while tasks run
 * here, and only when a person agrees again. Runs would survive it; their person should not be surprised all the same.
 */
import { app, dialog } from 'electron';

export interface UpdateHost {
  /** Tasks run on this machine. */
  isBusy(): boolean;
  say(title: string, body: string): void;
}

/** What is used of electron-updater. */
export interface Updater {
  autoDownload: boolean;
  autoInstallOnAppQuit: boolean;
  checkForUpdates(): Promise<{ readonly isUpdateAvailable: boolean; readonly updateInfo: { version: string } } | null>;
  downloadUpdate(): Promise<unknown>;
  quitAndInstall(): void;
}

const LOOK_EVERY_MS = 24 * 3_600_000;
const BUSY_LOOK_MS = 60_000;

export class Updates {
  #working = false;
  #ready = false;
  readonly #host: UpdateHost;
  readonly #load: () => Promise<Updater>;

  constructor(host: UpdateHost, load: () => Promise<Updater> = loadUpdater) {
    this.#host = host;
    this.#load = load;
  }

  /** Only what was installed can be updated. */
  start(): void {
    if (!app.isPackaged) return;
    void this.check('timer');
    setInterval(() => void this.check('timer'), LOOK_EVERY_MS).unref();
  }

  /** @param why a person who asked is told also that there is nothing new. */
  async check(why: 'timer' | 'asked'): Promise<void> {
    if (this.#working) return;
    if (!app.isPackaged) {
      if (why === 'asked') this.#host.say('No updates here', 'This copy runs from its sources: update those.');
      return;
    }
    this.#working = true;
    try {
      await this.#checkNow(why);
    } catch (fault) {
      if (why === 'asked') this.#host.say('Updates could not be looked for', String(fault));
    } finally {
      this.#working = false;
    }
  }

  async #checkNow(why: 'timer' | 'asked'): Promise<void> {
    const updater = await this.#load();
    updater.autoDownload = false;
    updater.autoInstallOnAppQuit = false;
    if (!this.#ready) {
      const found = await updater.checkForUpdates();
      if (found?.isUpdateAvailable !== true) {
        if (why === 'asked') this.#host.say('Carillon is up to date', `This is version ${app.getVersion()}.`);
        return;
      }
      const fetchIt = await ask(`Carillon ${found.updateInfo.version} can be had.`, ['Fetch it', 'Not now']);
      if (!fetchIt) return;
      await updater.downloadUpdate();
      this.#ready = true;
    }
    await this.#idle();
    if (await ask('The update is ready. Carillon is started anew for it.', ['Install now', 'Later'])) {
      if (this.#host.isBusy()) return this.#host.say('The update waits', 'Tasks run on this machine just now.');
      updater.quitAndInstall();
    }
  }

  /** Resolves when no task runs here. */
  async #idle(): Promise<void> {
    while (this.#host.isBusy()) await new Promise((resolve) => setTimeout(resolve, BUSY_LOOK_MS).unref());
  }
}

async function ask(message: string, buttons: [string, string]): Promise<boolean> {
  const { response } = await dialog.showMessageBox({ type: 'question', message, buttons, defaultId: 0, cancelId: 1 });
  return response === 0;
}

async function loadUpdater(): Promise<Updater> {
  // It makes its updater when that is first read, which an import by name would miss.
  return (await import('electron-updater')).default.autoUpdater;
}
