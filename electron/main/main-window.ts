/**
 * The one window. Made when it is first wanted, closed as `closing.ts` has it, kept where it was. Its page gets a port to the
 * core whenever it asks for one; the former port of the same page is closed by then.
 */
import { BrowserWindow, type MessagePortMain, dialog, nativeTheme, screen } from 'electron';
import { pageAddress } from '../decisions/app-address.ts';
import { Closing } from '../decisions/closing.ts';
import type { DesktopSettings } from '../decisions/desktop-settings.ts';
import { PageLetters } from '../decisions/page-letters.ts';
import { PAGE_SETTINGS, windowLook } from '../decisions/window-look.ts';
import { placeWindow } from '../decisions/window-place.ts';
import { CORE_PORT_CHANNEL } from '../shared/channels.ts';
import { onPageMessage } from './guards.ts';

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

export class MainWindow {
  readonly letters = new PageLetters();
  #window: BrowserWindow | undefined;
  readonly #closing: Closing;
  readonly #options: MainWindowOptions;

  constructor(options: MainWindowOptions) {
    this.#options = options;
    this.#closing = new Closing({
      settings: options.settings,
      ask: async (question) => {
        const window = this.#window;
        const asked = window === undefined ? dialog.showMessageBox(question) : dialog.showMessageBox(window, question);
        return (await asked).response;
      },
      hide: () => this.#window?.hide(),
      quit: () => options.quit(),
    });
    onPageMessage(CORE_PORT_CHANNEL, ({ sender }) => {
      if (sender === this.#window?.webContents) this.letters.asked(sender, options.openPort());
    });
  }

  /** Shows the window, in front of all others. @param place in the page to go to; where it was when absent. */
  show(place?: string): void {
    this.letters.go(place);
    const window = this.#window ?? this.#make();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  /** @param lettingGo the app ends: closing the window closes it from now on. */
  letGo(lettingGo = true): void {
    this.#closing.lettingGo = lettingGo;
    this.#keepPlace();
  }

  #make(): BrowserWindow {
    const { settings, preload, icon } = this.#options;
    const known = settings.choices.window;
    const screens = screen.getAllDisplays().map(({ workArea }) => workArea);
    const window = new BrowserWindow({
      ...placeWindow(known, screens),
      ...windowLook(nativeTheme.shouldUseDarkColors),
      webPreferences: { ...PAGE_SETTINGS, preload },
      icon,
    });
    this.#window = window;
    if (known?.maximized === true) window.maximize();
    window.on('focus', () => this.#options.seen());
    window.on('blur', () => this.#options.seen());
    window.on('close', (event) => {
      this.#keepPlace();
      if (!this.#closing.isAllowed()) event.preventDefault();
    });
    window.on('closed', () => {
      this.#window = undefined;
      this.letters.left();
    });
    this.#load(window);
    return window;
  }

  #load({ webContents }: BrowserWindow): void {
    webContents.on('did-start-loading', () => this.letters.left());
    // A page that broke down is made anew; the core and its tasks know nothing of it.
    webContents.on('render-process-gone', (_event, { reason }) => {
      console.error('the page is gone:', reason);
      if (reason !== 'clean-exit') webContents.reload();
    });
    void webContents.loadURL(pageAddress(this.letters.takePlace())).catch((fault: unknown) => {
      console.error('the page cannot be shown:', fault);
      dialog.showErrorBox('The console page cannot be shown', `${String(fault)}\nRun: npm run build`);
    });
  }

  #keepPlace(): void {
    if (this.#window === undefined || this.#window.isDestroyed()) return;
    const { x, y, width, height } = this.#window.getNormalBounds();
    this.#options.settings.keep({ window: { x, y, width, height, maximized: this.#window.isMaximized() } });
  }
}
