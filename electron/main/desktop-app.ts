/**
 * The app as a whole: joins window, tray, menu, notifications, power and core. Ends only when it is told to: by the tray, the
 * menu, the system, or the second answer to the question that closing the window asks once.
 */
import { join } from 'node:path';
import {
  Menu,
  MessageChannelMain,
  type MessagePortMain,
  app,
  dialog,
  safeStorage,
  shell,
  utilityProcess,
} from 'electron';
import { PROGRAM_FOLDER } from '../../agent/version.ts';
import { isKeyWrapped } from '../../core/adapters/keys/key-file.ts';
import { appMenu } from '../decisions/app-menu.ts';
import { serveApp } from './app-protocol.ts';
import { AppTray } from './app-tray.ts';
import { placeOfLink } from '../decisions/deep-link.ts';
import { DesktopSettings } from '../decisions/desktop-settings.ts';
import { type CoreState, CoreSupervisor } from '../decisions/core-supervisor.ts';
import { Desk } from '../decisions/desk.ts';
import { offlineGlance, offlineText } from '../decisions/glance.ts';
import { guardPermissions } from './guards.ts';
import { keysForCore, whyNoKeyring } from '../decisions/key-protection.ts';
import { setStartAtLogin, startsAtLogin, wasStartedAtLogin } from './login-start.ts';
import { WakeLock, watchPower } from './machine-power.ts';
import { MainWindow, preloadOf } from './main-window.ts';
import { type StartOptions, linkIn } from '../decisions/start-options.ts';
import { systemNotifications } from './system-notifications.ts';
import { startUpdates, updateWay } from './system-updates.ts';
import { fileIn, readTaskFile } from '../decisions/task-file.ts';
import type { Updates } from '../decisions/updates.ts';

const RESOURCES = join(PROGRAM_FOLDER, 'resources');
const CORE_MODULE = join(PROGRAM_FOLDER, 'out', 'desktop', 'electron', 'core-host', 'core-process.js');
const RENDERER = join(PROGRAM_FOLDER, 'out', 'renderer');

export class DesktopApp {
  readonly #options: StartOptions;
  readonly #settings: DesktopSettings;
  readonly #core: CoreSupervisor;
  readonly #window: MainWindow;
  readonly #desk: Desk;
  readonly #wakeLock = new WakeLock();
  #updates: Updates | undefined;
  #tray: AppTray | undefined;
  #stopPower: () => void = () => undefined;
  /** The core has ended, and nothing holds the app any more. */
  #over = false;
  #ending = false;

