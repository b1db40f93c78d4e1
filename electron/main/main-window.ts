/**
 * The one window. Made when it is first wanted, hidden when it is closed (after the person was asked once), kept where it
 * was. Its page gets a port to the core whenever it asks for one; the former port of the same page is closed by then.
 */
import { join } from 'node:path';
import { BrowserWindow, type MessagePortMain, dialog, nativeTheme, screen } from 'electron';
import type { OpenedTaskFile } from '../../core/carrier/shell-bridge.ts';
import { CORE_PORT_CHANNEL, FILE_CHANNEL, GO_CHANNEL, TROUBLE_CHANNEL } from '../shared/channels.ts';
import { pageAddress } from './app-protocol.ts';
import type { DesktopSettings } from '../decisions/desktop-settings.ts';
import { onPageMessage } from './guards.ts';
import { LEAST_SIZE, placeWindow } from '../decisions/window-place.ts';

export interface MainWindowOptions {
  readonly settings: DesktopSettings;
  /** The built preload, absolute. */
  readonly preload: string;
  readonly icon: string;
  /** A new port to the core, or undefined when there is none at the moment. */
  openPort(): MessagePortMain | undefined;
  /** The window is before its person, or was until now. */
  seen(): void;
  /** The person wants the app to end. */
  quit(): void;
}

const DARK = '#14161a';
const LIGHT = '#f6f7f9';

export class MainWindow {
  #window: BrowserWindow | undefined;
  /** True once the page has asked for its port: it can be told where to go. */
  #listening = false;
  #wanted: string | undefined;
  #file: OpenedTaskFile | undefined;
  #trouble = '';
  #quitting = false;
  #asking = false;
  readonly #options: MainWindowOptions;

  constructor(options: MainWindowOptions) {
    this.#options = options;
    onPageMessage(CORE_PORT_CHANNEL, (event) => {
      if (event.sender !== this.#window?.webContents) return;
      const port = options.openPort();
      event.sender.postMessage(CORE_PORT_CHANNEL, null, port === undefined ? [] : [port]);
      event.sender.send(TROUBLE_CHANNEL, this.#trouble);
      this.#listening = true;
      this.#go();
    });
  }

  get window(): BrowserWindow | undefined {
    return this.#window;
  }

  /** Shows the window, in front of all others. @param hash the place to go to; where it was when absent. */
  show(hash?: string): void {
    this.#wanted = hash ?? this.#wanted;
    const window = this.#window ?? this.#make();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    this.#go();
  }

  /** Shows the window, and in it a file that a person opened; of several at a time the last. */
  showFile(file: OpenedTaskFile): void {
    this.#file = file;
    this.show();
  }

  /** @param trouble why there is no core, in words. Ports of one that died are not always told by the system; the page is. */
  coreIsGone(trouble: string): void {
    this.#trouble = trouble;
    if (!this.#listening) return;
    this.#window?.webContents.postMessage(CORE_PORT_CHANNEL, null, []);
    this.#window?.webContents.send(TROUBLE_CHANNEL, trouble);
  }

  coreServes(): void {
    this.#trouble = '';
    if (this.#listening) this.#window?.webContents.send(TROUBLE_CHANNEL, '');
  }

  /** From now on closing the window closes it. */
  letGo(): void {
    this.#quitting = true;
    if (this.#window !== undefined) this.#keepPlace(this.#window);
  }

  /** The app goes on after all. */
  holdOn(): void {
    this.#quitting = false;
  }

  #go(): void {
    if (!this.#listening) return;
    if (this.#wanted !== undefined) this.#window?.webContents.send(GO_CHANNEL, this.#wanted);
    if (this.#file !== undefined) this.#window?.webContents.send(FILE_CHANNEL, this.#file);
    this.#wanted = undefined;
    this.#file = undefined;
  }

  #make(): BrowserWindow {
    const { settings, preload, icon } = this.#options;
    const known = settings.choices.window;
    const window = new BrowserWindow({
      ...placeWindow(
        known,
        screen.getAllDisplays().map(({ workArea }) => workArea),
      ),
      minWidth: LEAST_SIZE.width,
      minHeight: LEAST_SIZE.height,
      show: false,
      title: 'Carillon',
      icon,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? DARK : LIGHT,
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
      },
    });
    if (known?.maximized === true) window.maximize();
    window.on('focus', () => this.#options.seen());
    window.on('blur', () => this.#options.seen());
    window.on('close', (event) => this.#onClose(event, window));
    window.on('closed', () => {
      this.#window = undefined;
      this.#listening = false;
    });
    window.webContents.on('did-start-loading', () => (this.#listening = false));
    // A page that broke down is made anew; the core and its tasks know nothing of it.
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') window.webContents.reload();
    });
    const hash = this.#wanted;
    this.#wanted = undefined;
    void window.loadURL(pageAddress(hash)).catch((fault: unknown) => {
      dialog.showErrorBox('The console page cannot be shown', `${String(fault)}\nRun: npm run build`);
    });
    this.#window = window;
    return window;
  }

  #onClose(event: { preventDefault(): void }, window: BrowserWindow): void {
    this.#keepPlace(window);
    if (this.#quitting) return;
    event.preventDefault();
    const { onClose } = this.#options.settings.choices;
    if (onClose === undefined) void this.#askOnce(window);
    else this.#closeAs(onClose, window);
  }

  async #askOnce(window: BrowserWindow): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const { response } = await dialog
      .showMessageBox(window, {
        type: 'question',
        message: 'Keep Carillon running when its window is closed?',
        detail: 'In the tray it goes on running the tasks of this machine. You are asked only once; the tray has Quit.',
        buttons: ['Keep running in the tray', 'Quit'],
        defaultId: 0,
        cancelId: 0,
      })
      .finally(() => (this.#asking = false));
    const onClose = response === 1 ? 'quit' : 'tray';
    this.#options.settings.keep({ onClose });
    this.#closeAs(onClose, window);
  }

  #closeAs(onClose: 'tray' | 'quit', window: BrowserWindow): void {
    if (onClose === 'quit') this.#options.quit();
    else if (!window.isDestroyed()) window.hide();
  }

  #keepPlace(window: BrowserWindow): void {
    if (window.isDestroyed()) return;
    const { x, y, width, height } = window.getNormalBounds();
    this.#options.settings.keep({ window: { x, y, width, height, maximized: window.isMaximized() } });
  }
}

/** Beside the main process in the built program. @param root the folder of the program. */
export function preloadOf(root: string): string {
  return join(root, 'out', 'preload', 'preload.cjs');
}
