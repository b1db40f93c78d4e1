/**
 * When the app is updated: looked for now and then, fetched only when a person agrees, installed never while tasks run here or
 * may do so for all that is known, and only when a person agrees again. Runs would survive it; their person should not be surprised all the same. The core takes
 * leave before: an update may start the next copy while this one still ends, and would find it in its way. Decides alone;
 * the updater, the questions and the clock are given (`desktop-app.ts`).
 */

/**
 * How this copy is updated: `self`, it was installed by a package that names a place for updates; `sources`, it runs from its
 * sources; `hand`, its maker named no place, so that there is nothing to look at.
 */
export type UpdateWay = 'self' | 'sources' | 'hand';

export interface UpdateHost {
  readonly way: UpdateWay;
  readonly version: string;
  /** Tasks run on this machine; undefined while nobody knows, as when there is no core to ask. */
  isBusy(): boolean | undefined;
  say(title: string, body: string): void;
  /** @param buttons to agree, and not to. */
  ask(message: string, buttons: readonly [string, string]): Promise<boolean>;
  /** Leaves to the next copy what only one may have: the data folder, and being the one instance. */
  leave(): Promise<void>;
  /** Nothing was put in place: this copy goes on. */
  goOn(): void;
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
  /** Ends the app, unless it tells of an `error`. */
  quitAndInstall(): void;
  once(event: 'error', listener: (fault: Error) => void): unknown;
}

/** What a person who asks is told where there is nothing to look at. */
const NOT_BY_ITSELF: Readonly<Record<Exclude<UpdateWay, 'self'>, string>> = {
  sources: 'It runs from its sources: update those.',
  hand: 'Its maker named no place for updates. Install a newer package over this one; tasks and data stay.',
};
const NOT_INSTALLED = 'It was unpacked, not installed. Put a newer one in its place; tasks and data stay.';

const WAITS = 'The update waits';
const BUSY = 'Tasks run on this machine just now.';
const UNKNOWN = 'Whether tasks run on this machine cannot be told until its core answers.';

export const LOOK_EVERY_MS = 24 * 3_600_000;
export const BUSY_LOOK_MS = 5000;

export class Updates {
  #working = false;
  #ready = false;
  /** Why an update that is ready waits. */
  #waitsFor: string | undefined;
  readonly #host: UpdateHost;

  constructor(host: UpdateHost) {
    this.#host = host;
  }

  /** @param why a person who asked is told also that there is nothing new. */
  async check(why: 'timer' | 'asked'): Promise<void> {
    if (this.#working) {
      if (why === 'asked' && this.#waitsFor !== undefined) this.#host.say(WAITS, this.#waitsFor);
      return;
    }
    const { way } = this.#host;
    if (way !== 'self') {
      if (why === 'asked') this.#notByItself(NOT_BY_ITSELF[way]);
      return;
    }
    this.#working = true;
    try {
      const updater = await this.#host.loadUpdater();
      updater.autoDownload = false;
      updater.autoInstallOnAppQuit = false;
      if (await this.#fetched(updater, why)) await this.#install(updater);
    } catch (fault) {
      // In full for whoever reads the log; a person gets words.
      console.warn('updates:', String(fault));
      if (why === 'asked') this.#host.say('No update this time', troubleText(fault));
    } finally {
      this.#working = false;
    }
  }

  /** Whether an update lies here, ready. */
  async #fetched(updater: Updater, why: 'timer' | 'asked'): Promise<boolean> {
    if (this.#ready) return true;
    const found = await updater.checkForUpdates();
    // The updater looks at nothing where it could not put anything in place.
    if (found === null) {
      if (why === 'asked') this.#notByItself(NOT_INSTALLED);
      return false;
    }
    if (!found.isUpdateAvailable) {
      if (why === 'asked') this.#host.say('Carillon is up to date', `This is version ${this.#host.version}.`);
      return false;
    }
    if (!(await this.#host.ask(`Carillon ${found.updateInfo.version} can be had.`, ['Fetch it', 'Not now'])))
      return false;
    await updater.downloadUpdate();
    this.#ready = true;
    return true;
  }

  #notByItself(advice: string): void {
    this.#host.say('This copy is not updated by itself', advice);
  }

  /** Asks once it is known that no task runs here; a task that was started while the question stood comes first. */
  async #install(updater: Updater): Promise<void> {
    await this.#idle();
    const question = 'The update is ready. Carillon is started anew for it.';
    if (!(await this.#host.ask(question, ['Install now', 'Later']))) return;
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) {
      this.#host.say(WAITS, obstacle);
      return;
    }
    await this.#host.leave();
    updater.once('error', (fault) => {
      console.warn('updates:', String(fault));
      this.#host.goOn();
      this.#host.say('The update could not be installed', troubleText(fault));
    });
    updater.quitAndInstall();
  }

  /** Resolves once it is known that no task runs here. */
  async #idle(): Promise<void> {
    for (;;) {
      const obstacle = this.#obstacle();
      if (obstacle !== undefined && obstacle !== this.#waitsFor) console.info('an update waits:', obstacle);
      this.#waitsFor = obstacle;
      if (obstacle === undefined) return;
      await this.#host.pause(BUSY_LOOK_MS);
    }
  }

  /** What keeps an update from being installed now, in words. */
  #obstacle(): string | undefined {
    const isBusy = this.#host.isBusy();
    if (isBusy === undefined) return UNKNOWN;
    return isBusy ? BUSY : undefined;
  }
}

/** A fault of the updater in words: what a person can do, without what only its makers understand. */
export function troubleText(fault: unknown): string {
  const { code, message } = fault instanceof Error ? codeOf(fault) : { code: '', message: String(fault) };
  return (
    TROUBLES.find(({ sign }) => sign.test(code) || sign.test(message))?.text ??
    'It could not be made ready. Try again later.'
  );
}

function codeOf(fault: Error): { readonly code: string; readonly message: string } {
  return { code: 'code' in fault && typeof fault.code === 'string' ? fault.code : '', message: fault.message };
}

/** Signs are codes of Node, of Chromium's network (`net::ERR_…`), and of electron-updater; the first that fits speaks. */
const TROUBLES: readonly { readonly sign: RegExp; readonly text: string }[] = [
  { sign: /^ENOSPC$/, text: 'The disk is full.' },
  {
    sign: /^(?:EACCES|EPERM|EROFS)$/,
    text: 'The app may not write where the update would go. Install the newer package by hand.',
  },
  { sign: /CHECKSUM|ERR_DATA_SPLITTER/, text: 'What was fetched is damaged, and was thrown away. Try again later.' },
  { sign: /SIGNATURE/, text: 'What was fetched is not signed by the maker of this copy, and was thrown away.' },
  { sign: /ERR_CERT|CERT_|SSL|TLS/, text: 'The place for updates cannot be trusted: its certificate does not hold.' },
  {
    sign: /^HTTP_ERROR_4|CHANNEL_FILE_NOT_FOUND|ASSET_NOT_FOUND|RELEASE_NOT_FOUND|NO_PUBLISHED|LATEST_VERSION_NOT_FOUND/,
    text: 'The place for updates has none for this kind of machine.',
  },
  { sign: /^HTTP_ERROR_5/, text: 'The place for updates is out of order. Try again later.' },
  {
    sign: /^(?:ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE)$|net::ERR_|timed? ?out/i,
    text: 'The place for updates cannot be reached. Is this machine online?',
  },
  {
    sign: /ERR_UPDATER_INVALID|ERR_UPDATER_NO_|ERR_XML|YAML/,
    text: 'The answer of the place for updates is not understood.',
  },
];