  /** Before the app is ready. */
  constructor(options: StartOptions) {
    this.#options = options;
    this.#settings = new DesktopSettings(options.stateFolder);
    this.#core = new CoreSupervisor({
      fork: () => utilityProcess.fork(CORE_MODULE, [options.dataFolder], { serviceName: 'Carillon core' }),
      keys: () => keysForCore(safeStorage, process.platform, options, this.#settings.choices.keysInKeyring),
      now: () => Date.now(),
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
      tell: (state) => this.#coreIs(state),
    });
    this.#window = new MainWindow({
      settings: this.#settings,
      preload: preloadOf(PROGRAM_FOLDER),
      icon: join(RESOURCES, 'icons', '512x512.png'),
      openPort: () => this.#openPort(),
      seen: () => this.#desk.seen(),
      quit: () => app.quit(),
    });
    this.#desk = new Desk({
      openPort: () => this.#openPort(),
      tell: systemNotifications((hash) => this.#window.show(hash)),
      show: (glance) => {
        this.#tray?.show(glance);
        this.#wakeLock.hold(this.#settings.choices.keepAwake === true && this.#desk.isBusyHere);
      },
    });
  }

  /** Hears what the system wants of the app. Before it is ready. */
  listen(): void {
    app.on('second-instance', (_event, words, folder) => this.#showWhatIsIn(words, folder));
    app.on('open-file', (event, path) => {
      event.preventDefault();
      void app.whenReady().then(() => this.#showFile(path));
    });
    app.on('open-url', (event, url) => {
      event.preventDefault();
      const hash = placeOfLink(url);
      if (hash !== undefined) void app.whenReady().then(() => this.#window.show(hash));
    });
    app.on('activate', () => this.#window.show());
    app.on('window-all-closed', () => undefined);
    app.on('before-quit', (event) => this.#beforeQuit(event));
  }

  /** Once the app is ready. */
  start(): void {
    guardPermissions();
    serveApp(RENDERER);
    this.#setMenu();
    this.#tray = new AppTray(join(RESOURCES, 'tray'), offlineGlance('Starting …'), {
      open: (hash) => this.#window.show(hash),
      pause: (until) => void this.#desk.pause(until),
      quit: () => app.quit(),
    });
    this.#stopPower = watchPower({
      sleep: () => void this.#core.sleep(),
      wake: () => this.#core.wake(),
      shutdown: () => app.quit(),
      conditions: (conditions) => this.#core.tellConditions(conditions),
    });
    this.#core.start();
    this.#updates = startUpdates({
      isBusy: () => this.#desk.isBusyHere,
      say: (title, body) => this.#desk.say(title, body),
      leave: async () => {
        this.#window.letGo();
        await this.#core.sleep();
        app.releaseSingleInstanceLock();
      },
      goOn: () => {
        app.requestSingleInstanceLock();
        this.#core.wake();
        this.#window.holdOn();
      },
    });
    const { hidden, hash, file } = this.#options;
    if (!(hidden || wasStartedAtLogin()) || hash !== undefined) this.#window.show(hash);
    if (file !== undefined) this.#showFile(file);
  }

  #showWhatIsIn(words: readonly string[], folder: string): void {
    this.#window.show(linkIn(words));
    const file = fileIn(words, folder);
    if (file !== undefined) this.#showFile(file);
  }

  #showFile(path: string): void {
    void readTaskFile(path).then((file) => this.#window.showFile(file));
  }

  #coreIs(state: CoreState): void {
    if (state.kind === 'serving') {
      void this.#desk.connect();
      this.#window.coreServes();
      return;
    }
    const trouble = offlineText(state);
    this.#desk.offline(trouble);
    if (state.kind !== 'starting') this.#window.coreIsGone(trouble);
  }

  #openPort(): MessagePortMain | undefined {
    const { port1, port2 } = new MessageChannelMain();
    return this.#core.connect(port1) ? port2 : undefined;
  }

  #setMenu(): void {
    const template = appMenu(
      {
        startsAtLogin: startsAtLogin(),
        keepsAwake: this.#settings.choices.keepAwake === true,
        keysInKeyring: this.#keysInKeyring(),
        updatesItself: updateWay() === 'self',
        setKeysInKeyring: (wanted) => {
          this.#settings.keep({ keysInKeyring: wanted });
          this.#core.restart();
        },
        setStartAtLogin: (wanted) => this.#setStartAtLogin(wanted),
        setKeepAwake: (wanted) => {
          this.#settings.keep({ keepAwake: wanted });
          this.#desk.showAgain();
        },
        open: (hash) => this.#window.show(hash),
        openLogs: () => void shell.openPath(this.#options.dataFolder),
        checkUpdates: () => void this.#updates?.check('asked'),
        quit: () => app.quit(),
      },
      process.platform,
    );
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }

  #keysInKeyring(): boolean | undefined {
    if (whyNoKeyring(safeStorage, process.platform) !== undefined) return undefined;
    return this.#settings.choices.keysInKeyring ?? isKeyWrapped(this.#options.dataFolder) ?? true;
  }

  #setStartAtLogin(wanted: boolean): void {
    try {
      setStartAtLogin(wanted);
    } catch (fault) {
      dialog.showErrorBox('Carillon cannot be started at login', String(fault));
      this.#setMenu();
    }
  }

  /** The core takes leave first; then the app ends for good. */
  #beforeQuit(event: { preventDefault(): void }): void {
    this.#window.letGo();
    if (this.#over) return;
    event.preventDefault();
    if (this.#ending) return;
    this.#ending = true;
    this.#stopPower();
    void this.#core.stop().then(() => {
      this.#over = true;
      app.quit();
    });
  }
}
