/**
 * When the app is updated: looked for now and then, fetched only when a person agrees, installed never while tasks run here,
 * and only when a person agrees again. Runs would survive it; their person should not be surprised all the same. Decides
 * alone; the updater, the questions and the clock are given (`desktop-app.ts`).
 */

export interface UpdateHost {
  /** False where the app runs from its sources: only what was installed can be updated. */
  readonly isInstalled: boolean;
  readonly version: string;
  /** Tasks run on this machine. */
  isBusy(): boolean;
  say(title: string, body: string): void;
  /** @param buttons to agree, and not to. */
  ask(message: string, buttons: readonly [string, string]): Promise<boolean>;
  /** Made when it is first needed. */
  loadUpdater(): Promise<Updater>;
  /** Resolves after a while. */
  pause(delayMs: number): Promise<unknown>;
}

/** What is used of electron-updater. */
export interface Updater {
  autoDownload: boolean;
  autoInstallOnAppQuit: boolean;
  checkForUpdates(): Promise<{ readonly isUpdateAvailable: boolean; readonly updateInfo: { version: string } } | null>;
  downloadUpdate(): Promise<unknown>;
  quitAndInstall(): void;
}

export const LOOK_EVERY_MS = 24 * 3_600_000;
export const BUSY_LOOK_MS = 60_000;

export class Updates {
  #working = false;
  #ready = false;
  readonly #host: UpdateHost;

  constructor(host: UpdateHost) {
    this.#host = host;
  }

  /** @param why a person who asked is told also that there is nothing new. */
  async check(why: 'timer' | 'asked'): Promise<void> {
    if (this.#working) return;
    if (!this.#host.isInstalled) {
      if (why === 'asked') this.#host.say('No updates here', 'This copy runs from its sources: update those.');
      return;
    }
    this.#working = true;
    try {
      const updater = await this.#host.loadUpdater();
      updater.autoDownload = false;
      updater.autoInstallOnAppQuit = false;
      if (await this.#fetched(updater, why)) await this.#install(updater);
    } catch (fault) {
      if (why === 'asked') this.#host.say('Updates could not be looked for', String(fault));
    } finally {
      this.#working = false;
    }
  }

  /** Whether an update lies here, ready. */
  async #fetched(updater: Updater, why: 'timer' | 'asked'): Promise<boolean> {
    if (this.#ready) return true;
    const found = await updater.checkForUpdates();
    if (found?.isUpdateAvailable !== true) {
      if (why === 'asked') this.#host.say('Carillon is up to date', `This is version ${this.#host.version}.`);
      return false;
    }
    if (!(await this.#host.ask(`Carillon ${found.updateInfo.version} can be had.`, ['Fetch it', 'Not now'])))
      return false;
    await updater.downloadUpdate();
    this.#ready = true;
    return true;
  }

  /** Asks once no task runs here; a task that was started while the question stood comes first. */
  async #install(updater: Updater): Promise<void> {
    while (this.#host.isBusy()) await this.#host.pause(BUSY_LOOK_MS);
    const question = 'The update is ready. Carillon is started anew for it.';
    if (!(await this.#host.ask(question, ['Install now', 'Later']))) return;
    if (this.#host.isBusy()) this.#host.say('The update waits', 'Tasks run on this machine just now.');
    else updater.quitAndInstall();
  }
}
