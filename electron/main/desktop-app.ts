/**
 * The app as a whole: joins window, tray, menu, notifications, power and core. Ends only when it is told to: by the tray, the
 * menu, the system, or the second answer to the question that closing the window asks once.
 */
import { join } from 'node:path';
import { Menu, MessageChannelMain, type MessagePortMain, app, dialog, safeStorage, shell } from 'electron';
import { PROGRAM_FOLDER } from '../../agent/version.ts';
import { appChoices } from '../decisions/app-choices.ts';
import { appMenu } from '../decisions/app-menu.ts';
import { type CoreState, CoreSupervisor, TIME } from '../decisions/core-supervisor.ts';
import { placeOfLink } from '../decisions/deep-link.ts';
import { Desk } from '../decisions/desk.ts';
import { DesktopSettings } from '../decisions/desktop-settings.ts';
import { Ending } from '../decisions/ending.ts';
import { type Glance, offlineGlance, offlineText } from '../decisions/glance.ts';
import { keysForCore } from '../decisions/key-protection.ts';
import { type StartOptions, type Wanted, isWanted, wantedIn } from '../decisions/start-options.ts';
import { readTaskFile } from '../decisions/task-file.ts';
import type { Updates } from '../decisions/updates.ts';
import { serveApp } from './app-protocol.ts';
import { showTray } from './app-tray.ts';
import { forkCore } from './core-fork.ts';
import { guardPermissions } from './guards.ts';
import { loginStart, wasStartedAtLogin } from './login-start.ts';
import { WakeLock, watchPower } from './machine-power.ts';
import { MainWindow } from './main-window.ts';
import { systemNotifications } from './system-notifications.ts';
import { startUpdates, updateWay } from './system-updates.ts';

const RESOURCES = join(PROGRAM_FOLDER, 'resources');
const OUT = join(PROGRAM_FOLDER, 'out');

export class DesktopApp {
  readonly #options: StartOptions;
  readonly #settings: DesktopSettings;
  readonly #core: CoreSupervisor;
  readonly #window: MainWindow;
  readonly #desk: Desk;
  readonly #ending: Ending;
  readonly #wakeLock = new WakeLock();
  #updates: Updates | undefined;
  #showInTray: (glance: Glance) => void = () => undefined;
  #stopPower: () => void = () => undefined;

  /** Before the app is ready. */
  constructor(options: StartOptions) {
    this.#options = options;
    this.#settings = new DesktopSettings(options.stateFolder);
    this.#core = new CoreSupervisor({
      fork: () => forkCore(options.dataFolder),
      keys: () => keysForCore(safeStorage, process.platform, options, this.#settings.choices.keysInKeyring),
      ...TIME,
      tell: (state) => this.#coreIs(state),
    });
    this.#window = new MainWindow({
      settings: this.#settings,
      preload: join(OUT, 'preload', 'preload.cjs'),
      icon: join(RESOURCES, 'icons', '512x512.png'),
      openPort: () => this.#openPort(),
      seen: () => this.#desk.seen(),
      quit: () => app.quit(),
    });
    this.#desk = new Desk({
      openPort: () => this.#openPort(),
      tell: systemNotifications((place) => this.#window.show(place)),
      show: (glance) => {
        this.#showInTray(glance);
        this.#wakeLock.hold(this.#settings.choices.keepAwake === true && this.#desk.runsHere.mayBeBusy);
      },
    });
    this.#ending = new Ending(() => {
      this.#stopPower();
      return this.#core.stop();
    });
  }

  /** Hears what the system wants of the app. Before it is ready. */
  listen(): void {
    app.on('second-instance', (_event, words, folder) => this.#show(wantedIn(words, folder)));
    app.on('open-file', (event, file) => {
      event.preventDefault();
      void app.whenReady().then(() => this.#show({ place: undefined, file }));
    });
    app.on('open-url', (event, url) => {
      event.preventDefault();
      const place = placeOfLink(url);
      if (place !== undefined) void app.whenReady().then(() => this.#show({ place, file: undefined }));
    });
    app.on('activate', () => this.#window.show());
    app.on('window-all-closed', () => undefined);
    app.on('before-quit', (event) => {
      this.#window.letGo();
      this.#ending.asked(event, () => app.quit());
    });
  }

  /** Once the app is ready. */
  start(): void {
    guardPermissions();
    serveApp(join(OUT, 'renderer'));
    const acts = {
      open: (place?: string) => this.#window.show(place),
      openLogs: () => void shell.openPath(this.#options.dataFolder),
      quit: () => app.quit(),
    };
    this.#setMenu(acts);
    this.#showInTray = showTray(join(RESOURCES, 'tray'), offlineGlance('Starting …'), {
      ...acts,
      pause: (until) => void this.#desk.pause(until),
    });
    this.#stopPower = watchPower({
      sleep: () => void this.#core.sleep(),
      wake: () => this.#core.wake(),
      shutdown: () => app.quit(),
      conditions: (conditions) => this.#core.tellConditions(conditions),
    });
    this.#core.start();
    this.#updates = startUpdates({
      isBusy: () => this.#desk.runsHere.isBusy,
      say: (title, body) => this.#desk.say(title, body),
      leave: async () => {
        this.#window.letGo();
        await this.#core.sleep();
        app.releaseSingleInstanceLock();
      },
      goOn: () => {
        app.requestSingleInstanceLock();
        this.#core.wake();
        this.#window.letGo(false);
      },
    });
    const isHidden = this.#options.hidden || wasStartedAtLogin();
    if (!isHidden || isWanted(this.#options)) this.#show(this.#options);
  }

  #show({ place, file }: Wanted): void {
    this.#window.show(place);
    if (file !== undefined) void readTaskFile(file).then((opened) => this.#window.letters.open(opened));
  }

  #coreIs(state: CoreState): void {
    console.info('the core is', state);
    if (state.kind === 'serving') {
      void this.#desk.connect();
      this.#window.letters.coreServes();
      return;
    }
    const trouble = offlineText(state);
    this.#desk.offline(trouble);
    if (state.kind !== 'starting') this.#window.letters.coreIsGone(trouble);
  }

  #openPort(): MessagePortMain | undefined {
    const { port1, port2 } = new MessageChannelMain();
    return this.#core.connect(port1) ? port2 : undefined;
  }

  #setMenu(acts: { open(place: string): void; openLogs(): void; quit(): void }): void {
    const choices = appChoices({
      settings: this.#settings,
      login: loginStart(),
      keyring: safeStorage,
      platform: process.platform,
      dataFolder: this.#options.dataFolder,
      restartCore: () => this.#core.restart(),
      showAgain: () => this.#desk.showAgain(),
      refused: (title, fault) => {
        dialog.showErrorBox(title, String(fault));
        this.#setMenu(acts);
      },
    });
    const checkUpdates = (): void => void this.#updates?.check('asked');
    const template = appMenu(
      { ...acts, choices, updatesItself: updateWay() === 'self', checkUpdates },
      process.platform,
    );
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }
}
